// SPDX-License-Identifier: MIT
#include "kernel/start/heap_new.hpp"

#include <cstddef>
#include <new>

namespace {

constinit mm::Heap* heap = nullptr;

void* allocate(std::size_t bytes, std::size_t alignment) {
    kernel::require(heap != nullptr, "there is a heap before anything is made with new");
    // Objects of no size have addresses of their own, too (C++20, [basic.stc.dynamic.allocation]).
    auto const object = heap->allocate(bytes == 0 ? 1 : bytes, alignment);
    return object ? *object : nullptr;
}

void* allocate_or_stop(std::size_t bytes, std::size_t alignment) {
    void* const object = allocate(bytes, alignment);
    kernel::require(object != nullptr, "who asks with plain new knows that the heap has room");
    return object;
}

void give_back(void* object) {
    if (object == nullptr) {
        return;
    }
    bool const was_ours{heap->free(object)};
    kernel::require(was_ours, "delete is given what new gave, once");
}

constexpr std::size_t kPlain = __STDCPP_DEFAULT_NEW_ALIGNMENT__;

std::size_t bytes_of(std::align_val_t alignment) { return static_cast<std::size_t>(alignment); }

}  // namespace

namespace start {

void serve_new_from(mm::Heap& served) { heap = &served; }

}  // namespace start

// <new> declares it; no C++ library is here to define it.
std::nothrow_t const std::nothrow{};

void* operator new(std::size_t bytes) { return allocate_or_stop(bytes, kPlain); }
void* operator new[](std::size_t bytes) { return allocate_or_stop(bytes, kPlain); }
void* operator new(std::size_t bytes, std::align_val_t alignment) {
    return allocate_or_stop(bytes, bytes_of(alignment));
}
void* operator new[](std::size_t bytes, std::align_val_t alignment) {
    return allocate_or_stop(bytes, bytes_of(alignment));
}
void* operator new(std::size_t bytes, std::nothrow_t const&) noexcept {
    return allocate(bytes, kPlain);
}
void* operator new[](std::size_t bytes, std::nothrow_t const&) noexcept {
    return allocate(bytes, kPlain);
}
void* operator new(std::size_t bytes, std::align_val_t alignment, std::nothrow_t const&) noexcept {
    return allocate(bytes, bytes_of(alignment));
}
void* operator new[](std::size_t bytes, std::align_val_t alignment,
                     std::nothrow_t const&) noexcept {
    return allocate(bytes, bytes_of(alignment));
}

void operator delete(void* object) noexcept { give_back(object); }
void operator delete[](void* object) noexcept { give_back(object); }
void operator delete(void* object, std::size_t) noexcept { give_back(object); }
void operator delete[](void* object, std::size_t) noexcept { give_back(object); }
void operator delete(void* object, std::align_val_t) noexcept { give_back(object); }
void operator delete[](void* object, std::align_val_t) noexcept { give_back(object); }
void operator delete(void* object, std::size_t, std::align_val_t) noexcept { give_back(object); }
void operator delete[](void* object, std::size_t, std::align_val_t) noexcept { give_back(object); }
