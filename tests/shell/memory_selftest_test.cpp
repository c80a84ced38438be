// SPDX-License-Identifier: MIT
#include "tests/support/shell_test.hpp"

TEST_GROUP_BASE(Selftest, test::ShellTest) {
    std::uint64_t before = small.state();

    void map_at(std::uint64_t at, mm::Access access) {
        CHECK(bool{small.pages.map_pages(kernel::VirtAddr{at}, kernel::PhysAddr{0x0480'0000},
                                         mm::kFrameBytes, {mm::MemoryType::Normal, access})});
    }
    void leaves_everything_as_it_was() { CHECK(before == small.state()); }
};

TEST(Selftest, TriesEveryAllocatorAndLeavesThemAsTheyWere) {
    map_at(0xffff'ffff'9008'0000, mm::Access::Read);
    before = small.state();
    CHECK(small.succeeds("selftest"));

    STRCMP_CONTAINS("model: ", small.printed.c_str());
    STRCMP_CONTAINS(
        "early: 11 blocks taken, given back wrongly and rightly: ok\n"
        "late: 11 blocks taken, given back wrongly and rightly: ok\n"
        "heap: 48 objects of ",
        small.printed.c_str());
    STRCMP_CONTAINS(
        "virtual space: 24 ranges and a mapped frame: ok\n"
        "rights: 1 pages refuse a write, address 0 and 8 guards all: ok\n"
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

TEST(Selftest, FindsAGuardPageThatIsThere) {
    map_at(test::SmallMachine::kWindowPages.raw(), mm::Access::Read);

    mentions("selftest", "error: rights: something is mapped at 0xffffffff80000000\n");
}

TEST(Selftest, SoaksTheRealZonesAndLeavesThemAsTheyWere) {
    mentions("selftest soak 20000 7", "soak: 18009 of 20000 operations\n");
    mentions("selftest soak 20000 7", "soak: 20000 operations with seed 7, ");
    STRCMP_CONTAINS(": ok\nmemory is as it was before\n", small.printed.c_str());
    leaves_everything_as_it_was();

    CHECK(small.succeeds("alloc -n 100 3; selftest soak 1000; free all"));
    leaves_everything_as_it_was();
}

TEST(Selftest, FindsDamageWhileItSoaks) {
    small.late_metadata[7] ^= std::uint64_t{1} << 63;

    mentions("selftest soak 20000", "error: soak: not as it must be after ");
}

TEST(Selftest, StopsASoakAtControlCAndGivesAllBack) {
    small.console.press_interrupt(1);

    mentions("selftest soak 100000000", "error: selftest: stopped by Ctrl-C\n");
    leaves_everything_as_it_was();
}

TEST(Selftest, TakesASoakByCountAndSeed) {
    prints("selftest soak", "usage: selftest [soak <operations> [<seed>]]\n");
    prints("selftest sock 5", "usage: selftest [soak <operations> [<seed>]]\n");
    prints("selftest soak many", "error: many: not a number\n");
    prints("selftest soak 5 x", "error: x: not a number\n");
}
