// SPDX-License-Identifier: MIT
#include "kernel/arch/recoverable.hpp"

#include "kernel/arch/syndrome.hpp"
#include "kernel/require.hpp"

#include <cstdint>

extern "C" {
// recoverable.S. They return 0, or the syndrome of the abort.
std::uint64_t recoverable_load_1(std::uint64_t address, std::uint64_t* value);
std::uint64_t recoverable_load_2(std::uint64_t address, std::uint64_t* value);
std::uint64_t recoverable_load_4(std::uint64_t address, std::uint64_t* value);
std::uint64_t recoverable_load_8(std::uint64_t address, std::uint64_t* value);
std::uint64_t recoverable_store_1(std::uint64_t address, std::uint64_t value);
std::uint64_t recoverable_store_2(std::uint64_t address, std::uint64_t value);
std::uint64_t recoverable_store_4(std::uint64_t address, std::uint64_t value);
std::uint64_t recoverable_store_8(std::uint64_t address, std::uint64_t value);
}

namespace arch {

namespace {

using kernel::Width;

std::uint64_t load(std::uint64_t address, Width width, std::uint64_t* value) {
    switch (width) {
        case Width::Byte: return recoverable_load_1(address, value);
        case Width::Half: return recoverable_load_2(address, value);
        case Width::Word: return recoverable_load_4(address, value);
        case Width::Double: return recoverable_load_8(address, value);
    }
    kernel::unreachable("Width is one of its enumerators");
}

std::uint64_t store(std::uint64_t address, Width width, std::uint64_t value) {
    switch (width) {
        case Width::Byte: return recoverable_store_1(address, value);
        case Width::Half: return recoverable_store_2(address, value);
        case Width::Word: return recoverable_store_4(address, value);
        case Width::Double: return recoverable_store_8(address, value);
    }
    kernel::unreachable("Width is one of its enumerators");
}

}  // namespace

kernel::Result<std::uint64_t> recoverable_load(kernel::VirtAddr address, Width width) {
    std::uint64_t value = 0;
    Syndrome const syndrome{load(address.raw(), width, &value)};
    if (!syndrome.none()) {
        return syndrome.error();
    }
    return value;
}

kernel::Result<void> recoverable_store(kernel::VirtAddr address, Width width, std::uint64_t value) {
    Syndrome const syndrome{store(address.raw(), width, value)};
    if (!syndrome.none()) {
        return syndrome.error();
    }
    return {};
}

}  // namespace arch
