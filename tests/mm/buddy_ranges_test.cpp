// SPDX-License-Identifier: MIT
#include "kernel/mm/buddy_allocator.hpp"

#include "tests/support/arena.hpp"
#include "tests/support/broken_promise.hpp"

#include <array>
#include <limits>

#include <CppUTest/TestHarness.h>

namespace {

using kernel::Error;
using mm::Block;
using mm::FrameNumber;
using mm::FrameRange;
using mm::Order;
using test::Arena;
using test::frames;
using test::must;

constexpr std::uint64_t kTop = std::numeric_limits<std::uint64_t>::max();

/// Ranges that are refused whatever the frames in them are, over a span of [64, 192).
struct Refused {
    FrameRange range;
    Error error;
};
constexpr std::array kRefused{
    Refused{frames(64,      0),                    Error::EmptyRange},
    Refused{{FrameNumber{100}, FrameNumber{99}},              Error::EmptyRange},
    Refused{frames(63,              1),                           Error::NotRam},
    Refused{frames(63, 2),Error::NotRam},
    Refused{frames(191,            2),                         Error::NotRam},
    Refused{frames(192,     1),             Error::NotRam},
    Refused{{FrameNumber{64}, FrameNumber{kTop}},              Error::NotRam                         },
};

}  // namespace

TEST_GROUP(BuddyRanges){};

TEST(BuddyRanges, OfNoFramesOrBeyondTheSpanAreRefused) {
    Arena arena{64, 128};
    for (Refused const& refused : kRefused) {
        FrameRange const range = refused.range;
        Error const error = refused.error;
        CHECK(arena.refusal([&] { return arena.allocator.release(range); }) == error);
        CHECK(arena.refusal([&] { return arena.allocator.reserve(range); }) == error);
        CHECK(arena.refusal([&] { return arena.allocator.allocate_range(range); }) == error);
        CHECK(arena.refusal([&] { return arena.allocator.free_frames(range); }) == error);
    }
}

TEST(BuddyRanges, AreReleasedOnlyIfAllOfThemIsReserved) {
    Arena arena{0, 256};
    must(arena.allocator.reserve(frames(10, 100)));
    must(arena.allocator.allocate_range(frames(110, 1)));

    CHECK(arena.refusal([&] { return arena.allocator.release(frames(9, 2)); }) ==
          Error::AlreadyFree);
    CHECK(arena.refusal([&] { return arena.allocator.release(frames(10, 101)); }) ==
          Error::NotReserved);
    must(arena.allocator.release(frames(10, 100)));
    UNSIGNED_LONGS_EQUAL(255, arena.allocator.free_frames_count());
}

TEST(BuddyRanges, AreReservedOnlyIfAllOfThemIsFree) {
    Arena arena{0, 256};
    must(arena.allocator.allocate_range(frames(127, 1)));
    must(arena.allocator.reserve(frames(10, 1)));

    CHECK(arena.refusal([&] { return arena.allocator.reserve(frames(120, 8)); }) == Error::NotFree);
    CHECK(arena.refusal([&] { return arena.allocator.reserve(frames(10, 1)); }) == Error::NotFree);
    must(arena.allocator.reserve(frames(128, 128)));
    UNSIGNED_LONGS_EQUAL(129, arena.allocator.reserved_frames());
    UNSIGNED_LONGS_EQUAL(126, arena.allocator.free_frames_count());
    CHECK(arena.is_sound());
}

TEST(BuddyRanges, AreAllocatedOnlyIfAllOfThemIsFree) {
    Arena arena{0, 256};
    must(arena.allocator.reserve(frames(10, 1)));
    must(arena.allocator.allocate_range(frames(20, 1)));

    auto const refusal = [&](FrameRange range) {
        return arena.refusal([&] { return arena.allocator.allocate_range(range); });
    };
    CHECK(refusal(frames(0, 256)) == Error::Reserved);
    CHECK(refusal(frames(11, 245)) == Error::NotFree);
    CHECK(refusal(frames(20, 1)) == Error::NotFree);
    must(arena.allocator.allocate_range(frames(21, 235)));
}

TEST(BuddyRanges, AreRecordedAsTheLargestAlignedBlocks) {
    Arena arena{0, 4096};

    must(arena.allocator.allocate_range(frames(1021, 2053)));  // [1021, 3074)

    std::array const expected{
        Block{FrameNumber{1021}, Order::of(0) },
        Block{FrameNumber{1022}, Order::of(1) },
        Block{FrameNumber{1024}, Order::of(10)},
        Block{FrameNumber{2048}, Order::of(10)},
        Block{FrameNumber{3072}, Order::of(1) },
    };
    UNSIGNED_LONGS_EQUAL(expected.size(), arena.allocator.allocated_blocks());
    for (Block const& block : expected) {
        CHECK(arena.allocator.inspect(block.first).block == block);
    }
}

TEST(BuddyRanges, OfAnyPlaceAndLengthComeBackWhole) {
    Arena arena{30, 200};
    std::uint64_t const hash = arena.allocator.hash();
    for (std::uint64_t first = 30; first < 230; first += 3) {
        for (std::uint64_t count = 1; first + count <= 230; count += 5) {
            must(arena.allocator.allocate_range(frames(first, count)));
            CHECK(arena.is_sound());
            must(arena.allocator.free_frames(frames(first, count)));
            CHECK(arena.allocator.hash() == hash);

            must(arena.allocator.reserve(frames(first, count)));
            CHECK(arena.is_sound());
            must(arena.allocator.release(frames(first, count)));
            CHECK(arena.allocator.hash() == hash);
        }
    }
    CHECK(arena.is_sound());
}

TEST(BuddyRanges, AreFreedOnlyInWholeBlocks) {
    Arena arena{0, 512};
    must(arena.allocator.allocate_range(frames(64, 70)));  // Orders 6, 2 and 1.

    auto const refusal = [&](FrameRange range) {
        return arena.refusal([&] { return arena.allocator.free_frames(range); });
    };
    CHECK(refusal(frames(64, 63)) == Error::WrongOrder);
    CHECK(refusal(frames(64, 65)) == Error::WrongOrder);
    CHECK(refusal(frames(65, 63)) == Error::InsideBlock);
    CHECK(refusal(frames(63, 71)) == Error::AlreadyFree);
    CHECK(refusal(frames(64, 71)) == Error::AlreadyFree);
    must(arena.allocator.reserve(frames(134, 1)));
    CHECK(refusal(frames(64, 71)) == Error::Reserved);

    must(arena.allocator.free_frames(frames(128, 6)));
    must(arena.allocator.free(FrameNumber{64}, Order::of(6)));
    UNSIGNED_LONGS_EQUAL(0, arena.allocator.allocated_blocks());
}

TEST_GROUP(BuddyCounts){};

TEST(BuddyCounts, OfNothingOrMoreThanTheSpanAreRefused) {
    Arena arena{64, 128};

    auto const refusal = [&](std::uint64_t count, std::uint64_t alignment) {
        return arena.refusal([&] { return arena.allocator.allocate_frames(count, alignment); });
    };
    CHECK(refusal(0, 1) == Error::EmptyRange);
    CHECK(refusal(129, 1) == Error::TooLarge);
    CHECK(refusal(kTop, std::uint64_t{1} << 63) == Error::TooLarge);
    CHECK(refusal(128, 1) == Error::OutOfMemory);  // Two blocks of 64 that are not buddies.
    CHECK(refusal(1, 256) == Error::OutOfMemory);
    CHECK(refusal(1, std::uint64_t{1} << 63) == Error::OutOfMemory);
    CHECK(test::breaks_promise([&] { static_cast<void>(arena.allocator.allocate_frames(1, 0)); }));
    CHECK(test::breaks_promise([&] { static_cast<void>(arena.allocator.allocate_frames(1, 3)); }));
}

TEST(BuddyCounts, AreExactAndTheirTailIsGivenBack) {
    Arena arena{0, 4096};
    std::uint64_t const hash = arena.allocator.hash();
    for (std::uint64_t count = 1; count <= 4096; count += count < 70 ? 1 : 97) {
        FrameRange const range = must(arena.allocator.allocate_frames(count));

        UNSIGNED_LONGS_EQUAL(count, range.count());
        UNSIGNED_LONGS_EQUAL(4096 - count, arena.allocator.free_frames_count());
        CHECK(arena.is_sound());
        must(arena.allocator.free_frames(range));
        CHECK(arena.allocator.hash() == hash);
    }
}

TEST(BuddyCounts, OfSixLeaveTheTwoFramesBehindThemToOthers) {
    Arena arena{0, 64};

    CHECK(must(arena.allocator.allocate_frames(6)) == frames(0, 6));
    CHECK(arena.allocate(1) == (Block{FrameNumber{6}, Order::of(1)}));
}

TEST(BuddyCounts, BeginAtTheAlignmentThatIsAskedFor) {
    for (std::uint64_t alignment = 1; alignment <= 4096; alignment *= 2) {
        Arena arena{1, 8191};
        for (std::uint64_t const count : {1U, 6U, 65U, 1024U, 1500U}) {
            FrameRange const range = must(arena.allocator.allocate_frames(count, alignment));
            UNSIGNED_LONGS_EQUAL(0, range.first.raw() % alignment);
            CHECK(arena.is_sound());
            must(arena.allocator.free_frames(range));
        }
    }
}

TEST(BuddyCounts, AboveTheLargestBlockAreServedFromTheFirstRowOfFreeOnes) {
    Arena arena{0, 8192};
    must(arena.allocator.reserve(frames(1024, 1)));  // Blocks 0, then 2 to 4, are free,
    must(arena.allocator.reserve(frames(5120, 1)));  // then 6 and 7.

    CHECK(must(arena.allocator.allocate_frames(1025)) == frames(2048, 1025));
    CHECK(must(arena.allocator.allocate_frames(2048, 2048)) == frames(6144, 2048));
    CHECK(arena.refusal([&] { return arena.allocator.allocate_frames(1025); }) ==
          Error::OutOfMemory);
    CHECK(arena.is_sound());
}

TEST(BuddyCounts, AboveTheLargestBlockTakeTheLastRowToo) {
    Arena arena{1, 3071};  // Blocks 1 and 2 are free, 0 lacks a frame.

    CHECK(must(arena.allocator.allocate_frames(2048)) == frames(1024, 2048));
    CHECK(arena.is_sound());
}

TEST(BuddyRanges, OfRunsThatWereFreedAsOneNothingIsNotedAnyMore) {
    Arena arena{0, 12288};
    FrameRange const range = frames(4150, 4200);  // From within a run, over the end of a group.
    for (FrameNumber frame = range.first; frame < range.end; frame = frame + 1) {
        must(arena.allocator.allocate_range({frame, frame + 1}));
    }

    must(arena.allocator.free_frames(range));

    CHECK(arena.is_sound());
    UNSIGNED_LONGS_EQUAL(12, arena.allocator.free_blocks()[10]);
}
