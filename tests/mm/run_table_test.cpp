// SPDX-License-Identifier: MIT
#include "kernel/mm/run_table.hpp"

#include "tests/support/guarded_words.hpp"

#include <vector>

#include <CppUTest/TestHarness.h>

using mm::kRunFrames;
using mm::Order;
using mm::RunTable;
using mm::States;

TEST_GROUP(RunTable) {
    static constexpr std::uint64_t kRuns = 144;  // Two whole groups, and a part of one.
    std::vector<std::uint64_t> words = std::vector<std::uint64_t>(RunTable::words(kRuns), 0xa5a5);
    RunTable table{words, kRuns};

    void make_free(std::uint64_t group, std::uint64_t runs) {
        table.put_group(group, table.group(group).with_free(runs));
    }
};

TEST(RunTable, HasNoRunsUntilItIsGivenWords) {
    UNSIGNED_LONGS_EQUAL(0, RunTable{}.runs());
    UNSIGNED_LONGS_EQUAL(0, RunTable::words(0));
}

TEST(RunTable, NeedsThreeWordsForEachGroup) {
    UNSIGNED_LONGS_EQUAL(2 * 64 + 3, RunTable::words(64));
    UNSIGNED_LONGS_EQUAL(2 * 80 + 6, RunTable::words(80));
}

TEST(RunTable, AtFirstEveryFrameIsReserved) {
    UNSIGNED_LONGS_EQUAL(3, table.groups());
    CHECK_FALSE(table.first_not_reserved(0, kRuns * kRunFrames).has_value());
    for (std::uint64_t run = 0; run < kRuns; ++run) {
        CHECK(table.is_split(run));
        CHECK_FALSE(table.is_lent(run));
        CHECK(table.get(run) == States{});
    }
}

TEST(RunTable, TellsTheStatesOfFramesHoweverTheyAreNoted) {
    make_free(0, 0b1111);
    table.put_group(0, table.group(0).with_blocks(0b0110, 0b0010));
    table.note_frames(4, States{}.with_free(7));

    CHECK(table.get(0) == States::all_free());
    CHECK(table.get(1) == States::all_of_a_block());
    CHECK(table.get(2) == States::all_inside());
    CHECK(table.get(3) == States::all_free());
    CHECK(table.get(4) == States{}.with_free(7));
    CHECK(table.get(5) == States{});
}

TEST(RunTable, FlipsWhetherARunIsLent) {
    table.flip_lent(65);
    CHECK(table.is_lent(65));
    CHECK_FALSE(table.is_lent(1));
    UNSIGNED_LONGS_EQUAL(2, table.lent(1));
    table.flip_lent(65);
    UNSIGNED_LONGS_EQUAL(0, table.lent(1));
}

TEST(RunTable, FindsTheFirstFrameThatIsNotFree) {
    make_free(0, ~std::uint64_t{0});
    make_free(1, 1);
    table.note_frames(65, States{}.with_free(7));

    CHECK(table.first_not_free(0, kRuns * kRunFrames) == 65 * kRunFrames + 3);
    CHECK(table.first_not_free(5, 65 * kRunFrames + 4) == 65 * kRunFrames + 3);
    CHECK_FALSE(table.first_not_free(5, 65 * kRunFrames + 3).has_value());
    CHECK(table.first_not_free(66 * kRunFrames + 9, 67 * kRunFrames) == 66 * kRunFrames + 9);
    CHECK_FALSE(table.first_not_free(9, 9).has_value());
}

TEST(RunTable, PassesGroupsThatAreFreeToTheirEndWhereverItBegins) {
    make_free(0, ~std::uint64_t{0});
    make_free(1, ~std::uint64_t{0});

    CHECK(table.first_not_free(70 * kRunFrames, kRuns * kRunFrames) == 128 * kRunFrames);
    table.put_group(1, States{}.with_free(~std::uint64_t{1}));
    CHECK(table.first_not_free(kRunFrames, kRuns * kRunFrames) == 64 * kRunFrames);
}

TEST(RunTable, FindsTheFirstFrameThatIsNotReserved) {
    make_free(1, 1);
    table.note_frames(3, States{}.with_free(0x100));

    CHECK(table.first_not_reserved(0, kRuns * kRunFrames) == 3 * kRunFrames + 8);
    CHECK_FALSE(table.first_not_reserved(0, 3 * kRunFrames + 8).has_value());
    for (std::size_t word = 0; word < std::size_t{2} * 64; ++word) {
        table.note_frames(3, States{});
        words[word] = 1;
        CHECK(table.first_not_reserved(0, kRuns * kRunFrames) == word / 2 * kRunFrames);
        words[word] = 0;
    }
    table.note_frames(3, States{}.with_free(0x100));
    CHECK(table.first_not_reserved(3 * kRunFrames + 9, kRuns * kRunFrames) == 64 * kRunFrames);
}

TEST(RunTable, KnowsTheOrderOfABlockOfRuns) {
    make_free(0, ~std::uint64_t{0});
    table.put_group(0, table.group(0)
                           .with_blocks(0xffff, 1)
                           .with_blocks(0x3'0000, 0x1'0000)
                           .with_blocks(0x1c'0000, 0x4'0000)
                           .with_blocks(0xffff'ffff'0000'0000, 0x1'0000'0000));

    CHECK(table.block_order(0) == Order::of(10));
    CHECK(table.block_order(16 * kRunFrames) == Order::of(7));
    CHECK_FALSE(table.block_order(18 * kRunFrames).has_value());  // Three runs.
    CHECK_FALSE(table.block_order(32 * kRunFrames).has_value());  // Too many.
    CHECK(table.block_start(15 * kRunFrames + 63) == 0);
    CHECK(table.block_start(17 * kRunFrames) == 16 * kRunFrames);
}

TEST(RunTable, KnowsTheOrderOfABlockOfFrames) {
    table.note_frames(70, States{}
                              .with_free(~std::uint64_t{0})
                              .with_blocks(0xffff'ffff, 1)
                              .with_blocks(0x7'0000'0000, 0x1'0000'0000));

    CHECK(table.block_order(70 * kRunFrames) == Order::of(5));
    CHECK_FALSE(table.block_order(70 * kRunFrames + 32).has_value());
    CHECK(table.block_start(70 * kRunFrames + 31) == 70 * kRunFrames);
    CHECK(table.block_start(70 * kRunFrames + 34) == 70 * kRunFrames + 32);
    table.note_frames(71, States::all_of_a_block());
    CHECK_FALSE(table.block_order(71 * kRunFrames).has_value());  // A whole run is not split.
}

TEST(RunTable, SaysThatABlockHasNoStartIfThatIsLost) {
    table.note_frames(70, States{2, 0});  // Inside, and nothing before it but what is reserved.
    CHECK_FALSE(table.block_start(70 * kRunFrames + 1).has_value());
    table.note_frames(70, States{3, 0});
    CHECK_FALSE(table.block_start(70 * kRunFrames + 1).has_value());
}

TEST(RunTable, LooksAtNothingBehindTheRangeItIsAskedAbout) {
    test::GuardedWords const guarded{RunTable::words(16)};
    RunTable const last{guarded.words(), 16};

    CHECK_FALSE(last.first_not_reserved(0, 16 * kRunFrames).has_value());
    CHECK(last.first_not_free(15 * kRunFrames, 16 * kRunFrames) == 15 * kRunFrames);
    CHECK_FALSE(last.first_not_free(16 * kRunFrames, 16 * kRunFrames).has_value());
}
