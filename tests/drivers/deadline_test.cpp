// SPDX-License-Identifier: MIT
#include "drivers/deadline.hpp"

#include "tests/drivers/fake_machine.hpp"

#include <limits>

#include <CppUTest/TestHarness.h>

TEST_GROUP(Deadline){};

TEST(Deadline, EndsByTheClock) {
    test::FakeClock const clock;
    drivers::Deadline deadline{clock, 50};
    unsigned looks = 0;

    CHECK_FALSE(deadline.wait_until([&] { return ++looks == 1000; }));

    UNSIGNED_LONGS_EQUAL(51, looks);  // One for each microsecond, and the last.
}

TEST(Deadline, EndsByTheCountWhereTheClockStandsStill) {
    test::FakeClock const clock{0};
    drivers::Deadline deadline{clock, 50};
    unsigned looks = 0;

    CHECK_FALSE(deadline.wait_until([&] {
        ++looks;
        return false;
    }));

    UNSIGNED_LONGS_EQUAL(50 * drivers::Deadline::kLooksPerMicrosecond + 2, looks);
}

TEST(Deadline, EndsWhereTheClockRunsBackwards) {
    test::FakeClock const clock{std::numeric_limits<std::uint64_t>::max()};
    drivers::Deadline deadline{clock, 50};

    CHECK_FALSE(deadline.wait_until([] { return false; }));
}

TEST(Deadline, LooksOnceMoreWhenTimeIsUp) {
    test::FakeClock const clock{1000};
    drivers::Deadline deadline{clock, 50};
    unsigned looks = 0;

    CHECK(deadline.wait_until([&] { return ++looks == 2; }));
}

TEST(Deadline, OfNoTimeLooksWithoutWaiting) {
    test::FakeClock const clock;
    drivers::Deadline deadline{clock, 0};

    CHECK(deadline.wait_until([] { return true; }));
    CHECK_FALSE(deadline.wait_until([] { return false; }));
}

/// The clock has just shown another microsecond by the first look: that one was no microsecond.
TEST(Deadline, OfAPauseDoesNotCountTheMicrosecondThatIsRunning) {
    test::FakeClock const clock;

    drivers::pause(clock, 1);

    UNSIGNED_LONGS_EQUAL(3, clock.now());  // It began at 1.
}

TEST(Deadline, IsKeptByAPause) {
    test::FakeClock const clock;

    drivers::pause(clock, 100);

    CHECK(clock.now() >= 100);
    CHECK(clock.now() < 110);
}
