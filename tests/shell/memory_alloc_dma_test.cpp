// SPDX-License-Identifier: MIT
// alloc -d: memory that mailbox and legacy DMA reach.
#include "tests/support/shell_test.hpp"

#include <limits>
#include <string>

using kernel::DmaWindow;
using kernel::PhysAddr;

TEST_GROUP_BASE(AllocDma, test::ShellTest){
    void reach(std::uint64_t begin, std::uint64_t end, std::uint64_t bus_begin){
        small.board.dma = DmaWindow{{PhysAddr{begin}, PhysAddr{end}}, bus_begin};
}
}
;

TEST(AllocDma, PrintsWhereABlockIsOnTheBus) {
    prints("alloc -d 2", "#1 0x04810000..0x04813fff order 2 16 KiB late bus 0xc4810000\n");
    prints("alloc -t fb -d 24K",
           "#2 0x04818000..0x0481dfff 6 frames 24 KiB late [fb] bus 0xc4818000\n");
    prints("alloc -d -z early -@ 0x500000 0",
           "#3 0x00500000..0x00500fff order 0 4 KiB early bus 0xc0500000\n");
    prints("alloc -@ 0x07fff000 -d 4K",
           "#4 0x07fff000..0x07ffffff 1 frame 4 KiB late bus 0xc7fff000\n");
    mentions("list -t fb", "#2 0x04818000..0x0481dfff 6 frames 24 KiB late [fb]\n");
}

TEST(AllocDma, TakesLateFramesThenEarlyOnesAndNothingAbove) {
    CHECK(small.fails("alloc -d -n 99 10"));

    STRCMP_CONTAINS(" late bus 0xc4c00000\n", small.printed.c_str());
    STRCMP_CONTAINS(" late bus 0xc7c00000\n#", small.printed.c_str());
    STRCMP_CONTAINS(" early bus 0xc3c00000\n", small.printed.c_str());
    CHECK(small.printed.find("0x08") == std::string::npos);
    STRCMP_CONTAINS("\nerror: 10: got ", small.printed.c_str());
}

TEST(AllocDma, SaysWhereItEndsWhenNothingBelowIsLargeEnough) {
    CHECK(small.fails("alloc -d -n 99 10"));

    refuses("alloc -d 10",
            "error: 10: no free block is large enough; -d takes only what is below 0x08000000\n");
    mentions("alloc 10", " late\n");
}

TEST(AllocDma, RefusesAPlaceThatItDoesNotReach) {
    refuses("alloc -d -@ 0x08000000 0",
            "error: 0x08000000: -d takes only what is below 0x08000000\n");
    refuses("alloc -@ 0x07fff000 -d 8K",
            "error: 0x07fff000: -d takes only what is below 0x08000000\n");
}

TEST(AllocDma, ReachesTheFirstGibibyteAtMost) {
    reach(0, std::numeric_limits<std::uint64_t>::max(), 0);

    prints("alloc -d 0", "#1 0x04810000..0x04810fff order 0 4 KiB late bus 0x04810000\n");
    refuses("alloc -d -@ 0x40000000 0",
            "error: 0x40000000: -d takes only what is below 0x40000000\n");
}

TEST(AllocDma, IsRefusedWhereNoDeviceReachesMemorySo) {
    char const* const why = "error: -d: this board has no devices that reach the first GiB only\n";
    reach(0x1000, 0x0800'0000, 0xc000'0000);
    refuses("alloc -d 0", why);
    small.board.dma.reset();
    refuses("alloc -d 0", why);
}

TEST(AllocDma, IsSaidOnceAndWithoutAValue) {
    refuses("alloc -d -n 1 -d 0", "error: -d: given twice\n");
    mentions("alloc -d", "usage: alloc ");
    mentions("alloc -D 0", "usage: alloc ");
    mentions("alloc -d 0 0", "usage: alloc ");
    mentions("alloc -Z early 0", "usage: alloc ");
}
