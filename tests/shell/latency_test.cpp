// SPDX-License-Identifier: MIT
#include "shell/bench/samples.hpp"

#include "tests/support/shell_test.hpp"

#include <array>
#include <string>

TEST_GROUP(Samples) {
    std::array<std::uint32_t, 1000> room{};
    shell::Samples samples{room};
};

TEST(Samples, KnowsTheLeastTheMostAndWhatLiesBetween) {
    for (std::uint64_t cost = 1000; cost > 0; --cost) {
        samples.add(cost);
    }
    samples.sort();

    UNSIGNED_LONGS_EQUAL(1000, samples.count());
    UNSIGNED_LONGS_EQUAL(1, samples.quantile(0));
    UNSIGNED_LONGS_EQUAL(500, samples.quantile(500));
    UNSIGNED_LONGS_EQUAL(990, samples.quantile(990));
    UNSIGNED_LONGS_EQUAL(1000, samples.quantile(1000));
}

TEST(Samples, CountsWhatLiesInAStep) {
    for (std::uint64_t const cost : {7U, 5U, 7U, 8U}) {
        samples.add(cost);
    }
    samples.sort();

    UNSIGNED_LONGS_EQUAL(2, samples.between(7, 8));
    UNSIGNED_LONGS_EQUAL(1, samples.between(0, 6));
    UNSIGNED_LONGS_EQUAL(0, samples.between(9, 100));
    UNSIGNED_LONGS_EQUAL(4, samples.between(0, 9));
}

TEST(Samples, HasStepsThatMeetAndGrow) {
    UNSIGNED_LONGS_EQUAL(0, shell::Samples::step_begin(0));
    for (unsigned step = 0; step + 1 < shell::Samples::kSteps; ++step) {
        std::uint64_t const begin = shell::Samples::step_begin(step);
        std::uint64_t const end = shell::Samples::step_begin(step + 1);
        CHECK(begin < end);
        CHECK(end - begin <= 1 + begin / 4);
    }
}

TEST_GROUP_BASE(Latency, test::ShellTest){};

TEST(Latency, ShowsHowTheCostsOfAnOrderAreSpread) {
    small.core.costs = {40, 40, 40, 90};
    std::uint64_t const before = small.state();

    prints("latency 2",
           "          order  calls     min  median     99%     max\n"
           "allocate      2   1024      40      40      90      90\n"
           "free          2   1024      40      40      90      90\n"
           "allocate\n"
           "      40..    47    768  ##################################################\n"
           "      80..    95    256  #################\n"
           "free\n"
           "      40..    47    768  ##################################################\n"
           "      80..    95    256  #################\n");

    CHECK_EQUAL(before, small.state());
}

TEST(Latency, MeasuresEveryOrder) {
    small.core.costs = {7};

    mentions("latency -n 2", "\nallocate      0     32       7       7       7       7\n");
    small.core.looks = 0;
    mentions("latency -n 2", "\nfree         10     32       7       7       7       7\n");
    small.core.looks = 0;
    mentions("latency --json -n 1 10",
             R"({"latency":[{"operation":"allocate","order":10,"calls":16,"min":7,"median":7,)"
             R"("p99":7,"max":7},{"operation":"free","order":10,)");
}

TEST(Latency, GivesBackWhatItTookWhereTheZonesRunOut) {
    CHECK(small.succeeds("alloc -n 40 10"));

    refuses("latency -n 1 10",
            "          order  calls     min  median     99%     max\n"
            "error: latency: order 10: no free block is large enough\n");
}

TEST(Latency, EndsAtCtrlC) {
    small.console.press_interrupt();

    mentions("latency", "error: latency: stopped by Ctrl-C\n");
}

TEST(Latency, RefusesWhatIsNoOrderAndNoNumberOfRounds) {
    refuses("latency 11", "error: 11: orders go from 0 to 10\n");
    refuses("latency -n 0", "error: 0: rounds go from 1 to 64\n");
    refuses("latency -n 65 0", "error: 65: rounds go from 1 to 64\n");
    refuses("latency x", "error: x: not a number\n");
    mentions("latency 1 2", "usage: latency");
    mentions("latency -n", "usage: latency");
}
