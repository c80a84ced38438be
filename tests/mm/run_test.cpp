// SPDX-License-Identifier: MIT
#include "kernel/mm/run.hpp"

#include "kernel/mm/trial/random.hpp"

#include <bit>

#include <CppUTest/TestHarness.h>

namespace {

namespace frame_set = mm::frame_set;
using frame_set::kAll;

/// The order of the maximal block that starts at `position`; none if none does. By definition.
std::optional<unsigned> block_at(std::uint64_t members, unsigned position) {
    std::optional<unsigned> found;
    for (unsigned order = 0; order <= mm::kRunOrder; ++order) {
        std::uint64_t const block = order == 6 ? kAll : ((std::uint64_t{1} << (1U << order)) - 1);
        unsigned const start = position >> order << order;
        if ((members >> start & block) == block) {
            found = start == position ? std::optional{order} : std::nullopt;
        }
    }
    return found;
}

/// Sets with long and short stretches.
std::uint64_t some_set(mm::Random& random) {
    std::uint64_t members = random.next();
    for (std::uint64_t rounds = random.below(4); rounds > 0; --rounds) {
        members |= std::rotl(members, 1 << random.below(6));
    }
    return random.below(2) == 0 ? members : ~members;
}

}  // namespace

TEST_GROUP(FrameSet){};

TEST(FrameSet, MakesBlocksAndStretchesUpToTheEnd) {
    UNSIGNED_LONGS_EQUAL(1, frame_set::block(0, 0));
    UNSIGNED_LONGS_EQUAL(std::uint64_t{1} << 63, frame_set::block(63, 0));
    UNSIGNED_LONGS_EQUAL(0xffff'ffff'0000'0000, frame_set::block(32, 5));
    UNSIGNED_LONGS_EQUAL(kAll, frame_set::row(0, 64));
    UNSIGNED_LONGS_EQUAL(std::uint64_t{1} << 63, frame_set::row(63, 1));
    UNSIGNED_LONGS_EQUAL(0b110, frame_set::row(1, 2));
}

TEST(FrameSet, KnowsTheLargestBlockOfTheSmallestAndTheLargestSet) {
    UNSIGNED_LONGS_EQUAL(0, frame_set::largest_order(1));
    UNSIGNED_LONGS_EQUAL(0, frame_set::largest_order(0b0110));  // Neighbours, no buddies.
    UNSIGNED_LONGS_EQUAL(1, frame_set::largest_order(0b1100));
    UNSIGNED_LONGS_EQUAL(5, frame_set::largest_order(kAll - 1));
    UNSIGNED_LONGS_EQUAL(6, frame_set::largest_order(kAll));
}

TEST(FrameSet, FindsMaximalBlocksAsTheyAreDefined) {
    mm::Random random{11};
    for (int round = 0; round < 2000; ++round) {
        std::uint64_t const members = some_set(random);
        std::uint64_t starts = 0;
        unsigned largest = 0;
        for (unsigned position = 0; position < 64; ++position) {
            if (auto const order = block_at(members, position)) {
                starts |= std::uint64_t{1} << position;
                largest = std::max(largest, *order);
            }
        }
        UNSIGNED_LONGS_EQUAL(starts, frame_set::all_blocks(members));
        if (members != 0) {
            UNSIGNED_LONGS_EQUAL(largest, frame_set::largest_order(members));
        }
    }
}

TEST(FrameSet, TakesTheSmallestSufficientBlockAndOfTheseTheFirst) {
    mm::Random random{12};
    for (int round = 0; round < 2000; ++round) {
        std::uint64_t const members = some_set(random);
        for (unsigned order = 0; order < mm::kRunOrder; ++order) {
            std::optional<unsigned> expected;
            unsigned best = mm::kRunOrder + 1;
            for (unsigned position = 0; position < 64; ++position) {
                auto const found = block_at(members, position);
                if (found && *found >= order && *found < best) {
                    best = *found;
                    expected = position;
                }
            }
            CHECK(expected == frame_set::smallest_block(members, order));
        }
    }
}

TEST(FrameSet, CountsItsMembers) {
    UNSIGNED_LONGS_EQUAL(0, frame_set::count(0));
    UNSIGNED_LONGS_EQUAL(64, frame_set::count(kAll));
    mm::Random random{13};
    for (int round = 0; round < 1000; ++round) {
        std::uint64_t const members = some_set(random);
        UNSIGNED_LONGS_EQUAL(std::popcount(members), frame_set::count(members));
    }
}
