// SPDX-License-Identifier: MIT
#include "tests/support/shell_test.hpp"

#include <string>

TEST_GROUP_BASE(Bench, test::ShellTest){
    void setup() override{// Both kinds of calls are tried without a function first.
                          small.core.tries = 32;
small.core.costs = {40};
}
}
;

TEST(Bench, MeasuresEachRowAndLeavesEverythingAsItWas) {
    std::uint64_t const before = small.state();

    std::string const printed = small.type("bench");

    CHECK_EQUAL(before, small.state());
    for (char const* const row : {"list", "list, lock", "per-core array", "ancestor", "buddies",
                                  "buddies, lock", "caches"}) {
        std::string const lines = "\n" + std::string{row} +
                                  "\n  fresh               42      42      42      42"
                                  "      41      41      41      41\n";
        STRCMP_CONTAINS(lines.c_str(), printed.c_str());
    }
    STRCMP_CONTAINS("\n  free in order        -       -       -       -      41      41",
                    printed.c_str());
}

TEST(Bench, TakesAsMuchAsThereIsInARow) {
    mentions("bench", "with 16 MiB ");
    CHECK(small.succeeds("alloc -@ 0x01000000 16M; alloc -@ 0x02800000 24M"));
    small.core.looks = 0;
    mentions("bench", "with 8 MiB ");

    CHECK(small.succeeds("alloc -@ 0x00c00000 0"));
    refuses("bench",
            "error: bench: no free block is large enough; 8228 KiB of early frames in a row would "
            "do\n");
}

TEST(Bench, SaysTheSameInOneLineOfJson) {
    std::string const printed = small.type("bench --json");

    UNSIGNED_LONGS_EQUAL(printed.size() - 1, printed.find('\n'));
    STRCMP_CONTAINS(
        R"({"frames":4096,"bench":[{"row":"list","measures":[{"measure":"fresh",)"
        R"("allocate":{"calls":500,"min":42,"median":42,"p99":42,"max":42,"sum":21000},)"
        R"("free":{"calls":500,)",
        printed.c_str());
    STRCMP_CONTAINS(R"({"measure":"fill again","allocate":{"calls":4096,)", printed.c_str());
    STRCMP_CONTAINS(R"(,"free":null}],"set_up":41,"bytes":8},{"row":"list, lock",)",
                    printed.c_str());
    CHECK(printed.ends_with("}]}\n"));
}

TEST(Bench, EndsAtCtrlCWithTheRowThatItIsAt) {
    std::uint64_t const before = small.state();
    small.console.press_interrupt(2);

    std::string const printed = small.type("bench --json");

    CHECK_EQUAL(before, small.state());
    STRCMP_CONTAINS("\"bytes\":8}]}\nerror: bench: stopped by Ctrl-C\n", printed.c_str());
}
