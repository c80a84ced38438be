// SPDX-License-Identifier: MIT
#pragma once

// BuddyAllocator, what it answers about itself. Included by buddy_allocator.hpp.

#include "kernel/mm/buddy_allocator.hpp"

#include <algorithm>

namespace mm {

constexpr FrameState BuddyAllocator::inspect(FrameNumber frame) const {
    if (!span_.contains(frame)) {
        return {
            FrameKind::Outside, {frame, Order{}}
        };
    }
    std::uint64_t const place = place_of(frame);
    States const frames = table_.get(place / kRunFrames);
    std::uint64_t const bit = RunTable::bit_of(place);
    if ((frames.closed() & bit) != 0) {
        return {
            FrameKind::Reserved, {frame, Order{}}
        };
    }
    if ((frames.free() & bit) != 0) {
        return {FrameKind::Free, free_block_around(frame)};
    }
    if (is_lent(frame)) {
        FrameNumber const first = frame_at(kernel::align_down(place, kRunFrames));
        return {
            FrameKind::Allocated, {first, Order::of(kRunOrder)}
        };
    }
    auto const start = table_.block_start(place);
    auto const order = start ? table_.block_order(*start) : std::nullopt;
    if (!order) {  // Damaged: all that is known is the frame itself.
        return {
            FrameKind::Allocated, {frame, Order{}}
        };
    }
    return {
        FrameKind::Allocated, {frame_at(*start), *order}
    };
}

/// The maximal free block that holds `frame`, which is free.
constexpr Block BuddyAllocator::free_block_around(FrameNumber frame) const {
    std::uint64_t const place = place_of(frame);
    std::uint64_t const run = place / kRunFrames;
    std::uint64_t const units_free = table_.is_split(run)
                                         ? table_.noted_frames(run).free()
                                         : table_.group(run / RunTable::kGroupRuns).free();
    std::uint64_t const position = (table_.is_split(run) ? place : run) % 64;
    unsigned const most = table_.is_split(run) ? kRunOrder : kTopOfGroup;
    unsigned order = 0;
    std::uint64_t blocks = unit_set::pairs(units_free, order);
    while (order < most && (blocks >> kernel::align_down(position, 2U << order) & 1) != 0) {
        blocks = unit_set::pairs(blocks, ++order);
    }
    order += table_.is_split(run) ? 0 : kRunOrder;
    return {frame_at(kernel::align_down(place, std::uint64_t{1} << order)), Order::of(order)};
}

constexpr std::array<std::uint64_t, Order::kMax + 1> BuddyAllocator::free_blocks() const {
    std::array<std::uint64_t, Order::kMax + 1> blocks{};
    auto const count = [&blocks](std::uint64_t free, unsigned order, unsigned most) {
        for (unsigned doublings = 0; free != 0; ++doublings) {
            std::uint64_t const larger =
                order + doublings == most ? 0 : unit_set::pairs(free, doublings);
            blocks[order + doublings] +=
                unit_set::count(unit_set::unpaired(free, larger, doublings));
            free = larger;
        }
    };
    for (std::uint64_t group = 0; group < table_.groups(); ++group) {
        count(table_.group(group).free(), kRunOrder, Order::kMax);
    }
    for (std::uint64_t run = 0; run < table_.runs(); ++run) {
        count(table_.is_lent(run) ? 0 : table_.noted_frames(run).free(), 0, kRunOrder);
    }
    return blocks;
}

constexpr kernel::Result<VerifyReport> BuddyAllocator::verify() const {
    std::uint64_t free = 0;
    std::uint64_t reserved = 0;
    std::uint64_t allocated = 0;
    std::uint64_t lent = 0;
    for (std::uint64_t group = 0; group < table_.groups(); ++group) {
        if (!is_sound_group(group)) {
            return kernel::Error::Corrupt;
        }
        allocated += unit_set::count(table_.group(group).first());
        lent += unit_set::count(table_.lent(group));
    }
    for (std::uint64_t run = 0; run < table_.runs(); ++run) {
        if (!is_sound_run(run)) {
            return kernel::Error::Corrupt;
        }
        States const frames = table_.get(run);
        free += unit_set::count(frames.free());
        reserved += unit_set::count(frames.closed() & frames_in_span(run));
        allocated += table_.is_split(run) ? unit_set::count(frames.first()) : 0;
    }
    if (free != free_frames_ || reserved != reserved_frames_ || allocated != allocated_blocks_ ||
        lent != lent_runs_ || !index_.describes(table_)) {
        return kernel::Error::Corrupt;
    }

    VerifyReport report{.frames = span_.count(), .runs = table_.runs(), .blocks = allocated};
    for (std::uint64_t const blocks : free_blocks()) {
        report.blocks += blocks;
    }
    return report;
}

/// The frames of `run` that are in the span.
constexpr std::uint64_t BuddyAllocator::frames_in_span(std::uint64_t run) const {
    FrameNumber const first = std::max(span_.first, frame_at(run * kRunFrames));
    FrameNumber const end = std::min(span_.end, frame_at((run + 1) * kRunFrames));
    if (end <= first) {
        return 0;
    }
    return unit_set::row(place_of(first) % kRunFrames, end - first);
}

/// True if every run of `group` is free, split, or in a whole allocated block, and only those of
/// the table are anything but split.
constexpr bool BuddyAllocator::is_sound_group(std::uint64_t group) const {
    States const runs = table_.group(group);
    std::uint64_t const count = table_.runs() - group * RunTable::kGroupRuns;
    std::uint64_t const beyond = count < 64 ? unit_set::kAll << count : 0;
    return unit_set::are_sound(runs, kTopOfGroup) && (~runs.closed() & beyond) == 0 &&
           (table_.lent(group) & (beyond | ~runs.closed())) == 0;
}

/// True if what is noted of the frames of `run` is in order: nothing if it is not split; else no
/// frame outside the span is anything but reserved, and not all are free. What its borrower notes
/// of a run that is lent is not looked at.
constexpr bool BuddyAllocator::is_sound_run(std::uint64_t run) const {
    States const frames = table_.noted_frames(run);
    std::uint64_t const in_span = frames_in_span(run);
    if (table_.is_lent(run)) {
        return in_span == unit_set::kAll;
    }
    if (!table_.is_split(run)) {
        return frames == States{} && in_span == unit_set::kAll;
    }
    return unit_set::are_sound(frames, kRunOrder - 1) && (~frames.closed() & ~in_span) == 0 &&
           frames != States::all_free();
}

constexpr std::uint64_t BuddyAllocator::hash() const {
    constexpr std::uint64_t kMultiplier = 0x9e37'79b9'7f4a'7c15;  // 2^64 / golden ratio, odd.
    std::uint64_t hash = span_.first.raw();
    for (std::uint64_t run = 0; run < table_.runs(); ++run) {
        States const frames = table_.get(run);
        for (std::uint64_t const word : {frames.free_or_inside, frames.free_or_first}) {
            hash = (hash ^ word) * kMultiplier;
            hash ^= hash >> 32;
        }
    }
    return hash;
}

}  // namespace mm
