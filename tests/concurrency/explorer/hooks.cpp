// SPDX-License-Identifier: MIT
//
// What GCC 12 calls for each access where it is told -fsanitize=thread, in place of the library
// that it means. Accesses to a core's own stack and to constants are of no interest.

#include "tests/concurrency/explorer/engine.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace {

using concurrency::engine;

void read(void const* address, std::size_t bytes) {
    if (engine().watches(address)) {
        engine().read({address, bytes});
    }
}

void write(void const* address, std::size_t bytes) {
    if (engine().watches(address)) {
        engine().write({address, bytes});
    } else {
        engine().write_elsewhere(address);
    }
}

std::memory_order order(int number) { return static_cast<std::memory_order>(number); }

template <typename T>
T load(T const* at, int number) {
    return engine().watches(at) ? static_cast<T>(engine().load({at, sizeof(T)}, order(number)))
                                : *at;
}

template <typename T>
void store(T* at, T value, int number) {
    if (engine().watches(at)) {
        engine().store({at, sizeof(T)}, value, order(number));
    } else {
        *at = value;
    }
}

template <typename T, typename Change>
T modify(T* at, int number, Change change) {
    if (!engine().watches(at)) {
        T const old = *at;
        *at = static_cast<T>(change(old));
        return old;
    }
    T const old = static_cast<T>(engine().take({at, sizeof(T)}, order(number)));
    engine().replace({at, sizeof(T)}, static_cast<T>(change(old)), order(number));
    return old;
}

/// What is asked for if the value is the expected one, and what if it is not.
struct Orders {
    int success;
    int failure;
};

template <typename T>
bool compare_exchange(T* at, T* expected, T desired, Orders orders) {
    T old = *at;
    if (engine().watches(at)) {
        old = static_cast<T>(engine().compare_exchange(
            {at, sizeof(T)}, {*expected, desired, order(orders.success), order(orders.failure)}));
    } else if (old == *expected) {
        *at = desired;
    }
    bool const succeeds = old == *expected;
    *expected = old;
    return succeeds;
}

}  // namespace

// NOLINTBEGIN: the names, arguments and number of these are the compiler's.
extern "C" {

void __tsan_init() {}
void __tsan_func_entry(void*) {}
void __tsan_func_exit() {}
void __tsan_vptr_read(void const* at) { read(at, sizeof(void*)); }
void __tsan_vptr_update(void const* at, void const*) { write(at, sizeof(void*)); }
void __tsan_read_range(void const* at, std::size_t bytes) { read(at, bytes); }
void __tsan_write_range(void const* at, std::size_t bytes) { write(at, bytes); }
void __tsan_atomic_signal_fence(int) {}
void __tsan_atomic_thread_fence(int how) {
    if (engine().is_running()) {
        engine().fence(order(how));
    }
}

void __tsan_read1(void const* at) { read(at, 1); }
void __tsan_write1(void const* at) { write(at, 1); }
void __tsan_read2(void const* at) { read(at, 2); }
void __tsan_write2(void const* at) { write(at, 2); }
void __tsan_read4(void const* at) { read(at, 4); }
void __tsan_write4(void const* at) { write(at, 4); }
void __tsan_read8(void const* at) { read(at, 8); }
void __tsan_write8(void const* at) { write(at, 8); }
void __tsan_read16(void const* at) { read(at, 16); }
void __tsan_write16(void const* at) { write(at, 16); }
void __tsan_unaligned_read2(void const* at) { read(at, 2); }
void __tsan_unaligned_write2(void const* at) { write(at, 2); }
void __tsan_unaligned_read4(void const* at) { read(at, 4); }
void __tsan_unaligned_write4(void const* at) { write(at, 4); }
void __tsan_unaligned_read8(void const* at) { read(at, 8); }
void __tsan_unaligned_write8(void const* at) { write(at, 8); }
void __tsan_unaligned_read16(void const* at) { read(at, 16); }
void __tsan_unaligned_write16(void const* at) { write(at, 16); }

std::uint8_t __tsan_atomic8_load(std::uint8_t const* at, int how) { return load(at, how); }
void __tsan_atomic8_store(std::uint8_t* at, std::uint8_t value, int how) { store(at, value, how); }
std::uint8_t __tsan_atomic8_exchange(std::uint8_t* at, std::uint8_t value, int how) {
    return modify(at, how, [&](std::uint8_t) { return value; });
}
std::uint8_t __tsan_atomic8_fetch_add(std::uint8_t* at, std::uint8_t value, int how) {
    return modify(at, how, [&](std::uint8_t old) { return old + value; });
}
std::uint8_t __tsan_atomic8_fetch_sub(std::uint8_t* at, std::uint8_t value, int how) {
    return modify(at, how, [&](std::uint8_t old) { return old - value; });
}
std::uint8_t __tsan_atomic8_fetch_and(std::uint8_t* at, std::uint8_t value, int how) {
    return modify(at, how, [&](std::uint8_t old) { return old & value; });
}
std::uint8_t __tsan_atomic8_fetch_or(std::uint8_t* at, std::uint8_t value, int how) {
    return modify(at, how, [&](std::uint8_t old) { return old | value; });
}
std::uint8_t __tsan_atomic8_fetch_xor(std::uint8_t* at, std::uint8_t value, int how) {
    return modify(at, how, [&](std::uint8_t old) { return old ^ value; });
}
bool __tsan_atomic8_compare_exchange_strong(std::uint8_t* at, std::uint8_t* expected,
                                            std::uint8_t desired, int success, int failure) {
    return compare_exchange(at, expected, desired, {success, failure});
}
bool __tsan_atomic8_compare_exchange_weak(std::uint8_t* at, std::uint8_t* expected,
                                          std::uint8_t desired, int success, int failure) {
    return compare_exchange(at, expected, desired, {success, failure});
}

std::uint16_t __tsan_atomic16_load(std::uint16_t const* at, int how) { return load(at, how); }
void __tsan_atomic16_store(std::uint16_t* at, std::uint16_t value, int how) {
    store(at, value, how);
}
std::uint16_t __tsan_atomic16_exchange(std::uint16_t* at, std::uint16_t value, int how) {
    return modify(at, how, [&](std::uint16_t) { return value; });
}
std::uint16_t __tsan_atomic16_fetch_add(std::uint16_t* at, std::uint16_t value, int how) {
    return modify(at, how, [&](std::uint16_t old) { return old + value; });
}
std::uint16_t __tsan_atomic16_fetch_sub(std::uint16_t* at, std::uint16_t value, int how) {
    return modify(at, how, [&](std::uint16_t old) { return old - value; });
}
std::uint16_t __tsan_atomic16_fetch_and(std::uint16_t* at, std::uint16_t value, int how) {
    return modify(at, how, [&](std::uint16_t old) { return old & value; });
}
std::uint16_t __tsan_atomic16_fetch_or(std::uint16_t* at, std::uint16_t value, int how) {
    return modify(at, how, [&](std::uint16_t old) { return old | value; });
}
std::uint16_t __tsan_atomic16_fetch_xor(std::uint16_t* at, std::uint16_t value, int how) {
    return modify(at, how, [&](std::uint16_t old) { return old ^ value; });
}
bool __tsan_atomic16_compare_exchange_strong(std::uint16_t* at, std::uint16_t* expected,
                                             std::uint16_t desired, int success, int failure) {
    return compare_exchange(at, expected, desired, {success, failure});
}
bool __tsan_atomic16_compare_exchange_weak(std::uint16_t* at, std::uint16_t* expected,
                                           std::uint16_t desired, int success, int failure) {
    return compare_exchange(at, expected, desired, {success, failure});
}

std::uint32_t __tsan_atomic32_load(std::uint32_t const* at, int how) { return load(at, how); }
void __tsan_atomic32_store(std::uint32_t* at, std::uint32_t value, int how) {
    store(at, value, how);
}
std::uint32_t __tsan_atomic32_exchange(std::uint32_t* at, std::uint32_t value, int how) {
    return modify(at, how, [&](std::uint32_t) { return value; });
}
std::uint32_t __tsan_atomic32_fetch_add(std::uint32_t* at, std::uint32_t value, int how) {
    return modify(at, how, [&](std::uint32_t old) { return old + value; });
}
std::uint32_t __tsan_atomic32_fetch_sub(std::uint32_t* at, std::uint32_t value, int how) {
    return modify(at, how, [&](std::uint32_t old) { return old - value; });
}
std::uint32_t __tsan_atomic32_fetch_and(std::uint32_t* at, std::uint32_t value, int how) {
    return modify(at, how, [&](std::uint32_t old) { return old & value; });
}
std::uint32_t __tsan_atomic32_fetch_or(std::uint32_t* at, std::uint32_t value, int how) {
    return modify(at, how, [&](std::uint32_t old) { return old | value; });
}
std::uint32_t __tsan_atomic32_fetch_xor(std::uint32_t* at, std::uint32_t value, int how) {
    return modify(at, how, [&](std::uint32_t old) { return old ^ value; });
}
bool __tsan_atomic32_compare_exchange_strong(std::uint32_t* at, std::uint32_t* expected,
                                             std::uint32_t desired, int success, int failure) {
    return compare_exchange(at, expected, desired, {success, failure});
}
bool __tsan_atomic32_compare_exchange_weak(std::uint32_t* at, std::uint32_t* expected,
                                           std::uint32_t desired, int success, int failure) {
    return compare_exchange(at, expected, desired, {success, failure});
}

std::uint64_t __tsan_atomic64_load(std::uint64_t const* at, int how) { return load(at, how); }
void __tsan_atomic64_store(std::uint64_t* at, std::uint64_t value, int how) {
    store(at, value, how);
}
std::uint64_t __tsan_atomic64_exchange(std::uint64_t* at, std::uint64_t value, int how) {
    return modify(at, how, [&](std::uint64_t) { return value; });
}
std::uint64_t __tsan_atomic64_fetch_add(std::uint64_t* at, std::uint64_t value, int how) {
    return modify(at, how, [&](std::uint64_t old) { return old + value; });
}
std::uint64_t __tsan_atomic64_fetch_sub(std::uint64_t* at, std::uint64_t value, int how) {
    return modify(at, how, [&](std::uint64_t old) { return old - value; });
}
std::uint64_t __tsan_atomic64_fetch_and(std::uint64_t* at, std::uint64_t value, int how) {
    return modify(at, how, [&](std::uint64_t old) { return old & value; });
}
std::uint64_t __tsan_atomic64_fetch_or(std::uint64_t* at, std::uint64_t value, int how) {
    return modify(at, how, [&](std::uint64_t old) { return old | value; });
}
std::uint64_t __tsan_atomic64_fetch_xor(std::uint64_t* at, std::uint64_t value, int how) {
    return modify(at, how, [&](std::uint64_t old) { return old ^ value; });
}
bool __tsan_atomic64_compare_exchange_strong(std::uint64_t* at, std::uint64_t* expected,
                                             std::uint64_t desired, int success, int failure) {
    return compare_exchange(at, expected, desired, {success, failure});
}
bool __tsan_atomic64_compare_exchange_weak(std::uint64_t* at, std::uint64_t* expected,
                                           std::uint64_t desired, int success, int failure) {
    return compare_exchange(at, expected, desired, {success, failure});
}

}  // extern "C"
// NOLINTEND
