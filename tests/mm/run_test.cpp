// SPDX-License-Identifier: MIT
#include "kernel/mm/run.hpp"

#include "kernel/mm/trial/random.hpp"

#include <bit>

#include <CppUTest/TestHarness.h>

namespace {

namespace unit_set = mm::unit_set;
using unit_set::kAll;

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

TEST_GROUP(UnitSet){};

TEST(UnitSet, MakesBlocksAndStretchesUpToTheEnd) {
    constexpr std::uint64_t kLast = std::uint64_t{1} << 63;
    UNSIGNED_LONGS_EQUAL(1, unit_set::block(1, 1));
    UNSIGNED_LONGS_EQUAL(kLast, unit_set::block(kLast, 1));
    UNSIGNED_LONGS_EQUAL(0xffff'ffff'0000'0000, unit_set::block(std::uint64_t{1} << 32, 32));
    UNSIGNED_LONGS_EQUAL(kAll, unit_set::row(0, 64));
    UNSIGNED_LONGS_EQUAL(std::uint64_t{1} << 63, unit_set::row(63, 1));
    UNSIGNED_LONGS_EQUAL(0b110, unit_set::row(1, 2));
}

TEST(UnitSet, KnowsTheLargestBlockOfTheSmallestAndTheLargestSet) {
    UNSIGNED_LONGS_EQUAL(0, unit_set::largest_order(1));
    UNSIGNED_LONGS_EQUAL(0, unit_set::largest_order(0b0110));  // Neighbours, no buddies.
    UNSIGNED_LONGS_EQUAL(1, unit_set::largest_order(0b1100));
    UNSIGNED_LONGS_EQUAL(5, unit_set::largest_order(kAll - 1));
    UNSIGNED_LONGS_EQUAL(6, unit_set::largest_order(kAll));
}

TEST(UnitSet, FindsMaximalBlocksAsTheyAreDefined) {
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
        UNSIGNED_LONGS_EQUAL(starts, unit_set::all_blocks(members));
        if (members != 0) {
            UNSIGNED_LONGS_EQUAL(largest, unit_set::largest_order(members));
        }
    }
}

TEST(UnitSet, TakesTheSmallestSufficientBlockAndOfTheseTheFirst) {
    mm::Random random{12};
    for (int round = 0; round < 2000; ++round) {
        std::uint64_t const members = some_set(random);
        for (unsigned order = 0; order < mm::kRunOrder; ++order) {
            unsigned best = mm::kRunOrder + 1;
            std::uint64_t starts = 0;  // Of the best.
            for (unsigned position = 0; position < 64; ++position) {
                auto const found = block_at(members, position);
                if (found && *found >= order && *found <= best) {
                    starts = (*found < best ? 0 : starts) | std::uint64_t{1} << position;
                    best = *found;
                }
            }
            auto const found = unit_set::smallest_block(members, order);
            CHECK_EQUAL(starts != 0, static_cast<bool>(found));
            UNSIGNED_LONGS_EQUAL(starts, found.starts);
            if (found) {
                UNSIGNED_LONGS_EQUAL(best, found.order);
                UNSIGNED_LONGS_EQUAL(std::countr_zero(starts), found.position());
                CHECK_EQUAL(std::popcount(starts) == 1, found.is_single());
            }
        }
    }
}

TEST(UnitSet, HasNoBlockAboveItsTop) {
    UNSIGNED_LONGS_EQUAL(4, unit_set::largest_order<4>(kAll));
    UNSIGNED_LONGS_EQUAL(unit_set::kAligned[4], unit_set::all_blocks<4>(kAll));
    UNSIGNED_LONGS_EQUAL(16, unit_set::smallest_block<4>(kAll << 16, 3).position());
    UNSIGNED_LONGS_EQUAL(4, unit_set::smallest_block<4>(kAll << 16, 3).order);
    CHECK_FALSE(unit_set::smallest_block<4>(kAll << 60, 3));
}

TEST(UnitSet, KnowsWhetherMoreMembersMakeALargerBlock) {
    UNSIGNED_LONGS_EQUAL(0, unit_set::order_outgrown<5>(0b1, 0b11));
    UNSIGNED_LONGS_EQUAL(5, unit_set::order_outgrown<5>(0b1, 0b101));
    UNSIGNED_LONGS_EQUAL(5, unit_set::order_outgrown<5>(kAll >> 32, kAll >> 31));
    UNSIGNED_LONGS_EQUAL(5, unit_set::order_outgrown<5>(kAll >> 32, kAll));
    mm::Random random{14};
    for (int round = 0; round < 2000; ++round) {
        std::uint64_t const all = some_set(random) | 1;
        std::uint64_t const some = (all & some_set(random)) | 1;
        unsigned const before = unit_set::largest_order<5>(some);
        unsigned const after = unit_set::largest_order<5>(all);
        UNSIGNED_LONGS_EQUAL(before == after ? 5 : before, unit_set::order_outgrown<5>(some, all));
    }
}

TEST(UnitSet, SpreadsBlocksToTheirUnits) {
    UNSIGNED_LONGS_EQUAL(kAll, unit_set::units_of(kAll, 0));
    UNSIGNED_LONGS_EQUAL(0xff00'0000'0000'00ff, unit_set::units_of(std::uint64_t{1} << 56 | 1, 3));
    UNSIGNED_LONGS_EQUAL(kAll, unit_set::units_of(unit_set::kAligned[5], 5));
}

TEST(UnitSet, AnExtentEndsAtTheNextBoundaryOrAtTheEnd) {
    UNSIGNED_LONGS_EQUAL(64, unit_set::extent(1, 0));
    UNSIGNED_LONGS_EQUAL(1, unit_set::extent(0, 63));
    UNSIGNED_LONGS_EQUAL(3, unit_set::extent(0b1001, 0));
}

TEST_GROUP(States) {
    /// Units 0..3 one block, 4 and 5 a block each, 6 and 7 one, 8 to 15 free, the others closed.
    mm::States const some =
        mm::States{}.with_free(0xffff).with_blocks(0x0f, 0x01).with_blocks(0xf0, 0x70);
};

TEST(States, TellApartWhatUnitsAre) {
    UNSIGNED_LONGS_EQUAL(0xff00, some.free());
    UNSIGNED_LONGS_EQUAL(0x71, some.first());
    UNSIGNED_LONGS_EQUAL(0x8e, some.inside());
    UNSIGNED_LONGS_EQUAL(~std::uint64_t{0xffff}, some.closed());
    UNSIGNED_LONGS_EQUAL(~std::uint64_t{0x8e}, some.boundaries());
    CHECK(some.with_closed(0xffff) == mm::States{});
    CHECK(some.with_free(0xff).free() == 0xffff);
}

TEST(States, KnowWhetherABlockOfAnOrderStartsSomewhere) {
    constexpr std::uint64_t kHalf = std::uint64_t{1} << 32;
    mm::States const ends =
        some.with_free(~std::uint64_t{0xffff}).with_block(kHalf, 32).with_unit(kHalf >> 1);
    for (mm::States const states : {some, ends}) {
        for (unsigned order = 0; order < mm::kRunOrder; ++order) {
            std::uint64_t const expected = unit_set::allocated_blocks(states, order);
            std::uint64_t found = 0;
            for (unsigned position = 0; position < 64; position += 1U << order) {
                std::uint64_t const first = std::uint64_t{1} << position;
                bool const is_block =
                    unit_set::is_block(states, first, unit_set::block(first, 1U << order));
                found |= is_block ? first : 0;
            }
            UNSIGNED_LONGS_EQUAL(expected, found);
        }
    }
}

TEST(States, BecomeBlocksOneByOneAsTogether) {
    mm::States const free = mm::States::all_free();
    CHECK(free.with_block(0b100, 4) == free.with_blocks(0b111100, 0b100));
    CHECK(free.with_block(kAll << 32 & ~(kAll << 33), 32) ==
          free.with_blocks(kAll << 32, std::uint64_t{1} << 32));
    CHECK(free.with_unit(0b100) == free.with_blocks(0b100, 0b100));
}

TEST(UnitSet, FindsBlocksOfAnOrderAndTheirFirstUnit) {
    UNSIGNED_LONGS_EQUAL(0b1111, unit_set::blocks(0b1111, 0));
    UNSIGNED_LONGS_EQUAL(0b0101, unit_set::blocks(0b1111, 1));
    UNSIGNED_LONGS_EQUAL(0b0001, unit_set::blocks(0b1111, 2));
    UNSIGNED_LONGS_EQUAL(0, unit_set::blocks(0b1111, 3));
    UNSIGNED_LONGS_EQUAL(unit_set::kAligned[5], unit_set::blocks(kAll, 5));
    UNSIGNED_LONGS_EQUAL(0b100, unit_set::smallest_block(0b10100, 0).first());
}

TEST(UnitSet, CountsOrdersFromThatOfAUnit) {
    auto const found = unit_set::smallest_block<4, 6>(kAll << 16, 9);
    UNSIGNED_LONGS_EQUAL(10, found.order);
    UNSIGNED_LONGS_EQUAL(16, found.position());
    UNSIGNED_LONGS_EQUAL(6, (unit_set::smallest_block<4, 6>(1, 0).order));
    CHECK_FALSE(static_cast<bool>(unit_set::smallest_block<4, 6>(1, 7)));
}

TEST(States, KnowTheirAllocatedBlocksOfAnOrder) {
    UNSIGNED_LONGS_EQUAL(0x30, unit_set::allocated_blocks(some, 0));
    UNSIGNED_LONGS_EQUAL(0x40, unit_set::allocated_blocks(some, 1));
    UNSIGNED_LONGS_EQUAL(0x01, unit_set::allocated_blocks(some, 2));
    UNSIGNED_LONGS_EQUAL(0, unit_set::allocated_blocks(some, 3));
    mm::States const all = mm::States::all_free().with_blocks(kAll, unit_set::kAligned[5]);
    UNSIGNED_LONGS_EQUAL(unit_set::kAligned[5], unit_set::allocated_blocks(all, 5));
    mm::States const single = mm::States::all_free().with_blocks(kAll, kAll);
    UNSIGNED_LONGS_EQUAL(kAll, unit_set::allocated_blocks(single, 0));
}

TEST(States, AreSoundIfEachBlockIsWhereItMayBe) {
    CHECK(unit_set::are_sound(some, 2));
    CHECK_FALSE(unit_set::are_sound(some, 1));  // Its block of four.
    CHECK(unit_set::are_sound(mm::States{}, 0));
    CHECK(unit_set::are_sound(mm::States::all_free(), 0));
    CHECK_FALSE(unit_set::are_sound(mm::States::all_inside(), 6));
    CHECK_FALSE(unit_set::are_sound(some.with_blocks(0x700, 0x100), 6));   // Three units.
    CHECK_FALSE(unit_set::are_sound(some.with_blocks(0x1e00, 0x200), 6));  // Four, from the ninth.
}

TEST(UnitSet, CountsItsMembers) {
    UNSIGNED_LONGS_EQUAL(0, unit_set::count(0));
    UNSIGNED_LONGS_EQUAL(64, unit_set::count(kAll));
    mm::Random random{13};
    for (int round = 0; round < 1000; ++round) {
        std::uint64_t const members = some_set(random);
        UNSIGNED_LONGS_EQUAL(std::popcount(members), unit_set::count(members));
    }
}
