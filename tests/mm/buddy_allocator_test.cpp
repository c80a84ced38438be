// SPDX-License-Identifier: MIT
#include "kernel/mm/buddy_allocator.hpp"

#include "tests/support/arena.hpp"
#include "tests/support/broken_promise.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <vector>

#include <CppUTest/TestHarness.h>

namespace {

using kernel::Error;
using mm::Block;
using mm::BuddyAllocator;
using mm::FrameKind;
using mm::FrameNumber;
using mm::Order;
using test::Arena;
using test::frames;
using test::must;

using Counts = std::array<std::uint64_t, Order::kMax + 1>;

Block block(std::uint64_t first, unsigned order) { return {FrameNumber{first}, Order::of(order)}; }

}  // namespace

TEST_GROUP(BuddyAllocator){};

TEST(BuddyAllocator, NeedsLittleMoreThanTwoBitsPerFrame) {
    constexpr std::uint64_t kFrames = 262'144;  // 1 GiB.
    constexpr std::uint64_t kBits = BuddyAllocator::metadata_words(frames(0, kFrames)) * 64;

    CHECK(kBits > 2 * kFrames);
    CHECK(kBits < kFrames * 215 / 100);
}

TEST(BuddyAllocator, HasNothingToGiveBeforeFramesAreReleased) {
    std::vector<std::uint64_t> metadata(BuddyAllocator::metadata_words(frames(5, 100)), 0x55);
    BuddyAllocator allocator{frames(5, 100), metadata};

    CHECK(allocator.allocate(Order{}).error() == Error::OutOfMemory);
    CHECK_FALSE(allocator.largest_free().has_value());
    UNSIGNED_LONGS_EQUAL(100, allocator.reserved_frames());
    UNSIGNED_LONGS_EQUAL(0, allocator.free_frames_count());
    CHECK(static_cast<bool>(allocator.verify()));
}

TEST(BuddyAllocator, OverNoFramesRefusesEverything) {
    BuddyAllocator allocator{frames(7, 0), {}};

    CHECK(allocator.allocate(Order{}).error() == Error::OutOfMemory);
    CHECK(allocator.allocate_frames(1).error() == Error::TooLarge);
    CHECK(allocator.free(FrameNumber{7}, Order{}).error() == Error::NotRam);
    CHECK(allocator.release(frames(7, 1)).error() == Error::NotRam);
    CHECK(allocator.inspect(FrameNumber{7}).kind == FrameKind::Outside);
    CHECK(static_cast<bool>(allocator.verify()));
}

TEST(BuddyAllocator, DoesNotDoWithTooLittleMetadata) {
    std::vector<std::uint64_t> metadata(BuddyAllocator::metadata_words(frames(0, 64)) - 1);

    CHECK(test::breaks_promise([&] {
        static_cast<void>(BuddyAllocator{frames(0, 64), metadata});
    }));
}

TEST(BuddyAllocator, CutsASpanIntoTheLargestAlignedBlocks) {
    Arena arena{3, 2045};  // Up to 2048.

    CHECK((arena.allocator.free_blocks() == Counts{1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1}));
    CHECK(arena.allocator.largest_free() == Order::of(10));
    CHECK(arena.is_sound());
}

TEST(BuddyAllocator, SplitsABlockAndKeepsItsLowerHalf) {
    Arena arena{0, 1024};

    CHECK(arena.allocate(3) == block(0, 3));
    CHECK((arena.allocator.free_blocks() == Counts{0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 0}));
    CHECK(arena.allocate(9) == block(512, 9));
    CHECK(arena.allocate(3) == block(8, 3));
    CHECK(arena.is_sound());
}

TEST(BuddyAllocator, TakesTheSmallestSufficientBlockAndOfTheseTheLowest) {
    Arena arena{0, 1024};
    Block const low = arena.allocate(7);
    arena.allocate(5);
    arena.allocate(5);
    arena.free(low);

    CHECK(arena.allocate(6) == block(192, 6));  // The block of order 7 at 0 is lower, but larger.
    CHECK(arena.allocate(6) == block(0, 6));
}

TEST(BuddyAllocator, FillsTheLowestRunsThatAreSplitWithSingleFrames) {
    Arena arena{0, 1024};
    must(arena.allocator.allocate_range(frames(0, 64)));
    must(arena.allocator.allocate_range(frames(200, 1)));
    must(arena.allocator.allocate_range(frames(64, 2)));
    arena.free(block(0, 6));

    CHECK(arena.allocate(0) == block(66, 0));  // The whole run below stays so.
    CHECK(arena.allocate(0) == block(67, 0));
}

TEST(BuddyAllocator, GivesEveryFrameOnceAndThenSaysThatThereIsNoMore) {
    Arena arena{1001, 1500};
    std::vector<bool> taken(1500);

    for (int count = 0; count < 1500; ++count) {
        std::uint64_t const place = arena.allocate(0).first - FrameNumber{1001};
        CHECK_FALSE(taken.at(place));
        taken[place] = true;
    }

    CHECK(arena.allocator.allocate(Order{}).error() == Error::OutOfMemory);
    UNSIGNED_LONGS_EQUAL(0, arena.allocator.free_frames_count());
    UNSIGNED_LONGS_EQUAL(1500, arena.allocator.allocated_blocks());
    CHECK(arena.is_sound());
}

TEST(BuddyAllocator, RefusesABlockThatOnlyFitsInPieces) {
    Arena arena{1, 1023};  // No block of order 10.

    CHECK(arena.refusal([&] { return arena.allocator.allocate(Order::of(10)); }) ==
          Error::OutOfMemory);
    CHECK(arena.allocate(9) == block(512, 9));
    CHECK(arena.allocator.allocate(Order::of(9)).error() == Error::OutOfMemory);
}

TEST(BuddyAllocator, WorksAtTheEndOfAllAddresses) {
    Arena arena{FrameNumber::kLimit - 3, 3};

    CHECK(arena.allocate(1) == block(FrameNumber::kLimit - 2, 1));
    CHECK(arena.allocate(0) == block(FrameNumber::kLimit - 3, 0));
    CHECK(arena.allocator.allocate(Order{}).error() == Error::OutOfMemory);
    CHECK(arena.is_sound());
}

TEST(BuddyAllocator, RefusesToFreeWhatIsNoRam) {
    Arena arena{64, 64};
    for (std::uint64_t const frame : {std::uint64_t{0}, std::uint64_t{63}, std::uint64_t{128},
                                      std::numeric_limits<std::uint64_t>::max()}) {
        CHECK(arena.refusal([&] { return arena.allocator.free(FrameNumber{frame}, Order{}); }) ==
              Error::NotRam);
    }
}

TEST(BuddyAllocator, RefusesToFreeAReservedFrame) {
    Arena arena{0, 64};
    test::must(arena.allocator.reserve(frames(5, 1)));

    CHECK(arena.refusal([&] { return arena.allocator.free(FrameNumber{5}, Order{}); }) ==
          Error::Reserved);
}

TEST(BuddyAllocator, RefusesADoubleFreeAndChangesNothing) {
    for (unsigned order = 0; order <= Order::kMax; ++order) {
        Arena arena{0, 2048};
        Block const taken = arena.allocate(order);
        arena.free(taken);

        CHECK(arena.refusal([&] { return arena.allocator.free(taken.first, taken.order); }) ==
              Error::AlreadyFree);
    }
}

TEST(BuddyAllocator, RefusesToFreeFromInsideABlockAndNamesTheBlock) {
    for (unsigned order = 1; order <= Order::kMax; ++order) {
        Arena arena{0, 2048};
        Block const taken = arena.allocate(order);
        for (std::uint64_t frame = 1; frame < taken.order.frame_count(); ++frame) {
            FrameNumber const inside = taken.first + frame;
            CHECK(arena.allocator.free(inside, Order{}).error() == Error::InsideBlock);
            CHECK(arena.allocator.inspect(inside).block == taken);
        }
        CHECK(arena.is_sound());
    }
}

TEST(BuddyAllocator, RefusesEveryOtherOrder) {
    for (unsigned order = 0; order <= Order::kMax; ++order) {
        Arena arena{0, 4096};
        Block const taken = arena.allocate(order);
        for (unsigned wrong = 0; wrong <= Order::kMax; ++wrong) {
            if (wrong != order) {
                CHECK(arena.refusal([&] {
                    return arena.allocator.free(taken.first, Order::of(wrong));
                }) == Error::WrongOrder);
            }
        }
        arena.free(taken);
    }
}

TEST(BuddyAllocator, GivesBackTheLargestBlocksInWhateverOrderTheyAreFreed) {
    std::array<unsigned, 6> turns{0, 1, 2, 3, 4, 5};
    do {
        Arena arena{16, 112};  // Orders 4, 5 and 6.
        Counts const at_first = arena.allocator.free_blocks();
        std::uint64_t const hash = arena.allocator.hash();
        std::array<Block, 6> const blocks{arena.allocate(0), arena.allocate(3), arena.allocate(0),
                                          arena.allocate(5), arena.allocate(2), arena.allocate(1)};
        for (unsigned const turn : turns) {
            arena.free(blocks[turn]);
        }
        CHECK(arena.allocator.free_blocks() == at_first);
        CHECK(arena.allocator.hash() == hash);
    } while (std::next_permutation(turns.begin(), turns.end()));
}

TEST(BuddyAllocator, SaysWhatEveryFrameIs) {
    Arena arena{32, 96};  // Orders 5 and 6.
    test::must(arena.allocator.reserve(frames(40, 1)));
    Block const taken = arena.allocate(2);

    auto const kind = [&](std::uint64_t frame) {
        return arena.allocator.inspect(FrameNumber{frame});
    };
    CHECK(kind(31) == (mm::FrameState{FrameKind::Outside, block(31, 0)}));
    CHECK(kind(128) == (mm::FrameState{FrameKind::Outside, block(128, 0)}));
    CHECK(kind(40) == (mm::FrameState{FrameKind::Reserved, block(40, 0)}));
    CHECK(kind(taken.first.raw() + 3) == (mm::FrameState{FrameKind::Allocated, taken}));
    CHECK(kind(63) == (mm::FrameState{FrameKind::Free, block(48, 4)}));
    CHECK(kind(127) == (mm::FrameState{FrameKind::Free, block(64, 6)}));
}

TEST(BuddyAllocator, KnowsTheOrderOfTheLastBlockOfTheTable) {
    Arena arena{0, 1024};
    for (unsigned block = 0; block < 4; ++block) {
        arena.allocate(8);
    }

    CHECK(arena.allocator.inspect(FrameNumber{1023}).block.range() == frames(768, 256));
}

TEST(BuddyAllocator, SaysWhenASingleFrameIsTheLargestFreeBlock) {
    Arena arena{0, 64};
    must(arena.allocator.allocate_range(frames(1, 63)));

    CHECK(arena.allocator.largest_free() == Order{});
    arena.allocate(0);
    CHECK_FALSE(arena.allocator.largest_free().has_value());
}
