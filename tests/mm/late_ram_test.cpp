// SPDX-License-Identifier: MIT
#include "kernel/mm/late_ram.hpp"

#include "kernel/units.hpp"

#include "tests/support/arena.hpp"

#include <algorithm>
#include <initializer_list>
#include <vector>

#include <CppUTest/TestHarness.h>

namespace {

using kernel::kGiB;
using kernel::kMiB;
using kernel::PhysAddr;
using kernel::PhysRange;
using mm::FrameRange;
using test::frames;

constexpr std::uint64_t kTiB = 1024 * kGiB;
constexpr std::uint64_t kWindowFrames = 128 * kMiB / mm::kFrameBytes;

constexpr PhysRange range(std::uint64_t begin, std::uint64_t end) {
    return {PhysAddr{begin}, PhysAddr{end}};
}

/// Frames by their addresses.
constexpr FrameRange between(std::uint64_t begin, std::uint64_t end) {
    return frames(begin / mm::kFrameBytes, (end - begin) / mm::kFrameBytes);
}

}  // namespace

TEST_GROUP(LateRam) {
    mm::MemoryMap map;

    void add(std::initializer_list<PhysRange> banks) {
        for (PhysRange const bank : banks) {
            CHECK(static_cast<bool>(map.add_ram(bank)));
        }
    }
    mm::MemoryMap::Ranges late(std::uint64_t window_begin = 0) const {
        return mm::late_ram(map, frames(window_begin / mm::kFrameBytes, kWindowFrames));
    }
    void check_late(std::initializer_list<FrameRange> expected, std::uint64_t window_begin = 0)
        const {
        auto const found = late(window_begin);
        CHECK(std::equal(found.begin(), found.end(), expected.begin(), expected.end()));
    }
};

TEST(LateRam, IsWhatABankHasBeyondTheWindow) {
    add({range(0, 960 * kMiB)});

    check_late({between(128 * kMiB, 960 * kMiB)});
}

TEST(LateRam, IsNoneWhereAllLiesInTheWindow) {
    add({range(0, 128 * kMiB)});

    check_late({});
    UNSIGNED_LONGS_EQUAL(0, mm::metadata_words(late()));
}

TEST(LateRam, HasBanksThatLieWhollyAboveIt) {
    add({range(kGiB, kGiB + 128 * kMiB), range(4 * kGiB, 5 * kGiB), range(6 * kGiB, 7 * kGiB)});

    check_late({between(4 * kGiB, 5 * kGiB), between(6 * kGiB, 7 * kGiB)}, kGiB);
}

TEST(LateRam, HasWholeFramesOfBanksThatAreUnalignedOverlapOrHoldNone) {
    add({range(0, 128 * kMiB + 0x1800), range(0x9000'0001, 0x9000'3fff),
         range(0x9000'2000, 0x9000'6000), range(0xa000'0100, 0xa000'0f00),
         range(0xb000'0fff, 0xb000'1fff)});

    check_late({between(128 * kMiB, 128 * kMiB + 0x1000), between(0x9000'1000, 0x9000'6000)});
}

/// A Pi 4 with 8 GiB: devices lie in the last 64 MiB below 4 GiB, the GPU in what ends at 1 GiB.
TEST(LateRam, HasHolesThatCostNoMoreThanTheirBits) {
    add({range(0, 0x3800'0000), range(0x4000'0000, 0xfc00'0000), range(4 * kGiB, 8 * kGiB)});

    check_late({between(128 * kMiB, 0x3800'0000), between(0x4000'0000, 0xfc00'0000),
                between(4 * kGiB, 8 * kGiB)});
    std::uint64_t const with_holes = mm::metadata_words(late());
    map = {};
    add({range(0, 8 * kGiB)});
    UNSIGNED_LONGS_EQUAL(mm::metadata_words(late()), with_holes);
    CHECK(with_holes * 64 * 1000 <= 2150 * between(128 * kMiB, 8 * kGiB).count());
}

TEST(LateRam, ReachesOverAHoleOfHundredsOfGibibytes) {
    add({range(0, kGiB), range(512 * kGiB, 513 * kGiB)});

    check_late({between(128 * kMiB, kGiB), between(512 * kGiB, 513 * kGiB)});
    CHECK(mm::metadata_words(late()) * sizeof(std::uint64_t) < 35 * kMiB);
}

/// What describes it comes out of the window, which has other uses.
TEST(LateRam, EndsWhereHalfOfTheWindowCanDescribeNoMore) {
    add({range(0, 2 * kTiB), range(3 * kTiB, 4 * kTiB)});

    auto const found = late();

    UNSIGNED_LONGS_EQUAL(1, found.size());
    std::uint64_t const half = 64 * kMiB / sizeof(std::uint64_t);
    CHECK(mm::metadata_words(found) <= half);
    FrameRange const more{found[0].first, found[0].end + 1};
    CHECK(mm::BuddyAllocator::metadata_words(more) > half);
    CHECK(found[0].count() > 955 * kGiB / mm::kFrameBytes);
}

TEST(LateRam, LeavesOutABankThatIsTooFarAway) {
    add({range(0, kGiB), range(2 * kTiB, 2 * kTiB + kGiB)});

    check_late({between(128 * kMiB, kGiB)});
}

TEST(LateRam, EndsAtTheLastFrameWhereverItBegins) {
    add({range(0, 128 * kMiB), range(kGiB + 0x1000, 2 * kTiB)});

    auto const found = late();

    std::uint64_t const half = 64 * kMiB / sizeof(std::uint64_t);
    FrameRange const more{found[0].first, found[0].end + 1};
    CHECK(mm::metadata_words(found) <= half);
    CHECK(mm::BuddyAllocator::metadata_words(more) > half);
}

TEST(LateRam, TakesHalfOfTheWindowToTheLastWord) {
    constexpr std::uint64_t kWordsOfAFrame = mm::kFrameBytes / 2 / sizeof(std::uint64_t);
    std::uint64_t end = kGiB;
    std::uint64_t words = 1;
    while (words % kWordsOfAFrame != 0) {
        end += 4 * kMiB;
        words = mm::BuddyAllocator::metadata_words(between(kGiB, end));
    }
    add({range(0, words / kWordsOfAFrame * mm::kFrameBytes), range(kGiB, kTiB)});

    check_late({between(kGiB, end)});
}

TEST(LateRam, IsNoneWhereTheWindowHasNoRam) {
    add({range(kGiB, 2 * kGiB)});

    check_late({});
}

/// A window of which little is RAM describes little.
TEST(LateRam, IsDescribedByTheRamOfTheWindowOnly) {
    add({range(0, 2 * kMiB), range(kGiB, 64 * kGiB)});

    auto const found = late();

    CHECK(mm::metadata_words(found) * sizeof(std::uint64_t) <= kMiB);
    CHECK(found[0].count() * mm::kFrameBytes > 14 * kGiB);
}
