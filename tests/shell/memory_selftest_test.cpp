// SPDX-License-Identifier: MIT
#include "tests/support/shell_test.hpp"

TEST_GROUP_BASE(Selftest, test::ShellTest) {
    std::uint64_t before = small.state();

    void leaves_everything_as_it_was() { CHECK(before == small.state()); }
};

TEST(Selftest, TriesEveryAllocatorAndLeavesThemAsTheyWere) {
    CHECK(small.succeeds("selftest"));

    STRCMP_CONTAINS("model: ", small.printed.c_str());
    STRCMP_CONTAINS(
        "early: 11 blocks taken, given back wrongly and rightly: ok\n"
        "late: 11 blocks taken, given back wrongly and rightly: ok\n"
        "heap: 48 objects of ",
        small.printed.c_str());
    STRCMP_CONTAINS(
        "virtual space: 24 ranges and a mapped frame: ok\n"
        "memory is as it was before\n",
        small.printed.c_str());
    leaves_everything_as_it_was();
}

TEST(Selftest, GivesBackAllItTookWhenTheHeapRunsOut) {
    CHECK(small.succeeds("alloc -z early 59M") || small.fails("alloc -z early -n 99 10"));
    for (int order = 9; order >= 2; --order) {
        small.type("alloc -z early -n 999 " + std::to_string(order));
    }
    before = small.state();

    CHECK(small.fails("selftest"));

    STRCMP_CONTAINS("error: heap: no free block is large enough\n", small.printed.c_str());
    leaves_everything_as_it_was();
}

TEST(Selftest, FindsAnAllocatorThatIsDamaged) {
    small.late_metadata[7] ^= std::uint64_t{1} << 63;

    mentions("selftest", "error: late: ");
}

TEST(Selftest, StopsAtControlC) {
    small.console.press_interrupt(2);

    prints("selftest", "error: selftest: stopped by Ctrl-C\n");
    leaves_everything_as_it_was();
}
