// SPDX-License-Identifier: MIT
#pragma once

// BuddyAllocator, one block at a time. Included by buddy_allocator.hpp.

#include "kernel/mm/buddy_allocator.hpp"

namespace mm {

constexpr BuddyAllocator::BuddyAllocator(FrameRange span, std::span<std::uint64_t> metadata)
    : span_{span}, begin_{begin_of(span)}, reserved_frames_{span.count()} {
    kernel::require(metadata.size() >= metadata_words(span), "the metadata has room for the span");
    std::uint64_t const runs = runs_over(span);
    std::uint64_t const table_words = RunTable::kWordsPerRun * runs;
    table_ = RunTable{metadata.first(table_words), runs};
    index_ = FreeIndex{metadata.subspan(table_words), runs};
}

constexpr kernel::Result<Block> BuddyAllocator::allocate(Order order) {
    auto const from = index_.find(order);
    if (!from) {
        return index_.has(order) ? kernel::Error::Corrupt : kernel::Error::OutOfMemory;
    }
    return order.value() < kRunOrder ? allocate_in_run(*from, order) : allocate_runs(*from, order);
}

/// Where the block of `order` lies that is to be taken from the run of `from`; none if the run
/// contradicts the index.
constexpr std::optional<unsigned> BuddyAllocator::position_in(FreeIndex::Place from,
                                                              Order order) const {
    std::uint64_t const free = table_.get(from.run).free_frames();
    if (from.order >= kRunOrder) {
        return free == frame_set::kAll ? std::optional{0U} : std::nullopt;
    }
    if (free == 0 || free == frame_set::kAll) {
        return std::nullopt;
    }
    return order.value() == 0 ? static_cast<unsigned>(std::countr_zero(free))
                              : frame_set::smallest_block(free, order.value());
}

constexpr kernel::Result<Block> BuddyAllocator::allocate_in_run(FreeIndex::Place from,
                                                                Order order) {
    using Listing = FreeIndex::Listing;
    auto const position = position_in(from, order);
    if (!position) {
        return kernel::Error::Corrupt;
    }
    Block const block{frame_at(from.run * kRunFrames + *position), order};
    if (block.first < span_.first || span_.end < block.range().end) {
        return kernel::Error::Corrupt;
    }

    Run const before = table_.get(from.run);
    std::uint64_t const taken = frame_set::block(*position, order.value());
    table_.put(from.run, {before.free & ~taken, before.start | std::uint64_t{1} << *position});
    free_frames_ -= order.frame_count();
    ++allocated_blocks_;
    if (from.order >= kRunOrder) {
        index_.take(from.run, from.order, kRunOrder);
        // The lower half was split, so the upper half is the largest block left.
        index_.relist(from.run, Listing::None, Listing::Order5);
    } else {
        std::uint64_t const free = before.free_frames();
        index_.relist(from.run, FreeIndex::listing_of(free), FreeIndex::listing_of(free & ~taken));
    }
    return block;
}

constexpr kernel::Result<Block> BuddyAllocator::allocate_runs(FreeIndex::Place from, Order order) {
    std::uint64_t const runs = order.frame_count() / kRunFrames;
    if (!table_.all_are(from.run, runs, Run::all_free())) {
        return kernel::Error::Corrupt;
    }
    index_.take(from.run, from.order, order.value());
    table_.fill(from.run, runs, Run::inside_block());
    table_.put(from.run, {0, 1});
    free_frames_ -= order.frame_count();
    ++allocated_blocks_;
    return Block{frame_at(from.run * kRunFrames), order};
}

constexpr kernel::Result<void> BuddyAllocator::free(FrameNumber first, Order order) {
    if (!span_.contains(first)) {
        return kernel::Error::NotRam;
    }
    std::uint64_t const place = place_of(first);
    if (auto const error = why_no_block_starts_at(place)) {
        return *error;
    }
    if (!table_.is_block(place, order)) {
        return table_.block_order(place) ? kernel::Error::WrongOrder : kernel::Error::Corrupt;
    }

    free_frames_ += order.frame_count();
    --allocated_blocks_;
    if (order.value() < kRunOrder) {
        give_part({place / kRunFrames, frame_set::block(place % kRunFrames, order.value())});
    } else {
        give_runs(place / kRunFrames, order.value());
    }
    return {};
}

/// Reserved, AlreadyFree or InsideBlock; none if an allocated block does start at `place`.
constexpr std::optional<kernel::Error> BuddyAllocator::why_no_block_starts_at(
    std::uint64_t place) const {
    Run const run = table_.get(place / kRunFrames);
    std::uint64_t const bit = std::uint64_t{1} << place % kRunFrames;
    if ((run.allocated_starts() & bit) != 0) {
        return std::nullopt;
    }
    if ((run.free & bit) == 0) {
        return kernel::Error::InsideBlock;
    }
    return (run.start & bit) != 0 ? kernel::Error::Reserved : kernel::Error::AlreadyFree;
}

/// Makes frames free that are not.
constexpr void BuddyAllocator::give_part(Part part) {
    using Listing = FreeIndex::Listing;
    Run const before = table_.get(part.run);
    Run const after{before.free | part.frames, before.start & ~part.frames};
    Listing const listing = FreeIndex::listing_of(before.free_frames());
    table_.put(part.run, after);
    index_.relist(part.run, listing, FreeIndex::listing_of(after.free_frames()));
    if (after == Run::all_free()) {
        index_.give(part.run, kRunOrder);
    }
}

constexpr void BuddyAllocator::give_runs(std::uint64_t run, unsigned order) {
    table_.fill(run, std::uint64_t{1} << (order - kRunOrder), Run::all_free());
    index_.give(run, order);
}

}  // namespace mm
