// SPDX-License-Identifier: MIT
#include "kernel/mm/frame_allocator.hpp"

#include "kernel/mm/zone.hpp"

#include <array>
#include <cstdint>
#include <vector>

#include <CppUTest/TestHarness.h>

using kernel::Error;
using mm::FrameNumber;
using mm::FrameRange;
using mm::Order;
using mm::ZoneId;

namespace {

constexpr FrameRange range(std::uint64_t first, std::uint64_t end) {
    return {FrameNumber{first}, FrameNumber{end}};
}

// Early: 64 frames, the first 8 reserved. Late: 128 frames with a hole of 16 in the middle.
constexpr FrameRange kEarly = range(0, 64);
constexpr FrameRange kLate = range(64, 192);
constexpr std::array kEarlyRam{kEarly};
constexpr std::array kLateRam{range(64, 112), range(128, 192)};

}  // namespace

TEST_GROUP(FrameAllocator) {
    std::vector<std::uint64_t> early_words =
        std::vector<std::uint64_t>(mm::BuddyAllocator::metadata_words(kEarly));
    std::vector<std::uint64_t> late_words =
        std::vector<std::uint64_t>(mm::BuddyAllocator::metadata_words(kLate));
    mm::Zone early{"early", kEarly, kEarlyRam, early_words};
    mm::Zone late{"late", kLate, kLateRam, late_words};
    mm::FrameAllocator frames{early, late};

    void setup() override {
        CHECK(static_cast<bool>(early.buddies().release(range(8, 64))));
        CHECK(static_cast<bool>(late.buddies().release(range(64, 112))));
        CHECK(static_cast<bool>(late.buddies().release(range(128, 192))));
    }

    std::uint64_t hash() const { return early.buddies().hash() ^ (late.buddies().hash() << 1U); }

    void check_refused(Error expected, kernel::Result<void> const& outcome, std::uint64_t before) {
        CHECK_FALSE(static_cast<bool>(outcome));
        CHECK(expected == outcome.error());
        UNSIGNED_LONGS_EQUAL(before, hash());
    }
};

TEST(FrameAllocator, CountsRamAndNoHoles) {
    auto const statistics = late.statistics();

    UNSIGNED_LONGS_EQUAL(112, statistics.frames);
    UNSIGNED_LONGS_EQUAL(0, statistics.reserved);
    UNSIGNED_LONGS_EQUAL(112, statistics.free);
    UNSIGNED_LONGS_EQUAL(8, early.statistics().reserved);
}

TEST(FrameAllocator, SaysOfARangeThatRunsIntoAHoleThatItIsNotRam) {
    CHECK(frames.allocate({.count = 16, .at = FrameNumber{100}}).error() == Error::NotRam);
    CHECK(static_cast<bool>(late.buddies().reserve(range(110, 111))));

    CHECK(frames.allocate({.count = 16, .at = FrameNumber{100}}).error() == Error::Reserved);
    auto const block = frames.allocate({.count = 1, .at = FrameNumber{111}});
    CHECK(static_cast<bool>(block));
    // NOLINTNEXTLINE(clang-analyzer-unix.Malloc): gives back frames, not what malloc gave.
    CHECK(frames.free({range(111, 114), ZoneId::Late}).error() == Error::NotRam);
}

TEST(FrameAllocator, KeepsItsSumWhateverIsTaken) {
    auto const taken = frames.allocate({.count = 5});
    CHECK(static_cast<bool>(taken));

    auto const statistics = late.statistics();

    UNSIGNED_LONGS_EQUAL(5, statistics.used);
    UNSIGNED_LONGS_EQUAL(statistics.frames, statistics.reserved + statistics.free +
                                                statistics.used + statistics.cached);
}

TEST(FrameAllocator, TakesLateFramesFirstThenEarlyOnes) {
    CHECK(frames.allocate(*Order::from(6))->zone == ZoneId::Late);

    CHECK(frames.allocate(*Order::from(5))->zone == ZoneId::Late);
    CHECK(frames.allocate(*Order::from(5))->zone == ZoneId::Early);
}

TEST(FrameAllocator, StaysInTheZoneThatIsNamed) {
    CHECK(frames.allocate(*Order::from(0), ZoneId::Early)->zone == ZoneId::Early);

    auto const refused = frames.allocate(*Order::from(6), ZoneId::Early);

    CHECK(refused.error() == Error::OutOfMemory);
}

TEST(FrameAllocator, SaysWhyACountIsRefused) {
    CHECK(frames.allocate({.count = 0}).error() == Error::EmptyRange);
    CHECK(frames.allocate({.count = 65}).error() == Error::OutOfMemory);
    CHECK(frames.allocate({.count = 1000}).error() == Error::TooLarge);
}

TEST(FrameAllocator, TakesTheRangeThatIsNamedOrSaysWhyNot) {
    CHECK(static_cast<bool>(frames.allocate({.count = 3, .at = FrameNumber{100}})));
    auto const before = hash();

    CHECK(frames.allocate({.count = 3, .at = FrameNumber{100}}).error() == Error::NotFree);
    CHECK(frames.allocate({.count = 1, .at = FrameNumber{0}}).error() == Error::Reserved);
    CHECK(frames.allocate({.count = 1, .at = FrameNumber{112}}).error() == Error::NotRam);
    CHECK(frames.allocate({.count = 1, .at = FrameNumber{192}}).error() == Error::NotRam);
    CHECK(frames.allocate({.count = 93, .at = FrameNumber{100}}).error() == Error::TooLarge);
    CHECK(frames.allocate({.count = 1, .zone = ZoneId::Early, .at = FrameNumber{130}}).error() ==
          Error::OtherZone);
    UNSIGNED_LONGS_EQUAL(before, hash());
}

TEST(FrameAllocator, RefusesEachWrongFreeInItsOwnWords) {
    auto const block = frames.allocate(*Order::from(2), ZoneId::Late);
    CHECK(static_cast<bool>(block));
    FrameNumber const first = block->frames.first;
    Order const order = *Order::from(2);
    auto const before = hash();

    check_refused(Error::OtherZone, frames.free(ZoneId::Early, first, order), before);
    check_refused(Error::WrongOrder, frames.free(ZoneId::Late, first, *Order::from(1)), before);
    check_refused(Error::InsideBlock, frames.free(ZoneId::Late, first + 1, order), before);
    check_refused(Error::AlreadyFree, frames.free(ZoneId::Late, first + 4, order), before);
    check_refused(Error::NotRam, frames.free(ZoneId::Late, FrameNumber{115}, order), before);
    check_refused(Error::NotRam, frames.free(ZoneId::Late, FrameNumber{500}, order), before);
    check_refused(Error::Reserved, frames.free(ZoneId::Early, FrameNumber{1}, order), before);
    CHECK(static_cast<bool>(frames.free(ZoneId::Late, first, order)));
}

TEST(FrameAllocator, GivesBackAnExactCountByItsAllocation) {
    auto const before = hash();
    auto const taken = frames.allocate({.count = 6});
    CHECK(static_cast<bool>(taken));

    // NOLINTNEXTLINE(clang-analyzer-unix.Malloc): gives back frames, not what malloc gave.
    CHECK(static_cast<bool>(frames.free(*taken)));

    UNSIGNED_LONGS_EQUAL(before, hash());
}

TEST(FrameAllocator, KnowsTheStateOfAnyFrame) {
    auto const block = frames.allocate(*Order::from(2), ZoneId::Late);

    CHECK(frames.inspect(block->frames.first + 3).state.kind == mm::FrameKind::Allocated);
    CHECK(frames.inspect(FrameNumber{3}).state.kind == mm::FrameKind::Reserved);
    CHECK_FALSE(frames.inspect(FrameNumber{120}).is_ram);
    CHECK_FALSE(frames.inspect(FrameNumber{4000}).zone.has_value());
    CHECK(frames.inspect(FrameNumber{4000}).state.block.first == FrameNumber{4000});
}

TEST(FrameAllocator, WorksWithoutALateZone) {
    mm::Zone empty{"late", range(64, 64), {}, {}};
    mm::FrameAllocator only_early{early, empty};

    CHECK(only_early.allocate(*Order::from(0))->zone == ZoneId::Early);
    UNSIGNED_LONGS_EQUAL(0, empty.statistics().frames);
}

TEST(FrameAllocator, TakesTheRangeUpToTheEndOfAZone) {
    CHECK(static_cast<bool>(frames.allocate({.count = 4, .at = FrameNumber{188}})));
    CHECK(frames.allocate({.count = 6, .at = FrameNumber{187}}).error() == Error::TooLarge);
}

TEST(FrameAllocator, KnowsNothingOutsideItsZones) {
    CHECK(frames.inspect(FrameNumber{4000}).state.kind == mm::FrameKind::Outside);
    check_refused(Error::NotRam, frames.free(mm::Allocation{range(4000, 4001), ZoneId::Late}),
                  hash());
}
