// SPDX-License-Identifier: MIT
#include "kernel/mm/order.hpp"

#include "kernel/units.hpp"

#include "tests/support/broken_promise.hpp"

#include <limits>

#include <CppUTest/TestHarness.h>

namespace {

using mm::Order;

constexpr std::uint64_t kTop = std::numeric_limits<std::uint64_t>::max();

unsigned covering(std::uint64_t frames) { return Order::covering(frames).value().value(); }

}  // namespace

TEST_GROUP(Order){};

TEST(Order, GoesFromZeroToTheLargest) {
    UNSIGNED_LONGS_EQUAL(0, Order::from(0).value().value());
    UNSIGNED_LONGS_EQUAL(10, Order::from(Order::kMax).value().value());
    CHECK_FALSE(Order::from(Order::kMax + 1).has_value());
    CHECK_FALSE(Order::from(std::uint64_t{1} << 32).has_value());
    CHECK_FALSE(Order::from(kTop).has_value());
    CHECK(test::breaks_promise([&] { Order::of(Order::kMax + 1); }));
}

TEST(Order, CoversACountWithTheSmallestBlock) {
    UNSIGNED_LONGS_EQUAL(0, covering(0));
    UNSIGNED_LONGS_EQUAL(0, covering(1));
    UNSIGNED_LONGS_EQUAL(1, covering(2));
    UNSIGNED_LONGS_EQUAL(2, covering(3));
    UNSIGNED_LONGS_EQUAL(9, covering(512));
    UNSIGNED_LONGS_EQUAL(10, covering(513));
    UNSIGNED_LONGS_EQUAL(10, covering(1024));
    CHECK_FALSE(Order::covering(1025).has_value());
    CHECK_FALSE(Order::covering(kTop).has_value());
}

TEST(Order, CountsFramesAndBytes) {
    UNSIGNED_LONGS_EQUAL(1, Order{}.frame_count());
    UNSIGNED_LONGS_EQUAL(4 * kernel::kKiB, Order{}.bytes());
    UNSIGNED_LONGS_EQUAL(4 * kernel::kMiB, Order::of(Order::kMax).bytes());
    CHECK(Order::of(2) < Order::of(3));
}

TEST(Order, GivesABlockItsFrames) {
    mm::Block const block{mm::FrameNumber{8}, Order::of(3)};

    CHECK(block.range() == (mm::FrameRange{mm::FrameNumber{8}, mm::FrameNumber{16}}));
}
