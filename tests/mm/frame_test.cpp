// SPDX-License-Identifier: MIT
#include "kernel/mm/frame.hpp"

#include "tests/support/broken_promise.hpp"

#include <limits>
#include <type_traits>

#include <CppUTest/TestHarness.h>

namespace {

using mm::EarlyFrame;
using mm::FrameNumber;
using mm::FrameRange;
using mm::LateFrame;

constexpr FrameRange range(std::uint64_t first, std::uint64_t end) {
    return {FrameNumber{first}, FrameNumber{end}};
}

static_assert(!std::is_convertible_v<EarlyFrame, LateFrame>);
static_assert(!std::is_constructible_v<LateFrame, EarlyFrame>);
static_assert(!std::is_convertible_v<FrameNumber, EarlyFrame>);
static_assert(!std::is_convertible_v<std::uint64_t, FrameNumber>);

}  // namespace

TEST_GROUP(FrameNumber){};

TEST(FrameNumber, NamesTheFrameInWhichAnAddressLies) {
    UNSIGNED_LONGS_EQUAL(0, FrameNumber::containing(kernel::PhysAddr{0}).raw());
    UNSIGNED_LONGS_EQUAL(0, FrameNumber::containing(kernel::PhysAddr{4095}).raw());
    UNSIGNED_LONGS_EQUAL(1, FrameNumber::containing(kernel::PhysAddr{4096}).raw());
    UNSIGNED_LONGS_EQUAL(4096, FrameNumber{1}.address().raw());
}

TEST(FrameNumber, HasAnAddressOnlyBelowTheLimit) {
    constexpr std::uint64_t kTop = std::numeric_limits<std::uint64_t>::max();

    CHECK(FrameNumber::containing(kernel::PhysAddr{kTop}) == FrameNumber{FrameNumber::kLimit - 1});
    UNSIGNED_LONGS_EQUAL(kTop - 4095, FrameNumber{FrameNumber::kLimit - 1}.address().raw());
    CHECK(test::breaks_promise([&] { FrameNumber{FrameNumber::kLimit}.address(); }));
}

TEST(FrameNumber, NeitherWrapsNorGoesBelowZero) {
    constexpr std::uint64_t kTop = std::numeric_limits<std::uint64_t>::max();

    CHECK(test::breaks_promise([&] { FrameNumber{kTop} + 1; }));
    CHECK(test::breaks_promise([&] { FrameNumber{1} - FrameNumber{2}; }));
    UNSIGNED_LONGS_EQUAL(0, FrameNumber{2} - FrameNumber{2});
}

TEST_GROUP(FrameRange){};

TEST(FrameRange, OfNoFramesIsEmptyAndNowhere) {
    CHECK(range(3, 3).empty());
    CHECK(range(4, 3).empty());
    UNSIGNED_LONGS_EQUAL(0, range(4, 3).count());
    CHECK_FALSE(range(0, 9).contains(range(3, 3)));
    CHECK_FALSE(range(0, 9).overlaps(range(3, 3)));
    CHECK_FALSE(range(3, 3).overlaps(range(0, 9)));
}

TEST(FrameRange, ContainsItsFirstFrameAndNotItsEnd) {
    CHECK(range(3, 5).contains(FrameNumber{3}));
    CHECK(range(3, 5).contains(FrameNumber{4}));
    CHECK_FALSE(range(3, 5).contains(FrameNumber{5}));
    CHECK_FALSE(range(3, 5).contains(FrameNumber{2}));
    CHECK(range(3, 5).contains(range(3, 5)));
    CHECK_FALSE(range(3, 5).contains(range(3, 6)));
    CHECK_FALSE(range(3, 5).contains(range(2, 5)));
}

TEST(FrameRange, OverlapsOnlyWhatSharesAFrame) {
    CHECK(range(3, 5).overlaps(range(4, 9)));
    CHECK(range(4, 9).overlaps(range(3, 5)));
    CHECK_FALSE(range(3, 5).overlaps(range(5, 9)));
    CHECK_FALSE(range(5, 9).overlaps(range(3, 5)));
}
