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
    auto const from = index_.find(order);
    if (!from) {
        return index_.has(order) ? kernel::Error::Corrupt : kernel::Error::OutOfMemory;
    }
    return order.value() < kRunOrder ? allocate_frames_of_run(*from, order)
                                     : allocate_runs(*from, order);
}

/// The run that `place` leads to: that run, or the first of the group's smallest free block. None
/// if the index contradicts the table.
constexpr std::optional<std::uint64_t> BuddyAllocator::run_at(FreeIndex::Place place) const {
    if (place.tree < kRunOrder) {
        return place.number;
    }
    auto const position =
        unit_set::smallest_block<kTopOfGroup>(table_.group(place.number).free(), 0);
    if (!position) {
        return std::nullopt;
    }
    return place.number * RunTable::kGroupRuns + *position;
}

/// Where in `free` frames of a run the block of `order` lies that is to be taken, if any.
constexpr std::optional<unsigned> BuddyAllocator::position_in(std::uint64_t free, Order order) {
    if (order.value() != 0) {
        return unit_set::smallest_block(free, order.value());
    }
    return free == 0 ? std::nullopt : std::optional{static_cast<unsigned>(std::countr_zero(free))};
}

/// Gives the frames of a free run, listed in `tree`, states of their own; false if it has them.
constexpr bool BuddyAllocator::split(std::uint64_t run, unsigned tree) {
    std::uint64_t const group = run / RunTable::kGroupRuns;
    States const runs = table_.group(group);
    if (table_.noted_frames(run) != States{}) {
        return false;
    }
    note_runs(group, tree, runs.with_closed(RunTable::bit_of(run)));
    return true;
}

constexpr kernel::Result<Block> BuddyAllocator::allocate_frames_of_run(FreeIndex::Place from,
                                                                       Order order) {
    auto const run = run_at(from);
    if (!run) {
        return kernel::Error::Corrupt;
    }
    States before = States::all_free();
    unsigned listed = FreeIndex::kNowhere;
    unsigned position = 0;
    if (from.tree < kRunOrder) {
        before = table_.noted_frames(*run);
        listed = FreeIndex::tree_of_frames(before.free());
        auto const found = position_in(before.free(), order);
        if (!found) {
            return kernel::Error::Corrupt;
        }
        position = *found;
    }
    FrameNumber const first = frame_at(*run * kRunFrames + position);
    if (!has_in_span(first, order) || (from.tree >= kRunOrder && !split(*run, from.tree))) {
        return kernel::Error::Corrupt;
    }
    States const after =
        before.with_blocks(unit_set::block(position, order.value()), std::uint64_t{1} << position);
    table_.note_frames(*run, after);
    // Of a run that was whole, the upper half is left at least.
    index_.relist_run(
        *run, listed,
        from.tree < kRunOrder ? FreeIndex::tree_of_frames(after.free()) : kRunOrder - 1);
    free_frames_ -= order.frame_count();
    ++allocated_blocks_;
    return Block{first, order};
}

constexpr kernel::Result<Block> BuddyAllocator::allocate_runs(FreeIndex::Place from, Order order) {
    unsigned const runs_order = order.value() - kRunOrder;
    States const runs = table_.group(from.number);
    auto const position = unit_set::smallest_block<kTopOfGroup>(runs.free(), runs_order);
    if (!position) {
        return kernel::Error::Corrupt;
    }
    FrameNumber const first =
        frame_at((from.number * RunTable::kGroupRuns + *position) * kRunFrames);
    if (!has_in_span(first, order)) {
        return kernel::Error::Corrupt;
    }
    note_runs(
        from.number, from.tree,
        runs.with_blocks(unit_set::block(*position, runs_order), std::uint64_t{1} << *position));
    free_frames_ -= order.frame_count();
    ++allocated_blocks_;
    return Block{first, order};
}

constexpr kernel::Result<void> BuddyAllocator::free(FrameNumber first, Order order) {
    if (!span_.contains(first)) {
        return kernel::Error::NotRam;
    }
    std::uint64_t const place = place_of(first);
    if (!is_block(place, order)) {
        if (auto const error = why_no_block_starts_at(place)) {
            return *error;
        }
        return table_.block_order(place) ? kernel::Error::WrongOrder : kernel::Error::Corrupt;
    }
    free_frames_ += order.frame_count();
    --allocated_blocks_;
    std::uint64_t const run = place / kRunFrames;
    if (order.value() < kRunOrder) {
        give_frames({run, unit_set::block(place % kRunFrames, order.value())});
    } else {
        give_runs({run / RunTable::kGroupRuns,
                   unit_set::block(run % RunTable::kGroupRuns, order.value() - kRunOrder)});
    }
    return {};
}

/// True if an allocated block of `order` starts at `place`.
constexpr bool BuddyAllocator::is_block(std::uint64_t place, Order order) const {
    if ((place & (order.frame_count() - 1)) != 0) {
        return false;
    }
    std::uint64_t const run = place / kRunFrames;
    bool const is_part = order.value() < kRunOrder;
    States const states =
        is_part ? table_.noted_frames(run) : table_.group(run / RunTable::kGroupRuns);
    auto const position = static_cast<unsigned>((is_part ? place : run) % 64);
    unsigned const units = 1U << (is_part ? order.value() : order.value() - kRunOrder);
    return (states.first() >> position & 1) != 0 &&
           unit_set::extent(states.boundaries(), position) == units;
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
    if (!table_.is_lent(run)) {
        index_.relist_run(run, FreeIndex::tree_of_frames(before.free()),
                          FreeIndex::tree_of_frames(after.free()));
    }
}

/// Puts the runs of a group, listed in `tree`, into new states.
constexpr void BuddyAllocator::note_runs(std::uint64_t group, unsigned tree, States after) {
    table_.put_group(group, after);
    index_.relist_group(group, tree, FreeIndex::tree_of_runs(after.free()));
}

/// Makes frames of a split run free. A run that is all free then is split no longer, unless it is
/// lent.
constexpr void BuddyAllocator::give_frames(Part part) {
    States const before = table_.noted_frames(part.number);
    States const after = before.with_free(part.units);
    if (after.free() != unit_set::kAll || table_.is_lent(part.number)) {
        note_frames(part.number, before, after);
        return;
    }
    table_.note_frames(part.number, States{});
    index_.relist_run(part.number, FreeIndex::tree_of_frames(before.free()), FreeIndex::kNowhere);
    std::uint64_t const group = part.number / RunTable::kGroupRuns;
    States const runs = table_.group(group);
    note_runs(group, FreeIndex::tree_of_runs(runs.free()),
              runs.with_free(RunTable::bit_of(part.number)));
}

/// Makes whole runs of a group free. None of their frames is, and nothing is noted of these but of
/// runs that are lent, which stay split.
constexpr void BuddyAllocator::give_runs(Part part) {
    std::uint64_t const lent = table_.lent(part.number) & part.units;
    for (std::uint64_t left = lent; left != 0; left &= left - 1) {
        table_.note_frames(
            part.number * RunTable::kGroupRuns + static_cast<unsigned>(std::countr_zero(left)),
            States::all_free());
    }
    States const runs = table_.group(part.number);
    note_runs(part.number, FreeIndex::tree_of_runs(runs.free()),
              runs.with_free(part.units & ~lent));
}

}  // namespace mm
