// SPDX-License-Identifier: MIT
#include "tests/support/buffer_pages.hpp"

#include "kernel/units.hpp"

#include "tests/support/broken_promise.hpp"

#include <cstdlib>
#include <cstring>
#include <new>
#include <sanitizer/asan_interface.h>

namespace test {

using kernel::VirtAddr;
using kernel::VirtRange;

namespace {

constexpr std::uint64_t kAlignment = 4 * kernel::kMiB;

}  // namespace

BufferPages::BufferPages(std::uint64_t pages)
    : buffer_{static_cast<unsigned char*>(
          std::aligned_alloc(kAlignment, kernel::align_up(pages * mm::kFrameBytes, kAlignment)))},
      is_mapped_(pages),
      limit_{pages} {
    if (buffer_ == nullptr) {
        give_up("no memory for the pages");
    }
    ASAN_POISON_MEMORY_REGION(buffer_, window().bytes());
}

BufferPages::~BufferPages() {
    ASAN_UNPOISON_MEMORY_REGION(buffer_, is_mapped_.size() * mm::kFrameBytes);
    std::free(buffer_);
}

VirtRange BufferPages::window() const {
    VirtAddr const begin{reinterpret_cast<std::uintptr_t>(buffer_)};
    return {begin, begin + is_mapped_.size() * mm::kFrameBytes};
}

kernel::Result<void> BufferPages::map(VirtRange pages) {
    if (pages.bytes() / mm::kFrameBytes > limit_ - mapped_) {
        return kernel::Error::OutOfMemory;
    }
    set(pages, true);
    ASAN_UNPOISON_MEMORY_REGION(reinterpret_cast<void*>(pages.begin.raw()), pages.bytes());
    std::memset(reinterpret_cast<void*>(pages.begin.raw()), 0xa5, pages.bytes());
    return {};
}

void BufferPages::unmap(VirtRange pages) {
    set(pages, false);
    ASAN_POISON_MEMORY_REGION(reinterpret_cast<void*>(pages.begin.raw()), pages.bytes());
}

void BufferPages::set(VirtRange pages, bool is_mapped) {
    std::uint64_t const first = (pages.begin - window().begin) / mm::kFrameBytes;
    std::uint64_t const count = pages.bytes() / mm::kFrameBytes;
    for (std::uint64_t page = first; page < first + count; ++page) {
        if (is_mapped_.at(page) == is_mapped) {
            give_up("a page is mapped twice or unmapped twice");
        }
        is_mapped_[page] = is_mapped;
    }
    mapped_ = is_mapped ? mapped_ + count : mapped_ - count;
}

}  // namespace test
