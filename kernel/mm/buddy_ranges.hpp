// SPDX-License-Identifier: MIT
#pragma once

// BuddyAllocator, ranges of frames. Included by buddy_allocator.hpp.

#include "kernel/mm/buddy_allocator.hpp"
#include "kernel/units.hpp"

#include <algorithm>
#include <bit>

namespace mm {

/// Calls `on_frames` for each run that `range` covers in part, and `on_runs` for each group of
/// whose runs it covers some whole, from low to high, until one returns false.
template <typename OnFrames, typename OnRuns>
constexpr bool BuddyAllocator::for_each_part(FrameRange range, OnFrames on_frames,
                                             OnRuns on_runs) const {
    std::uint64_t const end = place_of(range.end);
    std::uint64_t place = place_of(range.first);
    bool goes_on = true;
    while (goes_on && place < end) {
        std::uint64_t const run = place / kRunFrames;
        bool const has_whole_run = place % kRunFrames == 0 && end - place >= kRunFrames;
        std::uint64_t const unit = has_whole_run ? run : place;
        std::uint64_t const last = has_whole_run ? end / kRunFrames : end;
        std::uint64_t const stop = std::min(last, (unit / 64 + 1) * 64);
        Part const part{unit / 64, unit_set::row(unit % 64, stop - unit)};
        goes_on = has_whole_run ? on_runs(part) : on_frames(part);
        place = has_whole_run ? stop * kRunFrames : stop;
    }
    return goes_on;
}

constexpr kernel::Result<void> BuddyAllocator::release(FrameRange range) {
    if (auto const checked = check_range(range); !checked) {
        return checked.error();
    }
    // At boot all of a span is, and most of it is released: that needs no look.
    bool const is_new = reserved_frames_ == span_.count();
    auto const bad = is_new ? std::nullopt
                            : table_.first_not_reserved(place_of(range.first), place_of(range.end));
    if (bad) {
        bool const is_free = inspect(frame_at(*bad)).kind == FrameKind::Free;
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
    if (first_not_free(range)) {
        return kernel::Error::NotFree;
    }
    reserved_frames_ += range.count();
    return take(range, Use::Reserved);
}

constexpr kernel::Result<void> BuddyAllocator::allocate_range(FrameRange range) {
    if (auto const checked = check_range(range); !checked) {
        return checked.error();
    }
    if (auto const bad = first_not_free(range)) {
        bool const is_reserved = inspect(*bad).kind == FrameKind::Reserved;
        return is_reserved ? kernel::Error::Reserved : kernel::Error::NotFree;
    }
    return take(range, Use::Allocated);
}

constexpr kernel::Result<FrameRange> BuddyAllocator::allocate_frames(std::uint64_t count,
                                                                     std::uint64_t alignment,
                                                                     FrameNumber below) {
    kernel::require(kernel::is_power_of_two(alignment), "an alignment is a power of two");
    if (count == 0) {
        return kernel::Error::EmptyRange;
    }
    if (count > span_.count()) {
        return kernel::Error::TooLarge;
    }
    auto const first = find_frames(count, alignment, below);
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
    for_each_part(
        range, [](Part) { return true; },
        [this](Part part) {
            forget_frames(part);
            return true;
        });
    give(range);
    allocated_blocks_ -= blocks;
    return {};
}

constexpr std::optional<FrameNumber> BuddyAllocator::first_not_free(FrameRange range) const {
    auto const place = table_.first_not_free(place_of(range.first), place_of(range.end));
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
                                                                  std::uint64_t alignment,
                                                                  FrameNumber below) const {
    FrameNumber const end = std::clamp(below, span_.first, frame_at(table_.runs() * kRunFrames));
    std::uint64_t const runs = place_of(end) / kRunFrames >> kTopOfGroup << kTopOfGroup;
    auto const order = Order::covering(std::max(count, alignment));
    if (!order) {
        return find_largest_blocks(count, alignment, runs);
    }
    // What a tree lists first is its lowest: where that is too high, all it lists is.
    std::optional<Order> least = order;
    while (least) {
        FreeIndex::Place const from = index_.find(*least);
        if (!from) {
            return index_.has(*least) ? kernel::Error::Corrupt : kernel::Error::OutOfMemory;
        }
        auto const found = find_in(from, *order, runs);
        if (found || found.error() == kernel::Error::Corrupt) {
            return found;
        }
        least = Order::from(from.tree + 1);
    }
    return kernel::Error::OutOfMemory;
}

/// Where the block of `order` begins that is to be taken from there, below run `end`.
///
/// Errors: OutOfMemory if there is none below; Corrupt if there is none at all.
constexpr kernel::Result<FrameNumber> BuddyAllocator::find_in(FreeIndex::Place from, Order order,
                                                              std::uint64_t end) const {
    bool const is_group = from.tree >= kRunOrder;
    std::uint64_t const run = is_group ? from.number * RunTable::kGroupRuns : from.number;
    if (run >= end) {
        return kernel::Error::OutOfMemory;
    }
    if (!is_group) {
        auto const position = position_in(table_.get(run).free(), order);
        return position ? kernel::Result{frame_at(run * kRunFrames + *position)}
                        : kernel::Error::Corrupt;
    }
    std::uint64_t const free = table_.group(from.number).free();
    std::uint64_t const low = free & unit_set::row(0, std::min(end - run, RunTable::kGroupRuns));
    auto const found = unit_set::smallest_block<kTopOfGroup, kRunOrder>(low, order.value());
    if (!found) {
        return low == free ? kernel::Error::Corrupt : kernel::Error::OutOfMemory;
    }
    return frame_at((run + found.position()) * kRunFrames);
}

/// The lowest row of them in the first `runs` runs.
constexpr kernel::Result<FrameNumber> BuddyAllocator::find_largest_blocks(
    std::uint64_t count, std::uint64_t alignment, std::uint64_t runs) const {
    std::uint64_t const unit = Order::of(Order::kMax).frame_count();
    std::uint64_t const needed = (count + unit - 1) / unit;
    std::uint64_t const step = std::max(alignment / unit, std::uint64_t{1});
    std::uint64_t const base = begin_ / unit;
    std::uint64_t const end = base + (runs >> kTopOfGroup);

    // Blocks are numbered from physical 0 here, so that their alignment shows.
    std::uint64_t first = kernel::align_up(base, step);
    while (first + needed <= end) {
        std::uint64_t next = first;
        while (next < first + needed && is_largest_block_free(next - base)) {
            ++next;
        }
        if (next == first + needed) {
            return FrameNumber{first * unit};
        }
        first = kernel::align_up(base + next_largest_block(next - base), step);
    }
    return kernel::Error::OutOfMemory;
}

/// True if the `number`th block of the largest order is free.
constexpr bool BuddyAllocator::is_largest_block_free(std::uint64_t number) const {
    constexpr std::uint64_t kRuns = std::uint64_t{1} << kTopOfGroup;
    std::uint64_t const run = number * kRuns;
    std::uint64_t const free = table_.group(run / RunTable::kGroupRuns).free();
    return (~free >> run % RunTable::kGroupRuns & (RunTable::bit_of(kRuns) - 1)) == 0;
}

/// The first of them that is free, from `number` on; how many there are, or more, if none is.
constexpr std::uint64_t BuddyAllocator::next_largest_block(std::uint64_t number) const {
    constexpr std::uint64_t kPerGroup = RunTable::kGroupRuns >> kTopOfGroup;
    std::uint64_t const end = table_.runs() >> kTopOfGroup;
    while (number < end && !is_largest_block_free(number)) {
        ++number;
        if (number % kPerGroup == 0) {
            number = index_.next_with_largest(number / kPerGroup) * kPerGroup;
        }
    }
    return number;
}

/// Notes nothing any more of the frames of whole runs, which are about to be free.
constexpr void BuddyAllocator::forget_frames(Part part) {
    std::uint64_t const first = part.number * RunTable::kGroupRuns;
    std::uint64_t const split = table_.group(part.number).closed() & part.units;
    for (std::uint64_t left = split; left != 0; left &= left - 1) {
        table_.note_frames(first + static_cast<unsigned>(std::countr_zero(left)), States{});
    }
}

/// Makes every frame of `range` free; none of them is.
constexpr void BuddyAllocator::give(FrameRange range) {
    for_each_part(
        range,
        [this](Part part) {
            give_frames(part);
            return true;
        },
        [this](Part part) {
            give_runs(part);
            return true;
        });
    free_frames_ += range.count();
}

/// Makes every frame of `range` reserved or allocated; all of them are free.
constexpr kernel::Result<void> BuddyAllocator::take(FrameRange range, Use use) {
    bool const is_taken = for_each_part(
        range, [this, use](Part part) { return take_frames(part, use); },
        [this, use](Part part) {
            take_runs(part, use);
            return true;
        });
    if (!is_taken) {
        return kernel::Error::Corrupt;
    }
    free_frames_ -= range.count();
    return {};
}

/// False if the run is damaged.
constexpr bool BuddyAllocator::take_frames(Part part, Use use) {
    States const listed = table_.noted_frames(part.number);
    States before = listed;
    if (!table_.is_split(part.number)) {
        std::uint64_t const group = part.number / RunTable::kGroupRuns;
        if (!split(part.number, FreeIndex::tree_of_runs(table_.group(group).free()))) {
            return false;
        }
        before = States::all_free();  // And listed nowhere, as if all were closed.
    }
    std::uint64_t const first = unit_set::all_blocks(part.units);
    bool const is_allocated = use == Use::Allocated;
    note_frames(
        part.number, listed,
        is_allocated ? before.with_blocks(part.units, first) : before.with_closed(part.units));
    allocated_blocks_ += is_allocated ? unit_set::count(first) : 0;
    return true;
}

/// The same for whole runs of a group.
constexpr void BuddyAllocator::take_runs(Part part, Use use) {
    States const before = table_.group(part.number);
    std::uint64_t const first = unit_set::all_blocks<kTopOfGroup>(part.units);
    bool const is_allocated = use == Use::Allocated;
    note_runs(
        part.number, FreeIndex::tree_of_runs(before.free()),
        is_allocated ? before.with_blocks(part.units, first) : before.with_closed(part.units));
    allocated_blocks_ += is_allocated ? unit_set::count(first) : 0;
}

}  // namespace mm
