// SPDX-License-Identifier: MIT
//
// Bugs that buddy allocators have shipped with, each under a name that says what is right.

#include "kernel/mm/buddy_allocator.hpp"

#include "tests/support/arena.hpp"

#include <set>
#include <vector>

#include <CppUTest/TestHarness.h>

namespace {

using kernel::Error;
using mm::Block;
using mm::FrameKind;
using mm::FrameNumber;
using mm::FrameRange;
using mm::Order;
using test::Arena;
using test::must;

}  // namespace

TEST_GROUP(BuddyLessons){};

// Shipped: the buddy's index counted from the beginning of the region.
TEST(BuddyLessons, BlocksAreAlignedInPhysicalSpaceWhereverTheSpanBegins) {
    for (std::uint64_t first : {1U, 63U, 64U, 65U, 512U, 1023U, 70'001U}) {
        Arena arena{first, 5000};
        for (unsigned order = Order::kMax + 1; order-- > 0;) {
            while (auto const block = arena.allocator.allocate(Order::of(order))) {
                UNSIGNED_LONGS_EQUAL(0, block->first.raw() % block->order.frame_count());
                CHECK(arena.allocator.span().contains(block->range()));
            }
        }
        UNSIGNED_LONGS_EQUAL(0, arena.allocator.free_frames_count());
    }
}

// Shipped: in a region that is no power of two, the last megabyte never merged.
TEST(BuddyLessons, TheLastMegabyteMergesInASpanThatIsNoPowerOfTwo) {
    for (std::uint64_t const first : {0U, 256U}) {  // 3 MiB: blocks of order 9 and 8, or 8 and 9.
        Arena arena{first, 768};
        auto const at_first = arena.allocator.free_blocks();
        std::vector<Block> taken;
        while (auto const block = arena.allocator.allocate(Order{})) {
            taken.push_back(*block);
        }
        for (Block const& block : taken) {
            arena.free(block);
        }

        CHECK(arena.allocator.free_blocks() == at_first);
        CHECK(arena.allocate(first == 0 ? 8 : 9).first == FrameNumber{512});
    }
}

// Shipped: the metadata's own size counted as frames, and subtracted twice.
TEST(BuddyLessons, MetadataIsTakenFromNoFrameOfTheSpan) {
    Arena arena{100, 3333};

    UNSIGNED_LONGS_EQUAL(3333, arena.allocator.free_frames_count());
    UNSIGNED_LONGS_EQUAL(0, arena.allocator.reserved_frames());
}

// Shipped: a double free put a block on the list twice, and two callers got it.
TEST(BuddyLessons, ADoubleFreeNeverGivesOneBlockToTwo) {
    Arena arena{0, 64};
    Block const first = arena.allocate(2);
    Block const second = arena.allocate(2);
    arena.free(first);
    CHECK(arena.allocator.free(first.first, first.order).error() == Error::AlreadyFree);

    std::set<std::uint64_t> given{second.first.raw()};
    while (auto const block = arena.allocator.allocate(Order::of(2))) {
        CHECK(given.insert(block->first.raw()).second);
    }
    UNSIGNED_LONGS_EQUAL(16, given.size());
}

// Shipped: a freed block merged with a neighbour that was not its buddy, or with one in use.
TEST(BuddyLessons, AFreedBlockMergesWithItsBuddyAndWithNobodyElse) {
    for (unsigned const order : {0U, 6U}) {  // Inside a run of 64 frames, and of whole runs.
        Arena arena{0, 1024};
        std::vector<Block> blocks;
        blocks.reserve(8);
        for (int count = 0; count < 8; ++count) {
            blocks.push_back(arena.allocate(order));
        }
        auto const doublings = [&](std::uint64_t block) {
            FrameNumber const first = blocks[block].first;
            return arena.allocator.inspect(first).block.order.value() - order;
        };

        arena.free(blocks[1]);
        arena.free(blocks[2]);  // Side by side, and no buddies.
        UNSIGNED_LONGS_EQUAL(0, doublings(1));
        UNSIGNED_LONGS_EQUAL(0, doublings(2));

        arena.free(blocks[3]);  // The buddy of 2; theirs is in use in part.
        UNSIGNED_LONGS_EQUAL(1, doublings(2));
        UNSIGNED_LONGS_EQUAL(0, doublings(1));

        arena.free(blocks[0]);
        UNSIGNED_LONGS_EQUAL(2, doublings(0));
        CHECK(arena.is_sound());
    }
}

// Shipped: a range freed again after it had merged with its neighbours.
TEST(BuddyLessons, WhatHasMergedIsNotFreedAgainUnderAnyOrder) {
    Arena arena{0, 64};
    Block const lower = arena.allocate(3);
    Block const upper = arena.allocate(3);
    arena.free(upper);
    arena.free(lower);

    for (Block const& block : {lower, upper}) {
        for (unsigned order = 0; order <= Order::kMax; ++order) {
            CHECK(arena.refusal([&] {
                return arena.allocator.free(block.first, Order::of(order));
            }) == Error::AlreadyFree);
        }
    }
}

// Shipped: blocks in the padding of an arena looked free.
TEST(BuddyLessons, PaddingAroundTheSpanIsNeitherFreeNorGiven) {
    Arena arena{1000, 50};
    for (std::uint64_t frame = 0; frame < 2048; ++frame) {
        bool const is_inside = frame >= 1000 && frame < 1050;
        CHECK((arena.allocator.inspect(FrameNumber{frame}).kind == FrameKind::Free) == is_inside);
    }
    for (int count = 0; count < 50; ++count) {
        CHECK(arena.allocator.span().contains(arena.allocate(0).first));
    }
    CHECK(arena.allocator.allocate(Order{}).error() == Error::OutOfMemory);
}

// Shipped: a bug that hid until enough frames had been allocated.
TEST(BuddyLessons, TenThousandFramesAreGivenOnceEachAndComeBack) {
    Arena arena{262'144, 10'240};
    std::uint64_t const hash = arena.allocator.hash();
    std::vector<bool> given(10'240);
    for (std::uint64_t count = 0; count < given.size(); ++count) {
        std::uint64_t const place = arena.allocate(0).first - FrameNumber{262'144};
        CHECK_FALSE(given.at(place));
        given[place] = true;
    }
    CHECK(arena.allocator.allocate(Order{}).error() == Error::OutOfMemory);
    CHECK(arena.is_sound());

    for (std::uint64_t step = 0; step < given.size(); ++step) {  // 7 and 10,240 share no factor.
        must(arena.allocator.free(FrameNumber{262'144 + step * 7 % 10'240}, Order{}));
    }
    CHECK(arena.allocator.hash() == hash);
}

// Shipped: a buddy's record read after the buddy had been unlinked.
TEST(BuddyLessons, AMergeOverAllOrdersLeavesNothingBehind) {
    Arena arena{0, 1024};
    Block const lowest = arena.allocate(0);
    Block const next = arena.allocate(0);
    arena.free(lowest);

    arena.free(next);

    UNSIGNED_LONGS_EQUAL(1, arena.allocator.free_blocks()[Order::kMax]);
    CHECK(arena.is_sound());
    CHECK(arena.allocate(10).first == FrameNumber{0});
}

// Shipped: the tail of a rounded request leaked; blocks above some size lost when freed.
TEST(BuddyLessons, NoSizeIsLostOnItsWayBack) {
    Arena arena{0, 4096};
    for (std::uint64_t const count : {3U, 63U, 65U, 1000U, 1023U, 1025U, 2049U, 4096U}) {
        FrameRange const range = must(arena.allocator.allocate_frames(count));
        UNSIGNED_LONGS_EQUAL(4096 - count, arena.allocator.free_frames_count());
        must(arena.allocator.free_frames(range));
        UNSIGNED_LONGS_EQUAL(4096, arena.allocator.free_frames_count());
        UNSIGNED_LONGS_EQUAL(4, arena.allocator.free_blocks()[Order::kMax]);
    }
}

// Shipped: counters that only rose, and one that ran below zero after a failure.
TEST(BuddyLessons, CountersFallAgainAndAFailureLeavesThemAlone) {
    Arena arena{0, 64};
    Block const block = arena.allocate(6);
    UNSIGNED_LONGS_EQUAL(0, arena.allocator.free_frames_count());
    UNSIGNED_LONGS_EQUAL(1, arena.allocator.allocated_blocks());

    CHECK_FALSE(static_cast<bool>(arena.allocator.allocate(Order{})));
    CHECK_FALSE(static_cast<bool>(arena.allocator.free(FrameNumber{64}, Order{})));
    UNSIGNED_LONGS_EQUAL(0, arena.allocator.free_frames_count());

    arena.free(block);
    UNSIGNED_LONGS_EQUAL(64, arena.allocator.free_frames_count());
    UNSIGNED_LONGS_EQUAL(0, arena.allocator.allocated_blocks());
}
