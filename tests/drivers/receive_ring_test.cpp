// SPDX-License-Identifier: MIT
#include "drivers/receive_ring.hpp"

#include "tests/support/broken_promise.hpp"

#include <array>

#include <CppUTest/TestHarness.h>

TEST_GROUP(ReceiveRing) {
    std::array<std::uint16_t, 4> storage{9, 9, 9, 9};
    drivers::ReceiveRing ring{storage};
};

TEST(ReceiveRing, StartsEmptyWhateverItsStorageHolds) {
    CHECK(ring.is_empty());
    UNSIGNED_LONGS_EQUAL(4, ring.room());
    CHECK_FALSE(ring.pop().has_value());
}

TEST(ReceiveRing, GivesBackInOrderForManyRounds) {
    std::uint16_t next = 0;
    std::uint16_t expected = 0;

    for (unsigned round = 0; round != 1000; ++round) {
        for (unsigned i = 0; i != round % 5; ++i) {
            ring.push(next++);
        }
        UNSIGNED_LONGS_EQUAL(4 - round % 5, ring.room());
        while (auto const word = ring.pop()) {
            UNSIGNED_LONGS_EQUAL(expected++, *word);
        }
    }

    UNSIGNED_LONGS_EQUAL(next, expected);
}

TEST(ReceiveRing, TakesNothingWhenFull) {
    for (std::uint16_t word = 0; word != 4; ++word) {
        ring.push(word);
    }

    UNSIGNED_LONGS_EQUAL(0, ring.room());
    CHECK(test::breaks_promise([&] { ring.push(4); }));
    UNSIGNED_LONGS_EQUAL(0, *ring.pop());
}

TEST(ReceiveRing, IsAPowerOfTwoInSize) {
    std::array<std::uint16_t, 3> three{};

    CHECK(test::breaks_promise([&] { drivers::ReceiveRing{three}; }));
    CHECK(test::breaks_promise([&] { drivers::ReceiveRing{std::span<std::uint16_t>{}}; }));
}
