// SPDX-License-Identifier: MIT
#include "kernel/mm/virtual_space.hpp"

#include "kernel/require.hpp"
#include "kernel/units.hpp"

#include <algorithm>

namespace mm {

using kernel::Error;
using kernel::Result;
using kernel::VirtAddr;
using kernel::VirtRange;

namespace {

VirtAddr address_of(FrameNumber page) { return VirtAddr{page.raw() << kFrameShift}; }

}  // namespace

VirtualSpace::VirtualSpace(VirtRange space, std::span<std::uint64_t> metadata, FaultPlan* faults)
    : pages_{pages_of(space), metadata},
      faults_{faults},
      guards_{metadata.subspan(BuddyAllocator::metadata_words(pages_of(space))),
              pages_of(space).count()} {
    kernel::require(kernel::is_aligned(space.begin.raw() | space.end.raw(), kFrameBytes),
                    "a virtual space is made of whole pages");
    FrameRange const pages = pages_.span();
    kernel::require(static_cast<bool>(pages_.release({pages.first + 1, pages.end})),
                    "a virtual space has more than its first guard page");
}

Result<VirtRange> VirtualSpace::allocate(std::uint64_t bytes, std::uint64_t alignment) {
    if (bytes == 0) {
        return Error::EmptyRange;
    }
    if (is_struck(faults_) || bytes > range().bytes()) {
        return Error::OutOfAddressSpace;
    }
    std::uint64_t const count = kernel::align_up(bytes, kFrameBytes) / kFrameBytes;
    auto const found =
        pages_.allocate_frames(count + 1, std::max(alignment, kFrameBytes) / kFrameBytes);
    if (!found) {
        return found.error() == Error::Corrupt ? Error::Corrupt : Error::OutOfAddressSpace;
    }
    FrameNumber const guard = found->first + count;
    guards_.set(index_of(guard));
    ++ranges_;
    return VirtRange{address_of(found->first), address_of(guard)};
}

Result<void> VirtualSpace::set_aside(VirtRange range) {
    auto const pages = whole_pages(range);
    if (!pages) {
        return pages.error();
    }
    FrameRange const space = pages_.span();
    if (!space.contains(*pages)) {
        return Error::NotFree;
    }
    // The first page of the space is reserved already, and beyond its end no page needs a guard.
    FrameRange const taken{std::max(pages->first, space.first + 1),
                           std::min(pages->end + 1, space.end)};
    return pages_.reserve(taken);
}

Result<void> VirtualSpace::free(VirtRange range) {
    auto const pages = whole_pages(range);
    if (!pages) {
        return pages.error();
    }
    FrameRange const space = pages_.span();
    if (!space.contains(*pages) || is_guard(pages->first)) {
        return Error::NotAllocated;
    }
    FrameKind const kind = pages_.inspect(pages->first).kind;
    if (kind != FrameKind::Allocated) {
        return kind == FrameKind::Reserved ? Error::Reserved : Error::AlreadyFree;
    }
    // The page before a range is a guard or free; the space's own first page is reserved.
    FrameNumber const before{pages->first.raw() - 1};
    if (is_allocated(before) && !is_guard(before)) {
        return Error::InsideBlock;
    }
    std::uint64_t const end = index_of(pages->end);
    if (guards_.find_from(index_of(pages->first)) != end) {
        return Error::WrongSize;
    }
    if (!pages_.free_frames({pages->first, pages->end + 1})) {
        return Error::Corrupt;
    }
    guards_.erase(end);
    --ranges_;
    return {};
}

VirtRange VirtualSpace::range() const {
    return {address_of(pages_.span().first), address_of(pages_.span().end)};
}

Result<FrameRange> VirtualSpace::whole_pages(VirtRange range) {
    if (range.empty()) {
        return Error::EmptyRange;
    }
    if (!kernel::is_aligned(range.begin.raw() | range.end.raw(), kFrameBytes)) {
        return Error::Misaligned;
    }
    return pages_of(range);
}

Result<void> VirtualSpace::verify() const {
    if (!pages_.verify() || !guards_.is_consistent()) {
        return Error::Corrupt;
    }
    FrameNumber const end = pages_.span().end;
    std::uint64_t guards = 0;
    bool is_in_range = false;
    std::uint64_t guard = guards_.find_first();
    for (FrameNumber page = pages_.span().first; page < end;) {
        FrameState const state = pages_.inspect(page);
        FrameNumber const next = state.block.range().end;
        bool const is_taken = state.kind == FrameKind::Allocated;
        bool const has_guard = guard < index_of(next);
        bool const has_range = is_in_range || state.block.order > Order{};
        bool const ends_range = is_taken && has_range && guard + 1 == index_of(next);
        // A guard page ends a range of a page at least, and nothing else does.
        if (has_guard ? !ends_range : is_in_range && !is_taken) {
            return Error::Corrupt;
        }
        if (has_guard) {
            guard = guards_.find_from(index_of(next));
            ++guards;
        }
        is_in_range = is_taken && !has_guard;
        page = next;
    }
    return guards == ranges_ && !is_in_range ? Result<void>{} : Error::Corrupt;
}

std::uint64_t VirtualSpace::hash() const {
    std::uint64_t hash = pages_.hash();
    for (std::uint64_t guard = guards_.find_first(); guard != guards_.bits();
         guard = guards_.find_from(guard + 1)) {
        hash = (hash ^ guard) * 0x9e37'79b9'7f4a'7c15;
        hash ^= hash >> 32;
    }
    return hash;
}

}  // namespace mm
