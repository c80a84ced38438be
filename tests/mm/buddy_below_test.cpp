// SPDX-License-Identifier: MIT
//
// Frames below a limit: whoever asks gets some as long as there are any.
#include "kernel/mm/buddy_allocator.hpp"
#include "kernel/mm/trial/random.hpp"

#include "tests/support/arena.hpp"

#include <algorithm>
#include <bit>
#include <vector>

#include <CppUTest/TestHarness.h>

namespace {

using kernel::Error;
using mm::FrameKind;
using mm::FrameNumber;
using mm::FrameRange;
using test::Arena;
using test::frames;
using test::must;

constexpr std::uint64_t kUnit = 1024;  // The largest block; a group is four of them.

bool is_free(Arena const& arena, FrameRange range) {
    for (FrameNumber frame = range.first; frame < range.end; frame = frame + 1) {
        if (arena.allocator.inspect(frame).kind != FrameKind::Free) {
            return false;
        }
    }
    return true;
}

/// True if a block that holds `count` frames so aligned is free below `below`.
bool has_below(Arena const& arena, std::uint64_t count, std::uint64_t alignment,
               std::uint64_t below) {
    FrameRange const span = arena.allocator.span();
    std::uint64_t const size = std::bit_ceil(std::max(count, alignment));
    std::uint64_t const first = (span.first.raw() + size - 1) / size * size;
    for (std::uint64_t at = first; at + size <= std::min(below, span.end.raw()); at += size) {
        if (is_free(arena, frames(at, size))) {
            return true;
        }
    }
    return false;
}

}  // namespace

TEST_GROUP(BuddyBelow){};

TEST(BuddyBelow, TakesTheBlockThatIsLowEnoughThoughASmallerOneIsNot) {
    Arena arena{0, 8 * kUnit};
    must(arena.allocator.allocate_range(arena.allocator.span()));
    must(arena.allocator.free_frames(frames(0, kUnit)));
    must(arena.allocator.allocate_range(frames(1, kUnit - 1)));
    must(arena.allocator.free_frames(frames(kUnit, 7 * kUnit)));
    must(arena.allocator.allocate_range(frames(7 * kUnit + 1, 1)));

    CHECK(must(arena.allocator.allocate_frames(1, 1, FrameNumber{kUnit})) == frames(0, 1));
    CHECK(must(arena.allocator.allocate_frames(1, 1)) == frames(7 * kUnit, 1));
    CHECK(must(arena.allocator.allocate_frames(1, 1, FrameNumber{2 * kUnit})) == frames(kUnit, 1));
    CHECK(arena.is_sound());
}

/// A group of 4,096 frames lists its largest block only, here one that is too high.
TEST(BuddyBelow, TakesTheLowPartOfAGroupThatTheLimitDivides) {
    Arena arena{kUnit, 4 * kUnit};
    must(arena.allocator.allocate_range(frames(kUnit, kUnit)));
    must(arena.allocator.allocate_range(frames(2 * kUnit, 512)));

    FrameNumber const limit{3 * kUnit};
    CHECK(must(arena.allocator.allocate_frames(512, 512, limit)) == frames(2 * kUnit + 512, 512));
    CHECK(arena.refusal([&] { return arena.allocator.allocate_frames(1, 1, limit); }) ==
          Error::OutOfMemory);
    CHECK(must(arena.allocator.allocate_frames(1)) == frames(3 * kUnit, 1));
}

TEST(BuddyBelow, TakesRowsOfTheLargestBlocks) {
    Arena arena{0, 16 * kUnit};
    must(arena.allocator.allocate_range(frames(2 * kUnit, 1)));

    FrameNumber const limit{8 * kUnit};
    CHECK(must(arena.allocator.allocate_frames(3 * kUnit, 1, limit)) ==
          frames(3 * kUnit, 3 * kUnit));
    CHECK(arena.refusal([&] { return arena.allocator.allocate_frames(2 * kUnit + 1, 1, limit); }) ==
          Error::OutOfMemory);
    CHECK(must(arena.allocator.allocate_frames(2 * kUnit, 1, limit)) == frames(0, 2 * kUnit));
}

TEST(BuddyBelow, HasNothingBelowItsBeginningAndAllBelowItsEnd) {
    Arena arena{4 * kUnit + 5, 2 * kUnit};
    for (std::uint64_t const limit : {0UL, kUnit, 4 * kUnit}) {
        CHECK(arena.refusal([&] {
            return arena.allocator.allocate_frames(1, 1, FrameNumber{limit});
        }) == Error::OutOfMemory);
        CHECK(arena.refusal([&] {
            return arena.allocator.allocate_frames(kUnit + 1, 1, FrameNumber{limit});
        }) == Error::OutOfMemory);
    }
    std::uint64_t got = 0;
    while (arena.allocator.allocate_frames(1, 1, FrameNumber{7 * kUnit})) {
        ++got;
    }
    UNSIGNED_LONGS_EQUAL(2 * kUnit, got);
}

TEST(BuddyBelow, CountsALimitDownToTheLargestBlock) {
    Arena arena{0, 4 * kUnit};

    CHECK(must(arena.allocator.allocate_frames(kUnit, kUnit, FrameNumber{2 * kUnit - 1})) ==
          frames(0, kUnit));
    CHECK(arena.refusal([&] {
        return arena.allocator.allocate_frames(1, 1, FrameNumber{2 * kUnit - 1});
    }) == Error::OutOfMemory);
}

/// In whatever state, a request is granted exactly where looking at every frame finds a place.
TEST(BuddyBelow, IsRefusedOnlyWhereNothingIsFree) {
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
        mm::Random random{seed};
        std::uint64_t const first = random.below(3) * kUnit + random.below(100);
        Arena arena{first, 6 * kUnit + random.below(5000)};
        std::vector<FrameRange> held;
        unsigned refused = 0;
        for (unsigned step = 0; step < 1200; ++step) {
            if (!held.empty() && random.below(5) < 2) {
                std::swap(held[random.below(held.size())], held.back());
                must(arena.allocator.free_frames(held.back()));
                held.pop_back();
                continue;
            }
            std::uint64_t const count = 1 + random.below(std::uint64_t{1} << random.below(9));
            std::uint64_t const alignment = std::uint64_t{1} << random.below(11);
            std::uint64_t const below = random.below(14) * kUnit;
            bool const is_there = has_below(arena, count, alignment, below);
            auto const got = arena.allocator.allocate_frames(count, alignment, FrameNumber{below});
            CHECK_EQUAL(is_there, static_cast<bool>(got));
            refused += got ? 0U : 1U;
            if (got) {
                CHECK(got->end <= FrameNumber{below});
                UNSIGNED_LONGS_EQUAL(0, got->first.raw() % alignment);
                held.push_back(*got);
            }
        }
        CHECK(refused > 100);
        CHECK(arena.is_sound());
    }
}
