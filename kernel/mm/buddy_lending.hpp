// SPDX-License-Identifier: MIT
#pragma once

// BuddyAllocator, runs that are lent. Included by buddy_allocator.hpp.

#include "kernel/mm/buddy_allocator.hpp"

namespace mm {

constexpr kernel::Result<LentRun> BuddyAllocator::lend(Order order, unsigned least) {
    kernel::require(order.value() < kRunOrder, "a lent run holds blocks smaller than itself");
    FreeIndex::Place const from = index_.find(order);
    if (!from) {
        return why_no_block(order);
    }
    if (from.tree < kRunOrder) {
        return lend_split_run(from, order, least);
    }
    Opened const opened = open_run(from);
    if (!opened.is_sound) {
        return kernel::Error::Corrupt;
    }
    if (opened.tree != from.tree) {
        index_.relist_group(from.number, from.tree, opened.tree);
    }
    std::uint64_t const blocks = unit_set::kAligned[order.value()];
    table_.note_frames(opened.run, States::all_free().with_blocks(unit_set::kAll, blocks));
    note_lent(opened.run, std::uint64_t{kRunFrames} >> order.value(), order);
    return LentRun{frame_at(opened.run * kRunFrames), blocks, blocks};
}

/// So many free blocks of `order` in `run` are the borrower's from now on.
constexpr void BuddyAllocator::note_lent(std::uint64_t run, std::uint64_t taken, Order order) {
    table_.flip_lent(run);
    ++lent_runs_;
    free_frames_ -= taken * order.frame_count();
    allocated_blocks_ += taken;
}

constexpr kernel::Result<LentRun> BuddyAllocator::lend_split_run(FreeIndex::Place from, Order order,
                                                                 unsigned least) {
    std::uint64_t const run = from.number;
    States const frames = table_.noted_frames(run);
    std::uint64_t const found = unit_set::blocks(frames.free(), order.value());
    if (unit_set::count(found) < least) {
        MaybeFrame const first =
            order.value() == 0 ? allocate_frame(run) : allocate_from_split_run(from, order);
        if (!first) {
            return kernel::Error::Corrupt;
        }
        std::uint64_t const position = place_of(*first) % kRunFrames;
        return LentRun{frame_at(run * kRunFrames), std::uint64_t{1} << position, 0};
    }
    if (!are_in_span(run, frames.free())) {
        return kernel::Error::Corrupt;
    }
    index_.unlist_run(run,
                      order.value() == 0 ? FreeIndex::tree_of_frames(frames.free()) : from.tree);
    return lend_run(run, frames, order);
}

constexpr std::optional<LentRun> BuddyAllocator::lend(FrameNumber frame, Order order) {
    kernel::require(order.value() < kRunOrder, "a lent run holds blocks smaller than itself");
    std::uint64_t const run = place_of(frame) / kRunFrames;
    if (!span_.contains(frame) || table_.is_lent(run) || !table_.is_split(run)) {
        return std::nullopt;
    }
    States const frames = table_.noted_frames(run);
    if (!are_in_span(run, frames.free())) {
        return std::nullopt;
    }
    if (frames.free() != 0) {
        index_.unlist_run(run, FreeIndex::tree_of_frames(frames.free()));
    }
    return lend_run(run, frames, order);
}

/// Else the table is damaged.
constexpr bool BuddyAllocator::are_in_span(std::uint64_t run, std::uint64_t frames) const {
    return has_in_span(frame_at(run * kRunFrames), Order::of(kRunOrder)) ||
           (frames & ~frames_in_span(run)) == 0;
}

/// Of a run that is split, not lent and listed nowhere: `frames` are the states to begin with.
constexpr LentRun BuddyAllocator::lend_run(std::uint64_t run, States frames, Order order) {
    std::uint64_t const first = unit_set::blocks(frames.free(), order.value());
    States const after = frames.with_blocks(unit_set::units_of(first, order.value()), first);
    table_.note_frames(run, after);
    note_lent(run, unit_set::count(first), order);
    return {frame_at(run * kRunFrames), first, unit_set::allocated_blocks(after, order.value())};
}

/// True if it is lent and `first` is where it begins.
constexpr bool BuddyAllocator::is_lent_run(FrameNumber first) const {
    // It may begin before the span does.
    std::uint64_t const place = first.raw() - begin_;
    std::uint64_t const run = place / kRunFrames;
    return place % kRunFrames == 0 && run < table_.runs() && table_.is_lent(run);
}

constexpr std::optional<std::uint64_t> BuddyAllocator::lent_blocks(FrameNumber first,
                                                                   Order order) const {
    kernel::require(order.value() < kRunOrder, "a lent run holds blocks smaller than itself");
    if (!is_lent_run(first)) {
        return std::nullopt;
    }
    return unit_set::allocated_blocks(table_.noted_frames(place_of(first) / kRunFrames),
                                      order.value());
}

constexpr kernel::Result<void> BuddyAllocator::take_back(FrameNumber first, Order order,
                                                         std::uint64_t blocks) {
    auto const allocated = lent_blocks(first, order);
    if (!allocated || (blocks & ~*allocated) != 0) {
        return kernel::Error::Corrupt;
    }
    std::uint64_t const run = place_of(first) / kRunFrames;
    States const frames = table_.noted_frames(run);
    unsigned const given = unit_set::count(blocks);
    free_frames_ += given * order.frame_count();
    allocated_blocks_ -= given;
    table_.flip_lent(run);
    --lent_runs_;
    States const after = frames.with_free(unit_set::units_of(blocks, order.value()));
    if (after.free() == unit_set::kAll) {
        join_run(run);
        return {};
    }
    table_.note_frames(run, after);
    if (after.free() != 0) {
        index_.list_run(run, FreeIndex::tree_of_frames(after.free()));
    }
    return {};
}

constexpr kernel::Result<void> BuddyAllocator::take_back(FrameNumber first) {
    if (!is_lent_run(first)) {
        return kernel::Error::Corrupt;
    }
    std::uint64_t const run = place_of(first) / kRunFrames;
    table_.flip_lent(run);
    --lent_runs_;
    // Smaller blocks, or what was freed there meanwhile.
    std::uint64_t const free = table_.noted_frames(run).free();
    if (free != 0) {
        list_or_join_run(run, free);
    }
    return {};
}

}  // namespace mm
