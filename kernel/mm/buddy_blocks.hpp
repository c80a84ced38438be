// SPDX-License-Identifier: MIT
#pragma once

// BuddyAllocator, one block at a time. Included by buddy_allocator.hpp.

#include "kernel/mm/buddy_allocator.hpp"

namespace mm {

constexpr BuddyAllocator::BuddyAllocator(FrameRange span, std::span<std::uint64_t> metadata)
    : span_{span}, begin_{begin_of(span)}, reserved_frames_{span.count()} {
    kernel::require(metadata.size() >= metadata_words(span), "the metadata has room for the span");
    std::uint64_t const runs = runs_over(span);
    table_ = RunTable{metadata, runs};
    index_ = FreeIndex{metadata.subspan(RunTable::words(runs)), runs};
}

constexpr kernel::Result<Block> BuddyAllocator::allocate(Order order) {
    auto const first =
        order.value() < kRunOrder ? allocate_frames_of_run(order) : allocate_runs(order);
    if (!first) {
        return why_no_block(order);
    }
    return Block{*first, order};
}

constexpr kernel::Error BuddyAllocator::why_no_block(Order order) const {
    return index_.has(order) ? kernel::Error::Corrupt : kernel::Error::OutOfMemory;
}

/// Where in `free` frames of a run the block of `order` lies that is to be taken, if any.
constexpr std::optional<std::uint64_t> BuddyAllocator::position_in(std::uint64_t free,
                                                                   Order order) {
    if (order.value() != 0) {
        auto const found = unit_set::smallest_block(free, order.value());
        return found ? std::optional{found.position()} : std::nullopt;
    }
    return free == 0 ? std::nullopt : std::optional<std::uint64_t>{std::countr_zero(free)};
}

/// Gives the frames of a free run, listed in `tree`, states of their own; false if it has them.
constexpr bool BuddyAllocator::split(std::uint64_t run, std::uint64_t tree) {
    std::uint64_t const group = run / RunTable::kGroupRuns;
    States const runs = table_.group(group);
    if (table_.noted_frames(run) != States{}) {
        return false;
    }
    note_runs(group, tree, runs.with_closed(RunTable::bit_of(run)));
    return true;
}

/// A block of one run.
constexpr BuddyAllocator::MaybeFrame BuddyAllocator::allocate_frames_of_run(Order order) {
    FreeIndex::Place const from = index_.find(order);
    if (!from) {
        return {};
    }
    if (from.tree >= kRunOrder) {
        return allocate_from_free_run(from, order);
    }
    return order.value() == 0 ? allocate_frame(from.number) : allocate_from_split_run(from, order);
}

/// The lowest free frame of a run that is listed.
constexpr BuddyAllocator::MaybeFrame BuddyAllocator::allocate_frame(std::uint64_t run) {
    States const before = table_.noted_frames(run);
    std::uint64_t const free = before.free();
    std::uint64_t const left = free & (free - 1);
    FrameNumber const first =
        frame_at(run * kRunFrames + static_cast<unsigned>(std::countr_zero(free)));
    if (free == 0 || !has_in_span(first, Order{})) {
        return {};
    }
    count_allocated(Order{});
    table_.note_frames(run, before.with_unit(free ^ left));
    unsigned const to = FreeIndex::tree_outgrown(left, free);
    return to == FreeIndex::kStays ? MaybeFrame{first}
                                   : relisted_run(run, FreeIndex::tree_of_frames(free), to, first);
}

/// A block of several frames.
constexpr BuddyAllocator::MaybeFrame BuddyAllocator::allocate_from_split_run(FreeIndex::Place from,
                                                                             Order order) {
    States const before = table_.noted_frames(from.number);
    auto const found = unit_set::smallest_block<kRunOrder - 1>(before.free(), order.value());
    FrameNumber const first = frame_at(from.number * kRunFrames + found.position());
    if (!found || !has_in_span(first, order)) {
        return {};
    }
    count_allocated(order);
    States const after = before.with_block(found.first(), order.frame_count());
    table_.note_frames(from.number, after);
    if (found.order != from.tree || !found.is_single()) {
        return MaybeFrame{first};  // One as large is left.
    }
    bool const is_half_left = order.value() < found.order;
    return relisted_run(from.number, from.tree,
                        is_half_left ? from.tree - 1 : FreeIndex::tree_of_frames(after.free()),
                        first);
}

/// A block of a run that is free until now.
constexpr BuddyAllocator::MaybeFrame BuddyAllocator::allocate_from_free_run(FreeIndex::Place from,
                                                                            Order order) {
    Opened const opened = open_run(from);
    if (!opened.is_sound) {
        return {};
    }
    count_allocated(order);
    table_.note_frames(opened.run, States::all_free().with_block(1, order.frame_count()));
    index_.list_run(opened.run, kRunOrder - 1);  // The upper half is left at least.
    if (opened.tree == from.tree) {
        return opened.first;
    }
    if (from.tree != kRunOrder) {  // It had one larger block: half of that is left.
        index_.move_group(from.number, from.tree, opened.tree);
        return opened.first;
    }
    return relisted_group(from.number, from.tree, opened.tree, *opened.first);
}

/// Has a run of the group that `from` leads to split, the first of its smallest free block. The
/// group has to be listed anew.
constexpr BuddyAllocator::Opened BuddyAllocator::open_run(FreeIndex::Place from) {
    States const runs = table_.group(from.number);
    auto const found = unit_set::smallest_block<kTopOfGroup, kRunOrder>(runs.free(), kRunOrder);
    std::uint64_t const run = from.number * RunTable::kGroupRuns + found.position();
    FrameNumber const first = frame_at(run * kRunFrames);
    if (!found || !has_in_span(first, Order::of(kRunOrder)) ||
        table_.noted_frames(run) != States{}) {
        return {};
    }
    States const after = runs.with_closed(found.first());
    table_.put_group(from.number, after);
    return {true, MaybeFrame{first}, run, tree_of_rest(from, found, kRunOrder, after)};
}

/// A block of whole runs.
constexpr BuddyAllocator::MaybeFrame BuddyAllocator::allocate_runs(Order order) {
    FreeIndex::Place const from = index_.find(order);
    if (!from) {
        return {};
    }
    States const runs = table_.group(from.number);
    auto const found = unit_set::smallest_block<kTopOfGroup, kRunOrder>(runs.free(), order.value());
    FrameNumber const first =
        frame_at((from.number * RunTable::kGroupRuns + found.position()) * kRunFrames);
    if (!found || !has_in_span(first, order)) {
        return {};
    }
    count_allocated(order);
    States const after = runs.with_block(found.first(), order.frame_count() / kRunFrames);
    table_.put_group(from.number, after);
    std::uint64_t const tree = tree_of_rest(from, found, order.value(), after);
    return tree == from.tree ? MaybeFrame{first}
                             : relisted_group(from.number, from.tree, tree, first);
}

/// Where the group that was found in `from` belongs, once the first runs of the block that was
/// found in it are taken, of `order`: then its runs are `after`.
constexpr std::uint64_t BuddyAllocator::tree_of_rest(FreeIndex::Place from, unit_set::Found found,
                                                     unsigned order, States after) {
    if (found.order != from.tree || !found.is_single()) {
        return from.tree;  // One as large is left.
    }
    return order < found.order ? from.tree - 1 : FreeIndex::tree_of_runs(after.free());
}

constexpr void BuddyAllocator::count_allocated(Order order) {
    free_frames_ -= order.frame_count();
    ++allocated_blocks_;
}

constexpr void BuddyAllocator::count_freed(Order order) {
    free_frames_ += order.frame_count();
    --allocated_blocks_;
}

constexpr kernel::Result<void> BuddyAllocator::free(FrameNumber first, Order order) {
    if (!has_in_span(first)) {
        return kernel::Error::NotRam;
    }
    MaybeFrame const refused =
        order.value() < kRunOrder ? free_frames_of_run(first, order) : free_runs(first, order);
    return refused ? why_not_freed(*refused) : kernel::Result<void>{};
}

/// A block of one run. Gives `first`, which is in the span, if no such block starts there: so that
/// nobody has to keep it meanwhile.
constexpr BuddyAllocator::MaybeFrame BuddyAllocator::free_frames_of_run(FrameNumber first,
                                                                        Order order) {
    std::uint64_t const place = place_of(first);
    States const before = table_.noted_frames(place / kRunFrames);
    std::uint64_t const bit = RunTable::bit_of(place);
    std::uint64_t const block = unit_set::block(bit, order.frame_count());
    if (table_.is_lent(place / kRunFrames) || !is_aligned(place, order) ||
        !unit_set::is_block(before, bit, block)) {
        return MaybeFrame{first};
    }
    count_freed(order);
    // If all of it is free now, the other half was before.
    note_given_frames({place / kRunFrames, block}, before, kRunOrder - 1);
    return {};
}

/// The same for a block of whole runs. None of these is lent.
constexpr BuddyAllocator::MaybeFrame BuddyAllocator::free_runs(FrameNumber first, Order order) {
    std::uint64_t const place = place_of(first);
    std::uint64_t const run = place / kRunFrames;
    States const before = table_.group(run / RunTable::kGroupRuns);
    std::uint64_t const bit = RunTable::bit_of(run);
    std::uint64_t const block = unit_set::block(bit, order.frame_count() / kRunFrames);
    if (!is_aligned(place, order) || !unit_set::is_block(before, bit, block)) {
        return MaybeFrame{first};
    }
    count_freed(order);
    note_given_runs({run / RunTable::kGroupRuns, block}, before);
    return {};
}

/// Of a frame in the span where no block of that order starts.
constexpr kernel::Error BuddyAllocator::why_not_freed(FrameNumber first) const {
    std::uint64_t const place = place_of(first);
    if (auto const error = why_no_block_starts_at(place)) {
        return *error;
    }
    return table_.block_order(place) ? kernel::Error::WrongOrder : kernel::Error::Corrupt;
}

/// Reserved, AlreadyFree or InsideBlock; none if an allocated block does start at `place`.
constexpr std::optional<kernel::Error> BuddyAllocator::why_no_block_starts_at(
    std::uint64_t place) const {
    States const frames = table_.get(place / kRunFrames);
    std::uint64_t const bit = RunTable::bit_of(place);
    if ((frames.first() & bit) != 0) {
        return std::nullopt;
    }
    if ((frames.inside() & bit) != 0) {
        return kernel::Error::InsideBlock;
    }
    return (frames.free() & bit) != 0 ? kernel::Error::AlreadyFree : kernel::Error::Reserved;
}

/// Puts the frames of a split run into new states.
constexpr void BuddyAllocator::note_frames(std::uint64_t run, States before, States after) {
    table_.note_frames(run, after);
    index_.relist_run(run, FreeIndex::tree_of_frames(before.free()),
                      FreeIndex::tree_of_frames(after.free()));
}

/// Puts the runs of a group, listed in `tree`, into new states.
constexpr void BuddyAllocator::note_runs(std::uint64_t group, std::uint64_t tree, States after) {
    table_.put_group(group, after);
    index_.relist_group(group, tree, FreeIndex::tree_of_runs(after.free()));
}

/// Makes runs of a group free, whose states are `before`.
constexpr void BuddyAllocator::note_given_runs(Part part, States before) {
    States const after = before.with_free(part.units);
    table_.put_group(part.number, after);
    if (!index_.has_largest(part.number)) {  // Else it stays where it is.
        index_.relist_group(part.number, FreeIndex::tree_of_runs(before.free()),
                            FreeIndex::tree_of_runs(after.free()));
    }
}

/// Makes frames of a split run free, whose states are `before`. A run that is all free then is
/// split no longer; it was listed in `tree`.
constexpr void BuddyAllocator::note_given_frames(Part part, States before, std::uint64_t tree) {
    States const after = before.with_free(part.units);
    if (after.free() == unit_set::kAll) {
        join_listed_run(part.number, tree);
        return;
    }
    table_.note_frames(part.number, after);
    unsigned const from = FreeIndex::tree_outgrown(before.free(), after.free());
    if (from != FreeIndex::kStays) {
        index_.relist_run(part.number, from, FreeIndex::tree_of_frames(after.free()));
    }
}

/// All frames of a split run are free, which is listed nowhere. (As note_given_runs(), but the
/// group is moved in place: most merges of single frames end here.)
constexpr void BuddyAllocator::join_run(std::uint64_t run) {
    table_.note_frames(run, States{});
    std::uint64_t const group = run / RunTable::kGroupRuns;
    States const before = table_.group(group);
    States const after = before.with_free(RunTable::bit_of(run));
    table_.put_group(group, after);
    if (index_.has_largest(group)) {
        return;  // It stays where it is.
    }
    unsigned const to = FreeIndex::tree_of_some_runs(after.free());
    if (before.free() == 0) {
        index_.relist_group(group, FreeIndex::kNowhere, to);
        return;
    }
    unsigned const from = FreeIndex::tree_of_some_runs(before.free());
    if (from != to) {
        index_.move_group(group, from, to);
    }
}

/// Makes frames of a split run free.
constexpr void BuddyAllocator::give_frames(Part part) {
    States const before = table_.noted_frames(part.number);
    note_given_frames(part, before, FreeIndex::tree_of_frames(before.free()));
}

/// Makes whole runs of a group free. None of their frames is, and nothing is noted of these.
constexpr void BuddyAllocator::give_runs(Part part) {
    note_given_runs(part, table_.group(part.number));
}

}  // namespace mm
