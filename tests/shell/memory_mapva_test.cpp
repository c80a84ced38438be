// SPDX-License-Identifier: MIT
#include "kernel/mm/early_window.hpp"

#include "tests/support/shell_test.hpp"

#include <string>

TEST_GROUP_BASE(Mapva, test::ShellTest){};

TEST(Mapva, GivesALateBlockAnAddressAndTakesItAway) {
    CHECK(small.succeeds("alloc -t dma -@ 0x05000000 1"));
    std::uint64_t const held = small.state();

    prints("mapva #1",
           "#1 0x05000000..0x05001fff order 1 8 KiB late at 0xffffffff90004000 [dma]\n");
    CHECK(small.pages.translate(kernel::VirtAddr{0xffffffff90005ffc}).to ==
          kernel::PhysAddr{0x05001ffc});
    CHECK(!small.pages.translate(kernel::VirtAddr{0xffffffff90003fff}).to);
    CHECK(!small.pages.translate(kernel::VirtAddr{0xffffffff90006000}).to);
    CHECK(!small.pages.translate(kernel::VirtAddr{0xffffffff90004000})
               .met()
               .back()
               .descriptor.is_executable());

    prints("unmapva #1", "#1 0x05000000..0x05001fff order 1 8 KiB late [dma]\n");
    CHECK(!small.pages.translate(kernel::VirtAddr{0xffffffff90004000}).to);
    UNSIGNED_LONGS_EQUAL(held, small.state());
}

TEST(Mapva, RefusesWhatCannotBeMappedOrUnmapped) {
    CHECK(small.succeeds("alloc -z late 0; alloc -@ 0x00300000 0; mapva #1; alloc -z late 0"));
    std::string const address = test::printed_address(
        kernel::PhysAddr{small.window.to_virtual(mm::EarlyFrame{mm::FrameNumber{0x300}}).raw()});

    mentions("mapva #1", "error: #1: mapped already, at 0xffffffff9");
    refuses("mapva #2",
            ("error: #2: an early block is mapped since boot, at " + address + "\n").c_str());
    refuses("unmapva #2", "error: #2: an early block stays mapped\n");
    refuses("unmapva #3", "error: #3: not mapped; mapva #3 maps it\n");
    refuses("mapva #9", "error: #9: no such block is held; list shows those that are\n");
    refuses("unmapva #9", "error: #9: no such block is held; list shows those that are\n");
    refuses("mapva 0x05000000", "error: 0x05000000: not a handle\n");
}

/// With too few early frames for the tables nothing changes, however many are missing.
TEST(Mapva, ChangesNothingWhereverTableFramesRunOut) {
    CHECK(small.succeeds("alloc -z late 0"));
    for (std::uint64_t frame = 0x300; frame < 0x308; ++frame) {
        CHECK(static_cast<bool>(small.frames.allocate({.at = mm::FrameNumber{frame}})));
    }
    for (int order = 10; order >= 0; --order) {
        small.type("alloc -n 9999 -z early " + std::to_string(order));
    }

    // One frame more each time, until there are enough.
    unsigned given = 0;
    while (small.fails("mapva #1")) {
        refuses("mapva #1", "error: #1: no early frame is left for a page table\n");
        CHECK(static_cast<bool>(small.virtual_space.verify()));
        mm::FrameNumber const frame{0x300 + given++};
        CHECK(static_cast<bool>(small.frames.free(mm::ZoneId::Early, frame, mm::Order{})));
    }
    UNSIGNED_LONGS_EQUAL(1, given);  // The table of pages; the one above it serves the window.
}

TEST_GROUP_BASE(PageTableCommand, test::ShellTest){};

TEST(PageTableCommand, ShowsEachLevelAndWhereItLeads) {
    std::string const printed = small.type("pagetable 0xffffffff80080123");

    STRCMP_CONTAINS("level 1 table ", printed.c_str());
    STRCMP_CONTAINS(" page of 4 KiB at 0x00080000\n", printed.c_str());
    STRCMP_CONTAINS("0xffffffff80080123 leads to 0x00080123, Normal, read write\n",
                    printed.c_str());
    mentions("pagetable 0xffffffff80200000", " block of 2 MiB at 0x00200000\n");
}

TEST(PageTableCommand, ShowsHowFarATranslationComes) {
    mentions("pagetable 0xffffffff88000000",
             " nothing\nerror: 0xffffffff88000000: nothing is mapped there\n");
    refuses("pagetable 0x80000",
            "error: 0x80000: not a kernel address; the first is "
            "0xffffff8000000000\n");
    refuses("pagetable x", "error: x: not a number\n");
}
