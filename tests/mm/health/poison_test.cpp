// SPDX-License-Identifier: MIT
#include "kernel/mm/health/poison.hpp"

#include "kernel/mm/health/damage.hpp"

#include "tests/support/fake_frames.hpp"

#include <array>
#include <string>
#include <vector>

#include <CppUTest/TestHarness.h>

using kernel::Error;
using mm::FrameNumber;
using mm::FrameRange;
using mm::Order;

namespace {

// Early: 4 frames. Late: 16.
constexpr FrameRange kEarly{FrameNumber{0}, FrameNumber{4}};
constexpr FrameRange kLate{FrameNumber{16}, FrameNumber{32}};
constexpr std::array kEarlyRam{kEarly};
constexpr std::array kLateRam{kLate};

std::vector<std::uint64_t> metadata_for(FrameRange span) {
    return std::vector<std::uint64_t>(mm::BuddyAllocator::metadata_words(span));
}

}  // namespace

TEST_GROUP(Poison) {
    std::vector<std::uint64_t> early_words = metadata_for(kEarly);
    std::vector<std::uint64_t> late_words = metadata_for(kLate);
    mm::Zone early{"early", kEarly, kEarlyRam, early_words};
    mm::Zone late{"late", kLate, kLateRam, late_words};
    test::FakeFrames contents{
        {kEarly.first, kLate.end},
        3
    };
    std::array<std::uint64_t, 8> retired_room{};
    mm::RetiredFrames retired{retired_room};
    std::array<char, 4096> said_room{};
    kernel::TextBuffer said{said_room};
    mm::FrameAllocator frame_allocator{early, late};
    mm::Poison poison{frame_allocator, contents, retired, said};
    std::vector<std::uint64_t> table = std::vector<std::uint64_t>(poison.table_words(), ~0ULL);

    void setup() override {
        CHECK(bool{early.buddies().release(kEarly)});
        CHECK(bool{late.buddies().release(kLate)});
        poison.turn_on(table);
    }

    /// Everything is taken and given back, so that all of it is filled.
    void fill(mm::Zone & zone, mm::FrameOwner const& owner = {}) {
        auto const all = zone.allocate_frames(zone.buddies().free_frames_count());
        CHECK(bool{all});
        CHECK(bool{zone.free_frames(*all, owner)});
    }
    void flip(std::uint64_t frame, std::uint64_t byte, unsigned bit) {
        std::uint64_t const place = contents.place_of(FrameNumber{frame}) + byte / 8;
        contents.words[place] ^= std::uint64_t{1} << (byte % 8 * 8 + bit);
    }
    /// What it says of the late frame `kLate.first`, whose last owner this was.
    std::string line_for(mm::FrameOwner const& owner) {
        fill(late, owner);
        flip(16, 0, 0);
        said.clear();
        CHECK(late.allocate(Order{})->first != kLate.first);
        return std::string{said.text()};
    }
    void check_sums(mm::Zone const& zone) {
        auto const found = zone.statistics();
        CHECK_EQUAL(found.frames, found.reserved + found.free + found.used + found.cached);
        CHECK(bool{zone.buddies().verify()});
    }
};

TEST(Poison, FillsWhatIsFreedAndChecksWhatIsTaken) {
    auto const block = late.allocate(Order::of(2));
    UNSIGNED_LONGS_EQUAL(0, poison.counts().checked);

    CHECK(bool{late.free({block->first, Order::of(2)})});

    std::uint64_t const begin = contents.place_of(block->first);
    CHECK(std::all_of(&contents.words[begin], &contents.words[begin] + 4 * mm::kFrameWords,
                      [](std::uint64_t word) { return word == mm::kPoison; }));
    CHECK_EQUAL(0U, contents.words[begin + 4 * mm::kFrameWords]);
    CHECK(*late.allocate(Order::of(2)) == *block);
    UNSIGNED_LONGS_EQUAL(4, poison.counts().filled);
    UNSIGNED_LONGS_EQUAL(4, poison.counts().checked);
    UNSIGNED_LONGS_EQUAL(0, poison.counts().damaged);
    CHECK(said.text().empty());
}

TEST(Poison, LooksAtAFrameOnceForEachTimeItIsFreed) {
    fill(late);
    auto const block = late.allocate(Order{});
    contents.words[contents.place_of(block->first)] = 42;
    (void)poison.turn_off();
    CHECK(bool{late.free({block->first, Order{}})});
    poison.turn_on(table);

    CHECK(*late.allocate(Order{}) == *block);

    UNSIGNED_LONGS_EQUAL(0, poison.counts().checked);
}

TEST(Poison, RetiresADamagedFrameAndGivesAnother) {
    fill(late, {"rx", 7});
    flip(16, 0x123, 3);

    auto const block = late.allocate(Order{});

    CHECK(block->first == FrameNumber{17});
    STRCMP_EQUAL(
        "poison: frame 0x00010000 is retired: bit 3 of 0x00010123 flipped, "
        "last owner #7 [rx]\n",
        std::string{said.text()}.c_str());
    CHECK(late.buddies().inspect(FrameNumber{16}).kind == mm::FrameKind::Reserved);
    CHECK(retired.find(FrameNumber{16}) == mm::Retirement::Poison);
    UNSIGNED_LONGS_EQUAL(1, poison.counts().damaged);
    UNSIGNED_LONGS_EQUAL(1, late.statistics().reserved);
    UNSIGNED_LONGS_EQUAL(14, late.statistics().free);
    check_sums(late);
}

TEST(Poison, KeepsTheOtherFramesOfABlockAndStillChecksThem) {
    fill(late);
    flip(18, 8, 0);
    flip(21, 16, 1);

    auto const block = late.allocate(Order::of(3));

    CHECK(block->first == FrameNumber{24});
    CHECK(!retired.find(FrameNumber{21}));
    CHECK_EQUAL(7, late.buddies().free_frames_count());
    CHECK(bool{late.allocate_frames(2)});
    CHECK(late.allocate(Order::of(2)).error() == Error::OutOfMemory);
    CHECK(retired.find(FrameNumber{21}).has_value());
    UNSIGNED_LONGS_EQUAL(2, poison.counts().damaged);
    check_sums(late);
}

TEST(Poison, LetsNobodyNameADamagedFrame) {
    fill(late);
    flip(17, 0, 7);

    auto const range = late.allocate_range({FrameNumber{16}, FrameNumber{20}});

    CHECK(range.error() == Error::Reserved);
    CHECK(bool{late.allocate_range({FrameNumber{16}, FrameNumber{17}})});
    check_sums(late);
}

TEST(Poison, LeavesTheKernelWithoutRatherThanWithADamagedFrame) {
    mm::EarlyZoneFrames frames{early, nullptr, "heap"};
    fill(early);
    for (std::uint64_t frame = 0; frame < 4; ++frame) {
        flip(frame, 5, 5);
    }

    CHECK(frames.allocate().error() == Error::OutOfMemory);

    UNSIGNED_LONGS_EQUAL(4, poison.counts().damaged);
    UNSIGNED_LONGS_EQUAL(4, early.statistics().reserved);
    check_sums(early);
}

TEST(Poison, NamesThePartOfTheKernel) {
    mm::EarlyZoneFrames frames{early, nullptr, "page tables"};
    auto const frame = frames.allocate();
    frames.free(*frame);
    flip(0, 4095, 0);

    CHECK(frames.allocate()->number() == FrameNumber{1});

    STRCMP_EQUAL(
        "poison: frame 0x00000000 is retired: bit 0 of 0x00000fff flipped, "
        "last owner the kernel: page tables\n",
        std::string{said.text()}.c_str());
}

TEST(Poison, NamesAnOwnerAsFarAsItIsKnown) {
    STRCMP_CONTAINS("last owner the kernel\n", line_for({}).c_str());
}

TEST(Poison, NamesAnOwnerWithoutATagByItsHandle) {
    STRCMP_CONTAINS("last owner #12\n", line_for({{}, 12}).c_str());
}

TEST(Poison, CutsANameToFifteenLetters) {
    STRCMP_CONTAINS("last owner #1 [abcdefghijklmno]\n",
                    line_for({"abcdefghijklmnopq", 1}).c_str());
}

TEST(Poison, CountsHandlesAsFarAsItHasRoom) {
    STRCMP_CONTAINS("last owner #16777213\n", line_for({{}, 16'777'213}).c_str());
}

TEST(Poison, SaysWhenAHandleIsBeyondItsRoom) {
    STRCMP_CONTAINS("last owner #16777214 or later\n", line_for({{}, 99'999'999}).c_str());
}

TEST(Poison, ForgetsNamesBeyondItsRoomAndNothingElse) {
    auto const block = late.allocate(Order{});
    for (unsigned i = 0; i < 300; ++i) {
        CHECK(bool{late.free({block->first, Order{}}, {"tag" + std::to_string(i), i + 1})});
        CHECK(*late.allocate(Order{}) == *block);
    }
    CHECK(bool{late.free({block->first, Order{}})});

    CHECK(bool{early.allocate(Order::of(2))});  // Never filled, so there is nothing to check.
    UNSIGNED_LONGS_EQUAL(0, poison.counts().damaged);
    STRCMP_CONTAINS("last owner #9\n", line_for({"tag299", 9}).c_str());
}

TEST(Poison, KnowsANameAgainWhenItsRoomIsFull) {
    auto const block = late.allocate(Order{});
    for (unsigned i = 0; i < 300; ++i) {
        CHECK(bool{late.free({block->first, Order{}}, {"tag" + std::to_string(i), i + 1})});
        CHECK(*late.allocate(Order{}) == *block);
    }
    CHECK(bool{late.free({block->first, Order{}})});

    STRCMP_CONTAINS("last owner #9 [tag254]\n", line_for({"tag254", 9}).c_str());
}

TEST(Poison, RetiresFramesBeyondTheListToo) {
    fill(late);
    for (std::uint64_t frame = 16; frame < 26; ++frame) {
        flip(frame, 0, 0);
    }

    CHECK(late.allocate(Order{})->first == FrameNumber{26});

    UNSIGNED_LONGS_EQUAL(10, late.statistics().reserved);
    UNSIGNED_LONGS_EQUAL(retired_room.size(), retired.count());
    check_sums(late);
}

TEST(Poison, TouchesNothingWhileItIsOff) {
    CHECK(poison.turn_off().data() == table.data());
    CHECK_FALSE(poison.is_on());
    std::uint64_t const before = contents.shown_frames;

    fill(late);
    fill(early);

    CHECK_EQUAL(before, contents.shown_frames);
}

TEST(Poison, BeginsAnewWhenItIsTurnedOnAgain) {
    fill(late);
    flip(16, 0, 0);
    (void)poison.turn_off();
    poison.turn_on(table);

    CHECK(late.allocate(Order{})->first == FrameNumber{16});

    UNSIGNED_LONGS_EQUAL(0, poison.counts().filled);
    UNSIGNED_LONGS_EQUAL(0, poison.counts().checked);
}

TEST(Poison, ForgetsFramesThatItFoundSound) {
    FrameRange const some{FrameNumber{16}, FrameNumber{18}};
    poison.freed(some, {});
    CHECK_FALSE(poison.find_damaged(some).has_value());

    flip(16, 0, 0);  // By whoever has them now.
    flip(17, 0, 0);

    CHECK_FALSE(poison.find_damaged(some).has_value());
    UNSIGNED_LONGS_EQUAL(2, poison.counts().checked);
}

TEST(Poison, HasARecordForTheLastFrameOfAnOddNumber) {
    constexpr FrameRange kOdd{FrameNumber{16}, FrameNumber{31}};
    constexpr std::array kOddRam{kOdd};
    std::vector<std::uint64_t> words = metadata_for(kOdd);
    mm::Zone odd{"late", kOdd, kOddRam, words};
    mm::FrameAllocator odd_frames{early, odd};
    mm::Poison const other{odd_frames, contents, retired, said};

    UNSIGNED_LONGS_EQUAL(poison.table_words(), other.table_words());  // 20 frames; 19.
}
