// SPDX-License-Identifier: MIT
#include "kernel/mm/run_table.hpp"

#include "tests/support/guarded_words.hpp"

#include <array>

#include <CppUTest/TestHarness.h>

using mm::kRunFrames;
using mm::Run;
using mm::RunTable;

TEST_GROUP(RunTable) {
    static constexpr std::uint64_t kRuns = 16;
    std::array<std::uint64_t, RunTable::kWordsPerRun * kRuns> words{};
    RunTable table{words, kRuns};
};

TEST(RunTable, HasNoRunsUntilItIsGivenWords) { UNSIGNED_LONGS_EQUAL(0, RunTable{}.runs()); }

TEST(RunTable, FillsAsManyRunsAsItIsTold) {
    for (std::uint64_t count = 0; count <= 9; ++count) {
        table.fill(0, kRuns, Run::all_reserved());

        table.fill(3, count, Run::all_free());

        for (std::uint64_t run = 0; run < kRuns; ++run) {
            bool const is_filled = run >= 3 && run < 3 + count;
            CHECK(table.get(run) == (is_filled ? Run::all_free() : Run::all_reserved()));
        }
    }
}

TEST(RunTable, ComparesAsManyRunsAsItIsTold) {
    for (std::uint64_t count = 0; count <= 9; ++count) {
        table.fill(0, kRuns, Run::all_reserved());
        table.fill(3, count, Run::all_free());

        CHECK(table.all_are(3, count, Run::all_free()));
        CHECK_FALSE(table.all_are(3, count + 1, Run::all_free()));
        CHECK_FALSE(table.all_are(2, count + 1, Run::all_free()));
    }
}

TEST(RunTable, FindsTheFirstFrameThatIsInAnotherState) {
    for (std::uint64_t other = 0; other < 200; ++other) {
        table.fill(0, kRuns, Run::all_reserved());
        std::uint64_t const bit = std::uint64_t{1} << other % kRunFrames;
        table.put(other / kRunFrames, {~std::uint64_t{0}, ~bit});

        for (std::uint64_t const begin : {0U, 1U, 10U, 63U, 64U, 65U}) {
            for (std::uint64_t const end : {66U, 75U, 127U, 128U, 129U, 192U, 200U}) {
                auto const expected =
                    begin <= other && other < end ? std::optional{other} : std::nullopt;
                CHECK(table.first_not_in(begin, end, Run::all_reserved()) == expected);
            }
        }
    }
}

TEST(RunTable, LooksAtNothingBehindTheRangeItIsAskedAbout) {
    test::GuardedWords const guarded{RunTable::kWordsPerRun * kRuns};
    RunTable const last{guarded.words(), kRuns};

    CHECK_FALSE(last.first_not_in(0, 2 * kRunFrames, Run::all_reserved()).has_value());
    CHECK_FALSE(
        last.first_not_in(15 * kRunFrames, 16 * kRunFrames, Run::all_reserved()).has_value());
    CHECK_FALSE(last.first_not_in(70, 16 * kRunFrames, Run::all_reserved()).has_value());
}
