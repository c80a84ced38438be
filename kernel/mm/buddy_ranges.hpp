// SPDX-License-Identifier: MIT
#pragma once

// BuddyAllocator, ranges of frames. Included by buddy_allocator.hpp.

#include "kernel/mm/buddy_allocator.hpp"
#include "kernel/units.hpp"

#include <algorithm>
#include <bit>

namespace mm {

/// Calls `on_part` for each run that `range` covers in part, and `on_runs` with run and order for
/// each of the largest aligned blocks of whole runs, from low to high, until one returns false.
template <typename OnPart, typename OnRuns>
constexpr bool BuddyAllocator::for_each_piece(FrameRange range, OnPart on_part,
                                              OnRuns on_runs) const {
    std::uint64_t const end = place_of(range.end);
    std::uint64_t place = place_of(range.first);
    bool goes_on = true;
    while (goes_on && place < end) {
        std::uint64_t const run = place / kRunFrames;
        if (place % kRunFrames != 0 || end - place < kRunFrames) {
            std::uint64_t const stop = std::min(end, (run + 1) * kRunFrames);
            goes_on = on_part(Part{run, frame_set::row(place % kRunFrames, stop - place)});
            place = stop;
        } else {
            auto const aligned = static_cast<unsigned>(std::countr_zero(place));
            auto const fitting = static_cast<unsigned>(std::bit_width(end - place)) - 1;
            unsigned const order = std::min({aligned, fitting, Order::kMax});
            goes_on = on_runs(run, order);
            place += std::uint64_t{1} << order;
        }
    }
    return goes_on;
}

constexpr kernel::Result<void> BuddyAllocator::release(FrameRange range) {
    if (auto const checked = check_range(range); !checked) {
        return checked.error();
    }
    if (auto const bad = first_not_in(range, Run::all_reserved())) {
        bool const is_free = inspect(*bad).kind == FrameKind::Free;
        return is_free ? kernel::Error::AlreadyFree : kernel::Error::NotReserved;
    }
    give(range);
    reserved_frames_ -= range.count();
    return {};
}

constexpr kernel::Result<void> BuddyAllocator::reserve(FrameRange range) {
    if (auto const checked = check_range(range); !checked) {
        return checked.error();
    }
    if (first_not_in(range, Run::all_free())) {
        return kernel::Error::NotFree;
    }
    reserved_frames_ += range.count();
    return take(range, Use::Reserved);
}

constexpr kernel::Result<void> BuddyAllocator::allocate_range(FrameRange range) {
    if (auto const checked = check_range(range); !checked) {
        return checked.error();
    }
    if (auto const bad = first_not_in(range, Run::all_free())) {
        bool const is_reserved = inspect(*bad).kind == FrameKind::Reserved;
        return is_reserved ? kernel::Error::Reserved : kernel::Error::NotFree;
    }
    return take(range, Use::Allocated);
}

constexpr kernel::Result<FrameRange> BuddyAllocator::allocate_frames(std::uint64_t count,
                                                                     std::uint64_t alignment) {
    kernel::require(kernel::is_power_of_two(alignment), "an alignment is a power of two");
    if (count == 0) {
        return kernel::Error::EmptyRange;
    }
    if (count > span_.count()) {
        return kernel::Error::TooLarge;
    }
    auto const first = find_frames(count, alignment);
    if (!first) {
        return first.error();
    }
    // Only what is asked for is taken from the block found there, so no tail can be lost.
    FrameRange const range{*first, *first + count};
    if (!allocate_range(range)) {
        return kernel::Error::Corrupt;
    }
    return range;
}

constexpr kernel::Result<void> BuddyAllocator::free_frames(FrameRange range) {
    if (auto const checked = check_range(range); !checked) {
        return checked.error();
    }
    std::uint64_t const end = place_of(range.end);
    std::uint64_t blocks = 0;
    for (std::uint64_t place = place_of(range.first); place != end; ++blocks) {
        if (auto const error = why_no_block_starts_at(place)) {
            return *error;
        }
        auto const order = table_.block_order(place);
        if (!order) {
            return kernel::Error::Corrupt;
        }
        place += order->frame_count();
        if (place > end) {
            return kernel::Error::WrongOrder;
        }
    }
    give(range);
    allocated_blocks_ -= blocks;
    return {};
}

/// The first frame of `range` that is not in the state of the frames of `state`.
constexpr std::optional<FrameNumber> BuddyAllocator::first_not_in(FrameRange range,
                                                                  Run state) const {
    auto const place = table_.first_not_in(place_of(range.first), place_of(range.end), state);
    return place ? std::optional{frame_at(*place)} : std::nullopt;
}

constexpr kernel::Result<void> BuddyAllocator::check_range(FrameRange range) const {
    if (range.empty()) {
        return kernel::Error::EmptyRange;
    }
    if (!span_.contains(range)) {
        return kernel::Error::NotRam;
    }
    return {};
}

/// Where allocate_frames() takes its frames from. They are the first of a block, or of a row of
/// blocks of the largest order.
constexpr kernel::Result<FrameNumber> BuddyAllocator::find_frames(std::uint64_t count,
                                                                  std::uint64_t alignment) const {
    auto const order = Order::covering(std::max(count, alignment));
    if (!order) {
        return find_largest_blocks(count, alignment);
    }
    auto const from = index_.find(*order);
    if (!from) {
        return index_.has(*order) ? kernel::Error::Corrupt : kernel::Error::OutOfMemory;
    }
    auto const position = position_in(*from, *order);
    if (!position) {
        return kernel::Error::Corrupt;
    }
    return frame_at(from->run * kRunFrames + *position);
}

constexpr kernel::Result<FrameNumber> BuddyAllocator::find_largest_blocks(
    std::uint64_t count, std::uint64_t alignment) const {
    std::uint64_t const unit = Order::of(Order::kMax).frame_count();
    std::uint64_t const needed = (count + unit - 1) / unit;
    std::uint64_t const step = std::max(alignment / unit, std::uint64_t{1});
    std::uint64_t const base = begin_ / unit;
    std::uint64_t const end = base + table_.runs() / RunTable::kRunsPerLargestBlock;

    // Blocks are numbered from physical 0 here, so that their alignment shows.
    std::uint64_t first = kernel::align_up(base, step);
    while (first + needed <= end) {
        std::uint64_t next = first;
        while (next < first + needed && index_.is_largest_block(next - base)) {
            ++next;
        }
        if (next == first + needed) {
            return FrameNumber{first * unit};
        }
        first = kernel::align_up(base + index_.next_largest_block(next - base), step);
    }
    return kernel::Error::OutOfMemory;
}

/// Makes every frame of `range` free; none of them is.
constexpr void BuddyAllocator::give(FrameRange range) {
    for_each_piece(
        range,
        [this](Part part) {
            give_part(part);
            return true;
        },
        [this](std::uint64_t run, unsigned order) {
            give_runs(run, order);
            return true;
        });
    free_frames_ += range.count();
}

/// Makes every frame of `range` reserved or allocated; all of them are free.
constexpr kernel::Result<void> BuddyAllocator::take(FrameRange range, Use use) {
    bool const is_taken = for_each_piece(
        range, [this, use](Part part) { return take_part(part, use); },
        [this, use](std::uint64_t run, unsigned order) { return take_runs(run, order, use); });
    if (!is_taken) {
        return kernel::Error::Corrupt;
    }
    free_frames_ -= range.count();
    return {};
}

/// False if the index does not know that these frames are free.
constexpr bool BuddyAllocator::take_part(Part part, Use use) {
    Run const before = table_.get(part.run);
    std::uint64_t const free = before.free_frames();
    if (free == frame_set::kAll) {
        auto const from = index_.order_of_free_block(part.run, kRunOrder);
        if (!from) {
            return false;
        }
        index_.take(part.run, *from, kRunOrder);
    }
    index_.relist(part.run, FreeIndex::listing_of(free),
                  FreeIndex::listing_of(free & ~part.frames));

    if (use == Use::Reserved) {
        table_.put(part.run, {before.free, before.start | part.frames});
    } else {
        std::uint64_t const starts = frame_set::all_blocks(part.frames);
        table_.put(part.run, {before.free & ~part.frames, before.start | starts});
        allocated_blocks_ += frame_set::count(starts);
    }
    return true;
}

/// The same for the block of `order` (6 or more) at `run`.
constexpr bool BuddyAllocator::take_runs(std::uint64_t run, unsigned order, Use use) {
    auto const from = index_.order_of_free_block(run, order);
    if (!from) {
        return false;
    }
    index_.take(run, *from, order);

    std::uint64_t const runs = std::uint64_t{1} << (order - kRunOrder);
    if (use == Use::Reserved) {
        table_.fill(run, runs, Run::all_reserved());
    } else {
        table_.fill(run, runs, Run::inside_block());
        table_.put(run, {0, 1});
        ++allocated_blocks_;
    }
    return true;
}

}  // namespace mm
