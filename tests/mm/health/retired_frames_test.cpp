// SPDX-License-Identifier: MIT
#include "kernel/mm/health/retired_frames.hpp"

#include <array>
#include <cstdint>

#include <CppUTest/TestHarness.h>

using mm::FrameNumber;
using mm::Retirement;

TEST_GROUP(RetiredFrames) {
    std::array<std::uint64_t, 5> storage{};
    mm::RetiredFrames retired{storage};

    void check_next(std::uint64_t from, std::uint64_t first, std::uint64_t end, Retirement why) {
        auto const run = retired.next(FrameNumber{from});
        CHECK(run.has_value());
        UNSIGNED_LONGS_EQUAL(first, run->frames.first.raw());
        UNSIGNED_LONGS_EQUAL(end, run->frames.end.raw());
        CHECK(run->why == why);
    }
};

TEST(RetiredFrames, AreNoneAtFirst) {
    CHECK(!retired.find(FrameNumber{0}));
    CHECK(!retired.next(FrameNumber{0}));
    UNSIGNED_LONGS_EQUAL(0, retired.count());
}

TEST(RetiredFrames, AreListedInOrderAndInRunsOfOneReason) {
    for (std::uint64_t const frame : {9U, 7U, 0U, 8U}) {
        CHECK(retired.add(FrameNumber{frame}, Retirement::MemoryTest));
    }
    CHECK(retired.add(FrameNumber{10}, Retirement::Poison));

    check_next(0, 0, 1, Retirement::MemoryTest);
    check_next(1, 7, 10, Retirement::MemoryTest);
    check_next(8, 8, 10, Retirement::MemoryTest);
    check_next(10, 10, 11, Retirement::Poison);
    CHECK(!retired.next(FrameNumber{11}));
}

TEST(RetiredFrames, KeepTheFirstReason) {
    CHECK(retired.add(FrameNumber{7}, Retirement::Poison));

    CHECK_FALSE(retired.add(FrameNumber{7}, Retirement::MemoryTest));

    CHECK(retired.find(FrameNumber{7}) == Retirement::Poison);
    CHECK(!retired.find(FrameNumber{6}));
    CHECK(!retired.find(FrameNumber{8}));
    UNSIGNED_LONGS_EQUAL(1, retired.count());
}

TEST(RetiredFrames, AreNotListedBeyondTheRoom) {
    for (std::uint64_t frame = 0; frame < storage.size(); ++frame) {
        CHECK_FALSE(retired.is_full());
        CHECK(retired.add(FrameNumber{frame}, Retirement::Poison));
    }

    CHECK(retired.is_full());
    CHECK_FALSE(retired.add(FrameNumber{99}, Retirement::Poison));
    CHECK(!retired.find(FrameNumber{99}));
}

TEST(RetiredFrames, HaveTheirReasonInWords) {
    CHECK(mm::describe(Retirement::Poison) == "bad: poison");
    CHECK(mm::describe(Retirement::MemoryTest) == "bad: memtest");
}
