// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/address.hpp"
#include "kernel/mm/bit_tree.hpp"
#include "kernel/mm/buddy_allocator.hpp"
#include "kernel/mm/fault_plan.hpp"
#include "kernel/mm/frame.hpp"
#include "kernel/result.hpp"

#include <cstdint>
#include <span>

namespace mm {

/// Hands out ranges of addresses, each followed by a guard page that is nobody's. The first page of
/// the space is a guard page too, so an access that runs over either end of a range meets a page
/// that stays unmapped.
///
///     | guard | range ........... | guard | range ... | guard | free ...
///
/// Knows addresses only: whoever gets a range maps it, and unmaps it before giving it back. What is
/// given back merges with what is free beside it. The same calls give the same addresses.
///
/// Not reentrant: the caller serialises.
class VirtualSpace {
public:
    static constexpr std::uint64_t metadata_words(kernel::VirtRange space) {
        FrameRange const pages = pages_of(space);
        return BuddyAllocator::metadata_words(pages) + BitTree::words(pages.count());
    }

    /// `space` is made of whole pages, two at least. Writes the first metadata_words(space) words
    /// of `metadata`. All must outlive this.
    VirtualSpace(kernel::VirtRange space, std::span<std::uint64_t> metadata,
                 FaultPlan* faults = nullptr);

    /// `bytes` rounded up to whole pages, the first address a multiple of `alignment`, a power of
    /// two. Errors: EmptyRange; OutOfAddressSpace.
    kernel::Result<kernel::VirtRange> allocate(std::uint64_t bytes,
                                               std::uint64_t alignment = kFrameBytes);

    /// Keeps `range` and the page after it from being handed out, for ever: it is used already. The
    /// first page of the space may be part of it.
    ///
    /// Errors: EmptyRange; Misaligned; NotFree if part of it is outside, taken or set aside. On
    /// error nothing has changed.
    kernel::Result<void> set_aside(kernel::VirtRange range);

    /// Gives back what allocate() gave, exactly.
    ///
    /// Errors: EmptyRange; Misaligned; NotAllocated if it is outside or begins with a guard page;
    /// Reserved if it begins with a page that is set aside, or with the space's first; AlreadyFree;
    /// InsideBlock if it begins inside a range that is allocated; WrongSize if it ends elsewhere
    /// than that does. On error nothing has changed.
    kernel::Result<void> free(kernel::VirtRange range);

    kernel::VirtRange range() const;
    std::uint64_t free_bytes() const { return pages_.free_frames_count() * kFrameBytes; }
    std::uint64_t allocated_ranges() const { return ranges_; }

    /// Proves that every range has its guard page, and all that BuddyAllocator::verify() proves.
    /// Errors: Corrupt.
    kernel::Result<void> verify() const;

    /// A number that depends on which ranges there are and on nothing else.
    std::uint64_t hash() const;

private:
    // A page of this space has a number as a frame has: its address divided by 4 KiB.
    static constexpr FrameNumber page_of(kernel::VirtAddr address) {
        return FrameNumber{address.raw() >> kFrameShift};
    }
    static constexpr FrameRange pages_of(kernel::VirtRange range) {
        return {page_of(range.begin), page_of(range.end)};
    }
    static kernel::Result<FrameRange> whole_pages(kernel::VirtRange range);

    std::uint64_t index_of(FrameNumber page) const { return page - pages_.span().first; }
    bool is_guard(FrameNumber page) const { return guards_.test(index_of(page)); }
    bool is_allocated(FrameNumber page) const {
        return pages_.inspect(page).kind == FrameKind::Allocated;
    }

    BuddyAllocator pages_;  ///< A range and its guard page are allocated together.
    FaultPlan* faults_;
    BitTree guards_;            ///< The guard pages at the ends of allocated ranges.
    std::uint64_t ranges_ = 0;  ///< As many as there are guards; tells when a bit flips.
};

}  // namespace mm
