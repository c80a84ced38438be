// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/arch/core.hpp"
#include "kernel/mm/page_table.hpp"
#include "kernel/require.hpp"
#include "kernel/start/memory.hpp"
#include "kernel/units.hpp"

#include <cstdint>

namespace start {

/// A page of the firmware's RAM, seen past the caches, as cores see it whose caches are off: a
/// store is in memory at once. Nothing else ever maps it. One at a time.
class UncachedPage {
public:
    /// The page with `address`.
    UncachedPage(mm::PageTable& pages, kernel::PhysAddr address) : pages_{pages} {
        constexpr mm::Attributes kUncached{mm::MemoryType::DeviceNgnre, mm::Access::ReadWrite};
        kernel::PhysAddr const page{kernel::align_down(address.raw(), mm::kFrameBytes)};
        bool const is_mapped{pages_.map_pages(kPeephole, page, mm::kFrameBytes, kUncached)};
        kernel::require(is_mapped, "the page to look through is free");
        // What a cache may still hold of it goes first.
        arch::Core{}.clean_and_invalidate({kPeephole, kPeephole + mm::kFrameBytes});
    }
    ~UncachedPage() {
        bool const is_gone{pages_.unmap(kPeephole, mm::kFrameBytes)};
        kernel::require(is_gone, "what was mapped can be unmapped");
    }
    UncachedPage(UncachedPage const&) = delete;
    UncachedPage& operator=(UncachedPage const&) = delete;

    /// The word that is so many bytes from the page's beginning, or from that of an aligned stretch
    /// of pages.
    std::uint64_t volatile& word(std::uint64_t offset) {
        kernel::VirtAddr const at = kPeephole + offset % mm::kFrameBytes;
        return *reinterpret_cast<std::uint64_t volatile*>(at.raw());
    }

private:
    mm::PageTable& pages_;
};

}  // namespace start
