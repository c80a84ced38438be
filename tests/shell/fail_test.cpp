// SPDX-License-Identifier: MIT
#include "tests/support/shell_test.hpp"

TEST_GROUP_BASE(FailCommand, test::ShellTest){};

TEST(FailCommand, ShowsWhichAllocationsFail) {
    prints("fail", "off: 0 of 0 allocations made to fail\n");
    prints("fail every 3", "every 3: 0 of 0 allocations made to fail\n");
    small.type("alloc 0; alloc 0; alloc 0; alloc 0");
    prints("fail", "every 3: 1 of 4 allocations made to fail\n");
    prints("fail off", "off: 1 of 4 allocations made to fail\n");
    small.type("alloc 0; alloc 0");
    prints("fail", "off: 1 of 4 allocations made to fail\n");
    prints("fail at 2", "at 2: 0 of 0 allocations made to fail\n");
    prints("fail after 7", "after 7: 0 of 0 allocations made to fail\n");
    prints("fail rate 50", "rate 50: 0 of 0 allocations made to fail\n");
}

TEST(FailCommand, SaysOfARefusalThatItWasOnPurpose) {
    small.type("alloc -z late 2; fail after 0");
    refuses(
        "alloc 3",
        "error: 3: no free block is large enough; made to fail on purpose (fail off ends it)\n");
    refuses(
        "alloc -@ 0x02300000 0",
        "error: 0: no free block is large enough; made to fail on purpose (fail off ends it)\n");
    refuses("alloc -n 4 0", "error: 0: got 0 of 4; made to fail on purpose (fail off ends it)\n");
    refuses("mapva #1",
            "error: #1: no address range is large enough; made to fail on purpose (fail off ends "
            "it)\n");
    small.type("fail at 2");
    refuses("mapva #1",
            "error: #1: no early frame is left for a page table; made to fail on purpose (fail off "
            "ends it)\n");
    small.type("fail after 0");
    std::uint64_t const before = small.state();
    mentions("selftest", "error: heap: no free block is large enough; made to fail on purpose");
    small.type("fail at 1");
    mentions("selftest", "error: selftest: no free block is large enough; made to fail on purpose");
    UNSIGNED_LONGS_EQUAL(before, small.state());
}

TEST(FailCommand, BlamesThePlanForNothingElse) {
    small.type("fail every 1; alloc 0");
    refuses("free #9", "error: #9: no block ever had this handle\n");
    refuses("alloc 11", "error: 11: orders go from 0 (4 KiB) to 10 (4 MiB)\n");
}

TEST(FailCommand, LeavesBlocksThatAreHeldAlone) {
    small.type("alloc -z late 2; mapva #1; fail every 1");
    CHECK(small.succeeds("unmapva #1"));
    CHECK(small.succeeds("free #1; verify"));
}

TEST(FailCommand, RefusesWhatIsNoRule) {
    char const* const usage =
        "usage: fail [off | at <n> | every <n> | after <n> | rate <percent>]\n";
    refuses("fail sometimes", usage);
    refuses("fail every", usage);
    refuses("fail off 3", usage);
    refuses("fail every x", "error: x: not a number\n");
    refuses("fail every 0", "error: 0: counted from 1\n");
    refuses("fail at 0", "error: 0: counted from 1\n");
    refuses("fail rate 0", "error: 0: a rate is from 1 to 100 in 100\n");
    refuses("fail rate 101", "error: 101: a rate is from 1 to 100 in 100\n");
    prints("fail", "off: 0 of 0 allocations made to fail\n");
}
