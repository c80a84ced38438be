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

// Where the words of a span of whole groups lie, by the table's order: those of runs, of groups,
// of what is lent; then the index.
std::size_t group_at(std::uint64_t runs, std::uint64_t group) { return 2 * runs + 2 * group; }

// The first word of the index's tree of `order`, over `runs` runs.
std::size_t tree_at(std::uint64_t runs, unsigned order) {
    std::uint64_t word = RunTable::words(runs);
    for (unsigned below = 0; below < order; ++below) {
        word += BitTree::words(below < mm::kRunOrder ? runs : RunTable::groups_over(runs));
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
    CHECK(is_corrupt(arena.allocator.lend(Order{})));
    CHECK(is_corrupt(arena.allocator.allocate(Order::of(8))));
    CHECK(is_corrupt(arena.allocator.allocate_frames(64)));
    CHECK(is_corrupt(arena.allocator.allocate_frames(3)));
    CHECK_FALSE(arena.is_sound());
}

TEST(BuddyDamage, NothingIsTakenFromBehindTheTable) {
    Arena arena{0, 1024};
    std::uint64_t const runs = std::uint64_t{1} << 63;  // As if the group had all of its 64.
    arena.metadata[group_at(16, 0)] = runs;
    arena.metadata[group_at(16, 0) + 1] = runs;

    CHECK(is_corrupt(arena.allocator.allocate(Order{})));
    CHECK(is_corrupt(arena.allocator.lend(Order{})));
    CHECK(is_corrupt(arena.allocator.allocate(Order::of(6))));
    CHECK_FALSE(arena.is_sound());
}

TEST(BuddyDamage, NoFrameOutsideTheSpanIsHandedOut) {
    Arena arena{0, 64 + 3};
    auto const first = arena.allocate(1);
    arena.metadata[2] |= 1U << 5;  // Behind the last frame.
    arena.metadata[3] |= 1U << 5;
    arena.metadata[2] &= ~std::uint64_t{7};
    arena.metadata[3] &= ~std::uint64_t{7};

    CHECK(first.range() == frames(64, 2));
    CHECK(is_corrupt(arena.allocator.allocate(Order{})));
    CHECK(is_corrupt(arena.allocator.lend(Order{})));
    CHECK_FALSE(arena.is_sound());
}

TEST(BuddyDamage, NoBlockOfRunsOutsideTheSpanIsHandedOut) {
    Arena arena{64, 64};
    arena.metadata[group_at(16, 0)] |= 1;
    arena.metadata[group_at(16, 0) + 1] |= 1;

    CHECK(is_corrupt(arena.allocator.allocate(Order::of(6))));
    CHECK(is_corrupt(arena.allocator.lend(Order{})));
    CHECK_FALSE(arena.is_sound());
}

TEST(BuddyDamage, ARunThatIsListedMustHaveWhatItIsListedFor) {
    Arena arena{0, 128};
    arena.allocate(0);
    std::uint64_t const free = arena.metadata[0];

    arena.metadata[0] = 0;  // Nothing is free.
    CHECK(is_corrupt(arena.allocator.allocate(Order{})));
    CHECK(is_corrupt(arena.allocator.allocate_frames(1)));
    CHECK(is_corrupt(arena.allocator.lend(Order{})));
    UNSIGNED_LONGS_EQUAL(0, arena.metadata[0]);

    arena.metadata[0] = free & 2;  // One frame, listed as 32 in a row.
    CHECK(is_corrupt(arena.allocator.allocate(Order::of(5))));
    CHECK(is_corrupt(arena.allocator.lend(Order::of(5))));
    UNSIGNED_LONGS_EQUAL(2, arena.metadata[0]);
}

TEST(BuddyDamage, AFreeRunHasNoStatesOfItsFramesNoted) {
    Arena arena{0, 64};
    arena.metadata[1] = 4;

    CHECK(is_corrupt(arena.allocator.allocate(Order{})));
    CHECK(is_corrupt(arena.allocator.lend(Order{})));
    CHECK(is_corrupt(arena.allocator.allocate_range(frames(3, 1))));
    CHECK(is_corrupt(arena.allocator.reserve(frames(3, 1))));
    UNSIGNED_LONGS_EQUAL(4, arena.metadata[1]);
    CHECK_FALSE(arena.is_sound());
}

TEST(BuddyDamage, AGroupThatIsListedMustHaveWhatItIsListedFor) {
    Arena arena{0, 4096};
    arena.metadata[group_at(64, 0)] = 2;  // One run, listed as sixteen.

    CHECK(is_corrupt(arena.allocator.allocate(Order::of(9))));
    CHECK(is_corrupt(arena.allocator.allocate_frames(500)));
    CHECK_FALSE(arena.is_sound());

    arena.metadata[group_at(64, 0)] = 0;  // None.
    CHECK(is_corrupt(arena.allocator.allocate(Order{})));
    CHECK(is_corrupt(arena.allocator.allocate_frames(3)));
    CHECK(is_corrupt(arena.allocator.lend(Order{})));
}

TEST(BuddyDamage, SeesABlockOfAWholeRunThatIsSplitThoughAllCountsAreRight) {
    Arena arena{0, 128};
    arena.allocate(5);
    arena.allocate(5);
    must(arena.allocator.allocate_range(frames(64, 2)));
    CHECK(arena.is_sound());

    arena.metadata[0] = kAll - 1;
    arena.metadata[1] = 1;
    arena.metadata[2] &= ~std::uint64_t{2};  // And two blocks of what was one.
    arena.metadata[3] |= 2;

    CHECK_FALSE(arena.is_sound());
}

TEST(BuddyDamage, SeesARunBehindTheLastInAnyGroup) {
    Arena arena{0, 80 * mm::kRunFrames};
    std::uint64_t const beyond = std::uint64_t{1} << 40;  // The second group has 16.
    arena.metadata[group_at(80, 1)] |= beyond;
    arena.metadata[group_at(80, 1) + 1] |= beyond;

    CHECK_FALSE(arena.is_sound());
}

TEST(BuddyDamage, SeesThatAnotherRunIsLentThoughTheirNumberIsRight) {
    Arena arena{0, 128};
    CHECK(static_cast<bool>(arena.allocator.lend(Order{})));
    CHECK(arena.is_sound());
    for (std::uint64_t const run : {1U, 40U}) {  // One that is not split, and none.
        arena.metadata[group_at(16, 1)] = std::uint64_t{1} << run;
        CHECK_FALSE(arena.is_sound());
    }
}

TEST(BuddyDamage, SeesThatAGroupIsListedWhereItHasNothing) {
    Arena arena{0, 8192};
    std::uint64_t& listed = arena.metadata[tree_at(128, 10)];
    UNSIGNED_LONGS_EQUAL(3, listed);
    listed = 1;
    CHECK_FALSE(arena.is_sound());
    listed = 3;
    CHECK(arena.is_sound());
}

TEST(BuddyDamage, SeesABlockOfThreeFramesThoughAllCountsAreRight) {
    Arena arena{0, 128};
    for (auto const& block :
         {frames(0, 2), frames(2, 1), frames(3, 1), frames(4, 2), frames(6, 58)}) {
        must(arena.allocator.allocate_range(block));
    }
    CHECK(arena.is_sound());

    // Frame 2 joins the first block, and frame 5 begins one.
    arena.metadata[0] = (arena.metadata[0] | 1U << 2) & ~std::uint64_t{1U << 5};
    arena.metadata[1] = (arena.metadata[1] & ~std::uint64_t{1U << 2}) | 1U << 5;

    CHECK_FALSE(arena.is_sound());
}

TEST(BuddyDamage, SeesABlockOfThreeRunsThoughAllCountsAreRight) {
    Arena arena{0, 1024};
    for (auto const& block :
         {frames(0, 128), frames(128, 64), frames(192, 64), frames(256, 128), frames(384, 640)}) {
        must(arena.allocator.allocate_range(block));
    }
    CHECK(arena.is_sound());

    std::size_t const at = group_at(16, 0);
    arena.metadata[at] = (arena.metadata[at] | 1U << 2) & ~std::uint64_t{1U << 5};
    arena.metadata[at + 1] = (arena.metadata[at + 1] & ~std::uint64_t{1U << 2}) | 1U << 5;

    CHECK_FALSE(arena.is_sound());
}

TEST(BuddyDamage, SeesThatARunIsLentThatCannotBe) {
    Arena arena{0, 128};
    arena.allocate(5);
    arena.allocate(5);
    std::uint64_t& lent = arena.metadata[group_at(16, 1)];
    lent = 1;  // Nobody has borrowed it.
    CHECK_FALSE(arena.is_sound());
    lent = 2;  // It is not split.
    CHECK_FALSE(arena.is_sound());
    lent = std::uint64_t{1} << 40;  // There is no such run.
    CHECK_FALSE(arena.is_sound());
    lent = 0;
    CHECK(arena.is_sound());
}

TEST(BuddyDamage, SeesASplitRunThatIsAllFree) {
    Arena arena{0, 64};
    CHECK(static_cast<bool>(arena.allocator.lend(Order{})));
    arena.metadata[0] = arena.metadata[1] = kAll;
    CHECK(arena.is_sound());

    arena.metadata[group_at(16, 1)] = 0;  // As if it had come back.

    CHECK_FALSE(arena.is_sound());
}

TEST(BuddyDamage, ARunThatLeavesTheSpanIsNotLent) {
    Arena arena{0, 64 + 3};
    arena.allocate(1);
    std::uint64_t const last = std::uint64_t{3} << 62;
    arena.metadata[2] = kAll;  // Frames behind the last one are free,
    arena.metadata[3] = kAll;
    arena.metadata[2] ^= last;  // or allocated.

    CHECK(is_corrupt(arena.allocator.lend(Order{})));
}

TEST(BuddyDamage, ABlockOfTheLargestOrderWhoseEndIsLostIsCorrupt) {
    Arena arena{0, 2048};
    arena.allocate(10);
    arena.allocate(10);
    arena.metadata[group_at(32, 0)] |= 1U << 16;  // Where the second starts.
    arena.metadata[group_at(32, 0) + 1] &= ~std::uint64_t{1U << 16};

    CHECK(is_corrupt(arena.allocator.free(FrameNumber{0}, Order::of(10))));
}

TEST(BuddyDamage, AFrameInsideNoBlockIsSaidToBeOneByItself) {
    Arena arena{0, 64};
    auto const first = arena.allocate(0);
    arena.allocate(0);
    arena.free(first);
    arena.metadata[0] |= 1U << 1;  // Where the second starts, behind a free frame.
    arena.metadata[1] &= ~std::uint64_t{1U << 1};

    auto const state = arena.allocator.inspect(FrameNumber{1});

    CHECK(state.kind == FrameKind::Allocated);
    CHECK(state.block.range() == frames(1, 1));
}

TEST(BuddyDamage, SeesAFlippedBitInTheLastOfManyRuns) {
    constexpr std::uint64_t kRuns = 1040;
    Arena arena{0, kRuns * mm::kRunFrames};
    must(arena.allocator.allocate_range(frames(1030 * mm::kRunFrames, 1)));
    CHECK(arena.is_sound());

    std::uint64_t& last = arena.metadata[tree_at(kRuns, 0) + 16];
    last ^= std::uint64_t{1} << 15;
    CHECK_FALSE(arena.is_sound());
    last ^= std::uint64_t{1} << 15;

    std::uint64_t& groups = arena.metadata[tree_at(kRuns, 9)];
    groups ^= std::uint64_t{1} << 16;
    CHECK_FALSE(arena.is_sound());
    groups ^= std::uint64_t{1} << 16;
    CHECK(arena.is_sound());
}

TEST(BuddyDamage, ABlockOfRunsWithOneThatIsNotFreeIsNotHandedOut) {
    Arena arena{0, 1024};
    arena.metadata[group_at(16, 0)] &= ~std::uint64_t{2};  // The second run.

    CHECK_FALSE(arena.allocator.allocate_range(frames(0, 1024)));
    CHECK(arena.allocator.allocate(Order::of(7)).value().range() == frames(128, 128));
}
