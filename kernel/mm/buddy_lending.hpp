// SPDX-License-Identifier: MIT
#pragma once

// BuddyAllocator, runs that are lent. Included by buddy_allocator.hpp.

#include "kernel/mm/buddy_allocator.hpp"

namespace mm {

constexpr kernel::Result<LentRun> BuddyAllocator::lend(Order order) {
    kernel::require(order.value() < kRunOrder, "a lent run holds blocks smaller than itself");
    FreeIndex::Place const from = index_.find(order);
    if (!from) {
        return why_no_block(order);
    }
    if (from.tree < kRunOrder) {
        return lend_split_run(from, order);
    }
    Opened const opened = open_run(from);
    if (!opened.is_sound) {
        return kernel::Error::Corrupt;
    }
    if (opened.tree != from.tree) {
        index_.relist_group(from.number, from.tree, opened.tree);
    }
    free_frames_ -= kRunFrames;
    return lend_run(opened.run, unit_set::kAligned[order.value()]);
}

constexpr kernel::Result<LentRun> BuddyAllocator::lend_split_run(FreeIndex::Place from,
                                                                 Order order) {
    std::uint64_t const run = from.number;
    States const frames = table_.noted_frames(run);
    std::uint64_t const free = unit_set::blocks(frames.free(), order.value());
    std::uint64_t const allocated = unit_set::allocated_blocks(frames, order.value());
    if ((free | allocated) != unit_set::kAligned[order.value()]) {
        MaybeFrame const first =
            order.value() == 0 ? allocate_frame(run) : allocate_from_split_run(from, order);
        if (!first) {
            return kernel::Error::Corrupt;
        }
        return LentRun{.first = *first};
    }
    if (free == 0 || !has_in_span(frame_at(run * kRunFrames), Order::of(kRunOrder))) {
        return kernel::Error::Corrupt;
    }
    index_.unlist_run(run,
                      order.value() == 0 ? FreeIndex::tree_of_frames(frames.free()) : from.tree);
    free_frames_ -= unit_set::count(free) * order.frame_count();
    allocated_blocks_ -= unit_set::count(allocated);
    return lend_run(run, free);
}

/// Of a run that is split and listed nowhere.
constexpr LentRun BuddyAllocator::lend_run(std::uint64_t run, std::uint64_t free) {
    table_.flip_lent(run);
    ++lent_runs_;
    return {frame_at(run * kRunFrames), free, true};
}

/// The number of the lent run that begins at `first`; none if that is not one.
constexpr std::optional<std::uint64_t> BuddyAllocator::lent_run(FrameNumber first) const {
    std::uint64_t const place = first.raw() - begin_;  // Huge if it lies before.
    std::uint64_t const run = place / kRunFrames;
    bool const is_one = place % kRunFrames == 0 && run < table_.runs() && table_.is_lent(run);
    return is_one ? std::optional{run} : std::nullopt;
}

constexpr kernel::Result<void> BuddyAllocator::take_back(FrameNumber first, Order order,
                                                         std::uint64_t free) {
    kernel::require(order.value() < kRunOrder, "a lent run holds blocks smaller than itself");
    std::uint64_t const blocks = unit_set::kAligned[order.value()];
    if (free == blocks) {
        return take_back(first);
    }
    auto const run = lent_run(first);
    if (!run || (free & ~blocks) != 0) {
        return kernel::Error::Corrupt;
    }
    table_.flip_lent(*run);
    --lent_runs_;
    free_frames_ += unit_set::count(free) * order.frame_count();
    allocated_blocks_ += unit_set::count(blocks & ~free);
    States const frames = States::all_free()
                              .with_blocks(unit_set::kAll, blocks)
                              .with_free(unit_set::units_of(free, order.value()));
    table_.note_frames(*run, frames);
    if (free != 0) {
        index_.list_run(*run, FreeIndex::tree_of_frames(frames.free()));
    }
    return {};
}

}  // namespace mm
