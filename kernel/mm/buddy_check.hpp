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
    Run const run = table_.get(place / kRunFrames);
    std::uint64_t const bit = std::uint64_t{1} << place % kRunFrames;
    if ((run.reserved_frames() & bit) != 0) {
        return {
            FrameKind::Reserved, {frame, Order{}}
        };
    }
    if ((run.free & bit) != 0) {
        return {FrameKind::Free, free_block_around(frame)};
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
    std::uint64_t const free = table_.get(place / kRunFrames).free_frames();
    unsigned order = 0;
    if (free == frame_set::kAll) {
        order = index_.order_of_free_block(place / kRunFrames, kRunOrder).value_or(kRunOrder);
    } else {
        std::uint64_t blocks = frame_set::pairs(free, order);
        while ((blocks >> kernel::align_down(place % kRunFrames, 2U << order) & 1) != 0) {
            blocks = frame_set::pairs(blocks, ++order);
        }
    }
    std::uint64_t const size = std::uint64_t{1} << order;
    return {frame_at(kernel::align_down(place, size)), Order::of(order)};
}

constexpr std::array<std::uint64_t, Order::kMax + 1> BuddyAllocator::free_blocks() const {
    std::array<std::uint64_t, Order::kMax + 1> blocks{};
    for (std::uint64_t run = 0; run < table_.runs();) {
        std::uint64_t free = table_.get(run).free_frames();
        if (free == frame_set::kAll) {
            unsigned const order =
                index_.order_of_free_block(run, kRunOrder).value_or(unsigned{kRunOrder});
            ++blocks[order];
            run += std::uint64_t{1} << (order - kRunOrder);
            continue;
        }
        for (unsigned order = 0; free != 0; ++order) {
            std::uint64_t const larger = frame_set::pairs(free, order);
            blocks[order] += frame_set::count(frame_set::unpaired(free, larger, order));
            free = larger;
        }
        ++run;
    }
    return blocks;
}

constexpr kernel::Result<VerifyReport> BuddyAllocator::verify() const {
    std::uint64_t free = 0;
    std::uint64_t reserved = 0;
    std::uint64_t allocated = 0;
    for (std::uint64_t run = 0; run < table_.runs(); ++run) {
        Run const state = table_.get(run);
        std::uint64_t const padding = ~frames_in_span(run);
        if ((state.reserved_frames() & padding) != padding || !is_covered(run)) {
            return kernel::Error::Corrupt;
        }
        free += frame_set::count(state.free_frames());
        reserved += frame_set::count(state.reserved_frames() & ~padding);
        allocated += frame_set::count(state.allocated_starts());
    }
    if (free != free_frames_ || reserved != reserved_frames_ || allocated != allocated_blocks_ ||
        !index_.describes(table_)) {
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
    return frame_set::row(place_of(first) % kRunFrames, end - first);
}

/// True if every frame of `run` is free, reserved or in a whole allocated block.
constexpr bool BuddyAllocator::is_covered(std::uint64_t run) const {
    Run const state = table_.get(run);
    if (state == Run::inside_block()) {
        auto const start = table_.block_start(run * kRunFrames);
        auto const order = start ? table_.block_order(*start) : std::nullopt;
        return order && *start + order->frame_count() > run * kRunFrames;
    }
    std::uint64_t covered = state.free;
    for (std::uint64_t starts = state.allocated_starts(); starts != 0; starts &= starts - 1) {
        auto const position = static_cast<unsigned>(std::countr_zero(starts));
        auto const order = table_.block_order(run * kRunFrames + position);
        if (!order) {
            return false;
        }
        covered |= order->value() < kRunOrder ? frame_set::block(position, order->value())
                                              : frame_set::kAll;
    }
    return covered == frame_set::kAll;
}

constexpr std::uint64_t BuddyAllocator::hash() const {
    constexpr std::uint64_t kMultiplier = 0x9e37'79b9'7f4a'7c15;  // 2^64 / golden ratio, odd.
    std::uint64_t hash = span_.first.raw();
    for (std::uint64_t run = 0; run < table_.runs(); ++run) {
        for (std::uint64_t const word : {table_.get(run).free, table_.get(run).start}) {
            hash = (hash ^ word) * kMultiplier;
            hash ^= hash >> 32;
        }
    }
    return hash;
}

}  // namespace mm
