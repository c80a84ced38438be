// SPDX-License-Identifier: MIT
// What BuddyAllocator says when its metadata contradict each other, place by place. That any damage
// is survived: buddy_check_test.cpp; that every flipped bit is seen: T=flips.
#include "kernel/mm/buddy_allocator.hpp"

#include "tests/support/arena.hpp"

#include <CppUTest/TestHarness.h>

namespace {

using kernel::Error;
using mm::BitTree;
using mm::FrameKind;
using mm::FrameNumber;
using mm::Order;
using mm::RunTable;
using test::Arena;
using test::frames;
using test::must;

constexpr std::uint64_t kAll = ~std::uint64_t{0};

// The first word of the index's tree of `order`, over `runs` runs.
std::size_t tree_at(std::uint64_t runs, unsigned order) {
    std::uint64_t word = RunTable::kWordsPerRun * runs;
    for (unsigned below = 0; below < order; ++below) {
        word += BitTree::words(below <= mm::kRunOrder ? runs : runs >> (below - mm::kRunOrder));
    }
    return word;
}

template <typename Outcome>
bool is_corrupt(Outcome const& outcome) {
    return !outcome && outcome.error() == Error::Corrupt;
}

}  // namespace

TEST_GROUP(BuddyDamage){};

TEST(BuddyDamage, WhatTheIndexHasLostIsNotHandedOut) {
    Arena arena{0, 1024};
    arena.metadata[tree_at(16, 10)] = 0;  // All is free, in no block.

    CHECK(is_corrupt(arena.allocator.allocate(Order{})));
    CHECK(is_corrupt(arena.allocator.allocate_frames(64)));
    CHECK(is_corrupt(arena.allocator.allocate_range(frames(64, 64))));
    CHECK(is_corrupt(arena.allocator.allocate_range(frames(3, 5))));
    CHECK(is_corrupt(arena.allocator.reserve(frames(3, 5))));
    CHECK_FALSE(arena.is_sound());
}

TEST(BuddyDamage, NothingIsTakenFromBehindTheTable) {
    Arena arena{0, 8192};
    arena.allocate(6);
    for (std::size_t word = tree_at(128, 6); word < tree_at(128, 7); ++word) {
        arena.metadata[word] = 0;
    }
    // Behind the table begins the index: as a run these words would be one that is all free.
    arena.metadata[tree_at(128, 0)] = kAll;
    arena.metadata[tree_at(128, 0) + 1] = 0;

    CHECK(is_corrupt(arena.allocator.allocate(Order::of(6))));
}

TEST(BuddyDamage, ARunThatIsListedAsPartlyFreeMustBe) {
    Arena arena{0, 128};
    arena.allocate(0);

    arena.metadata[0] = 0;  // One block, that takes all of the run.
    arena.metadata[1] = 1;
    CHECK(is_corrupt(arena.allocator.allocate(Order{})));
    CHECK(is_corrupt(arena.allocator.allocate_frames(1)));
    UNSIGNED_LONGS_EQUAL(1, arena.metadata[1]);

    arena.metadata[0] = kAll;  // All of it free.
    arena.metadata[1] = 0;
    CHECK(is_corrupt(arena.allocator.allocate(Order{})));
    UNSIGNED_LONGS_EQUAL(kAll, arena.metadata[0]);
}

TEST(BuddyDamage, SeesFramesBehindABlockThatEndsBeforeThem) {
    Arena arena{0, 128};
    must(arena.allocator.allocate_range(frames(0, 2)));
    for (std::uint64_t frame = 2; frame < 64; ++frame) {
        must(arena.allocator.allocate_range(frames(frame, 1)));
    }
    must(arena.allocator.allocate_range(frames(64, 64)));
    CHECK(arena.is_sound());

    arena.metadata[1] |= 1U << 1;  // As many starts as before, none of them where run 1 begins.
    arena.metadata[3] &= ~std::uint64_t{1};

    CHECK_FALSE(arena.is_sound());
}

TEST(BuddyDamage, SeesABlockOfThreeFramesThoughAllCountsAreRight) {
    Arena arena{0, 128};
    for (auto const& block :
         {frames(0, 2), frames(2, 1), frames(3, 1), frames(4, 2), frames(6, 58)}) {
        must(arena.allocator.allocate_range(block));
    }
    CHECK(arena.is_sound());

    arena.metadata[1] = (arena.metadata[1] & ~std::uint64_t{1U << 2}) | 1U << 5;

    CHECK_FALSE(arena.is_sound());
}

TEST(BuddyDamage, ABlockOfTheLargestOrderWhoseEndIsLostIsCorrupt) {
    Arena arena{0, 2048};
    arena.allocate(10);
    arena.allocate(10);
    arena.metadata[RunTable::kWordsPerRun * 16 + 1] = 0;  // Where the second starts.

    CHECK(is_corrupt(arena.allocator.free(FrameNumber{0}, Order::of(10))));
}

TEST(BuddyDamage, AFrameInsideNoBlockIsSaidToBeOneByItself) {
    Arena arena{0, 64};
    auto const first = arena.allocate(0);
    arena.allocate(0);
    arena.free(first);
    arena.metadata[1] &= ~std::uint64_t{1U << 1};  // Where the second starts, behind a free frame.

    auto const state = arena.allocator.inspect(FrameNumber{1});

    CHECK(state.kind == FrameKind::Allocated);
    CHECK(state.block.range() == frames(1, 1));
}

TEST(BuddyDamage, SeesAFlippedBitInTheLastOfManyRuns) {
    constexpr std::uint64_t kRuns = 1040;
    Arena arena{0, kRuns * mm::kRunFrames};
    must(arena.allocator.allocate_range(frames(1030 * mm::kRunFrames, 1)));
    must(arena.allocator.allocate_range(frames(63 * mm::kRunFrames, 1)));
    CHECK(arena.is_sound());

    std::uint64_t& last = arena.metadata[tree_at(kRuns, 0) + 16];
    last ^= std::uint64_t{1} << 15;
    CHECK_FALSE(arena.is_sound());
    last ^= std::uint64_t{1} << 15;

    std::uint64_t& runs = arena.metadata[tree_at(kRuns, 6)];
    CHECK(runs != 0);
    runs ^= std::uint64_t{1} << 63;
    CHECK_FALSE(arena.is_sound());
    runs ^= std::uint64_t{1} << 63;
    CHECK(arena.is_sound());
}

TEST(BuddyDamage, ABlockOfRunsWithOneThatIsNotFreeIsNotHandedOut) {
    Arena arena{0, 1024};
    arena.metadata[2] = 0;  // Of the second run.

    CHECK(is_corrupt(arena.allocator.allocate_frames(128)));
    CHECK(is_corrupt(arena.allocator.allocate(Order::of(7))));
}
