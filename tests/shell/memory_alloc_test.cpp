// SPDX-License-Identifier: MIT
#include "tests/support/shell_test.hpp"

#include <string>

namespace {

std::size_t lines_in(std::string const& printed) {
    std::size_t lines = 0;
    for (char const letter : printed) {
        lines += letter == '\n' ? 1 : 0;
    }
    return lines;
}

}  // namespace

TEST_GROUP_BASE(Alloc, test::ShellTest){};

TEST(Alloc, PrintsABlockWithItsOrderAndAnExactCountWithItsFrames) {
    prints("alloc -@ 0x500000 3", "#1 0x00500000..0x00507fff order 3 32 KiB early\n");
    prints("alloc -@ 0x00404000 24K", "#2 0x00404000..0x00409fff 6 frames 24 KiB early\n");
    prints("alloc -t rx -@ 0x40a000 1K", "#3 0x0040a000..0x0040afff 1 frame 4 KiB early [rx]\n");
}

TEST(Alloc, TakesLateFramesFirstAndEarlyOnesWhenThereAreNone) {
    mentions("alloc 0", " late\n");

    CHECK(small.fails("alloc -z late -n 40 10"));

    mentions("alloc 10", " early\n");
}

TEST(Alloc, TakesOnlyFromTheZoneThatIsNamed) {
    mentions("alloc -z early 2", " early\n");
    mentions("alloc -z late 2", " late\n");
    refuses("alloc -z middle 2", "error: middle: no such zone; there are early and late\n");
}

TEST(Alloc, GivesAnExactCountAboveTheLargestBlock) {
    prints("alloc -@ 0x06200000 8M", "#1 0x06200000..0x069fffff 2048 frames 8 MiB late\n");
}

TEST(Alloc, AlignsAsAsked) {
    CHECK(small.succeeds("alloc 0"));

    prints("alloc -a 4M 8K", "#2 0x04000000..0x04001fff 2 frames 8 KiB late\n");
    prints("alloc -a 16777216 0", "#3 0x05000000..0x05000fff order 0 4 KiB late\n");
    CHECK(small.succeeds("alloc -a 1 0"));
    refuses("alloc -a 3K 0", "error: 3K: not a power of two\n");
    refuses("alloc -a 0 0", "error: 0: not a power of two\n");
    refuses("alloc -a 8G 3",
            "error: 8G: no 32 KiB are free at a multiple of that; a smaller one may do\n");
    refuses("alloc -a 0x20_0000_0000_0000 4K",
            "error: 0x20_0000_0000_0000: no 4 KiB are free at a multiple of that; a smaller one "
            "may do\n");
}

TEST(Alloc, SaysWhichOrdersThereAre) {
    refuses("alloc 11", "error: 11: orders go from 0 (4 KiB) to 10 (4 MiB)\n");
    refuses("alloc 18446744073709551615",
            "error: 18446744073709551615: orders go from 0 (4 KiB) to 10 (4 MiB)\n");
}

TEST(Alloc, RefusesWhatIsNoRequest) {
    refuses("alloc ten", "error: ten: not a number\n");
    refuses("alloc 0K", "error: 0K: nothing is asked for\n");
    refuses("alloc -n 0 3", "error: 0: nothing is asked for\n");
    refuses("alloc 1T", "error: 1T: not a number\n");
    refuses("alloc -t two-words-and-16 0",
            "error: two-words-and-16: a tag is 1 to 15 letters, digits, '-', '_' or "
            "'.'\n");
    for (char const* line : {"alloc", "alloc -n", "alloc -q 1 3", "alloc 3 -n 2", "alloc 3 4"}) {
        mentions(line, "usage: alloc ");
    }
}

TEST(Alloc, TakesEachOptionOnce) {
    refuses("alloc -z early -z late 3", "error: -z: given twice\n");
    refuses("alloc -t a -n 2 -t b 3", "error: -t: given twice\n");
    refuses("alloc -a 4K -a 4K 3", "error: -a: given twice\n");
    CHECK(small.succeeds("alloc -t -t 0; alloc -n 1 -t -n 0"));
}

TEST(Alloc, SaysThatNoZoneIsLargeEnough) {
    refuses("alloc 1G", "error: 1G: larger than any zone; 128960 KiB is free in zone late\n");
    refuses("alloc -z early 1G",
            "error: 1G: larger than zone early; 62448 KiB is free in zone early\n");
    refuses("alloc -n 3 1G", "error: 1G: larger than any zone: got 0 of 3\n");
}

TEST(Alloc, SaysHowMuchIsLeftWhenNothingIsLargeEnough) {
    refuses("alloc 126M",
            "error: 126M: no free block is large enough; 191408 KiB is free, in blocks of "
            "at most 4 MiB\n");

    CHECK(small.fails("alloc -n 100 10"));
    refuses("alloc 10",
            "error: 10: no free block is large enough; the largest is order 9 (2 MiB)\n");
    refuses("alloc 4M",
            "error: 4M: no free block is large enough; the largest is order 9 (2 MiB)\n");
    for (char const* line : {"alloc -n 999 9", "alloc -n 999 8", "alloc -n 999 7", "alloc -n 999 6",
                             "alloc -n 999 5", "alloc -n 999 4", "alloc -n 999 3", "alloc -n 999 2",
                             "alloc -n 999 1", "alloc -n 999 0"}) {
        CHECK(small.fails(line));
    }
    refuses("alloc 0", "error: 0: no free block is large enough; nothing is free\n");
}

TEST(Alloc, KeepsWhatItGotWhenMemoryRunsOut) {
    CHECK(small.fails("alloc -z late -n 99 10"));

    std::string const& printed = small.printed;
    STRCMP_CONTAINS("\nerror: 10: got 30 of 99\n", printed.c_str());
    UNSIGNED_LONGS_EQUAL(31, lines_in(printed));
    UNSIGNED_LONGS_EQUAL(30, small.holdings.count());
}

TEST(Alloc, RefusesWhatTheShellHasNoRoomToRemember) {
    test::SmallMachine tight{8};
    CHECK(tight.succeeds("alloc -n 6 0"));
    std::uint64_t const before = tight.state();

    STRCMP_EQUAL("error: 3: the shell has room for 2 more blocks; larger ones need fewer\n",
                 tight.type("alloc -n 3 0").c_str());
    CHECK(before == tight.state());
    CHECK(tight.succeeds("alloc -n 2 0"));
    STRCMP_EQUAL("error: 24K: the shell has room for 0 more blocks; free some first\n",
                 tight.type("alloc 24K").c_str());
    CHECK(tight.succeeds("free #1"));
    STRCMP_CONTAINS("#9 ", tight.type("alloc 24K").c_str());
}

TEST(Alloc, LetsMemoryRunOutWhereThereIsRoomForAllThatIsLeft) {
    test::SmallMachine tight{64};

    CHECK(tight.fails("alloc -n 1000000 10"));

    STRCMP_CONTAINS("\nerror: 10: got 44 of 1000000\n", tight.printed.c_str());
}

TEST(Alloc, StopsAtControlCAndKeepsWhatItGot) {
    small.console.press_interrupt(3);

    CHECK(small.fails("alloc -n 10 0"));

    STRCMP_CONTAINS("error: alloc: stopped by Ctrl-C\n", small.printed.c_str());
    UNSIGNED_LONGS_EQUAL(3, small.holdings.count());
}

TEST(Alloc, SaysThatTheKernelHasTheFrameAlready) {
    std::string const root = test::printed_address(small.pages.root().address());

    refuses(("alloc -@ " + root + " 0").c_str(),
            ("error: " + root + ": not all of it is free; " + root + " belongs to the kernel\n")
                .c_str());
}

TEST(Alloc, TakesThatVeryRangeOrSaysWhatIsInTheWay) {
    CHECK(small.succeeds("alloc -t mine -@ 0x00300000 0"));

    refuses("alloc -@ 0x002ff000 8K",
            "error: 0x002ff000: not all of it is free; 0x00300000 belongs to #1\n");
    refuses("alloc -@ 0x00000000 0",
            "error: 0x00000000: reserved; 0x00000000 is kept for: below the image\n");
    refuses("alloc -@ 0x047f0000 128K",
            "error: 0x047f0000: reserved; 0x04800000 is kept for: device tree\n");
    refuses("alloc -@ 0x06100000 0",
            "error: 0x06100000: not RAM; the first frame that is not is 0x06100000\n");
    refuses("alloc -@ 0x3f201000 0",
            "error: 0x3f201000: not RAM; the first frame that is not is 0x3f201000\n");
    refuses("alloc -@ 0x0bfff000 8K",
            "error: 0x0bfff000: not RAM; the first frame that is not is 0x0c000000\n");
    refuses("alloc -@ 0x03fff000 8K",
            "error: 0x03fff000: zone early ends at 0x03ffffff; 4 KiB fit before that\n");
    refuses("alloc -@ 0x00300800 0", "error: 0x00300800: not a multiple of 4 KiB\n");
    refuses("alloc -@ 0x00301000 3", "error: 0x00301000: not a multiple of 32 KiB\n");
    refuses("alloc -@ 0xfffffffffffff000 1G",
            "error: 0xfffffffffffff000: not RAM; the first frame that is not is "
            "0xfffffffffffff000\n");
    refuses("alloc -z late -@ 0x00310000 0",
            "error: 0x00310000: in zone early; -z early takes it\n");
    refuses("alloc -n 2 -@ 0x00310000 0", "error: 2: -@ names one place, which holds one block\n");
}
