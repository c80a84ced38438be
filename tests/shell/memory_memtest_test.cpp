// SPDX-License-Identifier: MIT
#include "tests/support/shell_test.hpp"

TEST_GROUP_BASE(MemTest, test::ShellTest){void teardown() override{small.type("poison off");
}

void stick(std::uint64_t address, unsigned bit) {
    small.contents.stuck[kernel::PhysAddr{address}] = std::uint64_t{1} << bit;
}
}
;

TEST(MemTest, LeavesGoodRamAsFreeAsItWas) {
    CHECK(small.succeeds("alloc -@ 0x05001000 0"));
    std::uint64_t const before = small.state();

    prints("memtest 0x05000000..0x05002fff", "8 KiB tested in 0.0 s: 0 bad frames\n");

    CHECK_EQUAL(before, small.state());
}

TEST(MemTest, TouchesNoFrameThatIsInUse) {
    CHECK(small.succeeds("alloc -@ 0x05001000 0; fill -p -x 0x05001000 4K 7"));

    CHECK(small.succeeds("memtest 0x05000000+12K"));

    mentions("dump -p -x 0x05001ff0 16", "0000000000000007 0000000000000007");
}

TEST(MemTest, RetiresBadFramesAndSaysWhatTheNextBootMayBeTold) {
    stick(0x0500'0008, 3);
    stick(0x0500'1ff8, 0);
    stick(0x0500'3000, 63);

    prints("memtest 0x05000000+16K",
           "\rbits 0x0000000000000008 of 0x05000008 are bad: frame 0x05000000 is retired\n"
           "\rbits 0x8000000000000000 of 0x05003000 are bad: frame 0x05003000 is retired\n"
           "\rbits 0x0000000000000001 of 0x05001ff8 are bad: frame 0x05001000 is retired\n"
           "16 KiB tested in 0.0 s: 3 bad frames\n"
           "for the next boot: badram=0x05000000-0x05001fff,0x05003000\n"
           "error: memtest: this RAM does not keep what is written to it\n");

    mentions("memmap",
             "0x05000000..0x05001fff       8 KiB reserved bad: memtest\n"
             "0x05002000..0x05002fff       4 KiB usable\n"
             "0x05003000..0x05003fff       4 KiB reserved bad: memtest\n");
    mentions("frame 0x05000000", "reserved: bad: memtest\n");
    CHECK(small.succeeds("alloc -@ 0x05002000 0; verify; memtest 0x05000000+20K"));
    mentions("memtest 0x05000000+16K",
             "error: 0x05000000+16K: no frame there is free, and only those are tested\n");
}

TEST(MemTest, FillsWhatItGivesBackWhilePoisonIsOn) {
    CHECK(small.succeeds("poison on; memtest 0x05000000+8K"));
    mentions("poison", "2 frames filled, 0 checked");

    CHECK(small.succeeds("memtest 0x05000000+8K"));

    mentions("poison", "4 frames filled, 2 checked, 0 damaged");
}

TEST(MemTest, FindsFirstWhatPoisonFinds) {
    CHECK(small.succeeds("poison on; memtest 0x05000000+12K; unsafe on"));
    CHECK(small.succeeds("poke -p -b 0x05001001 0xa4"));

    prints("memtest 0x05000000+12K",
           "poison: frame 0x05001000 is retired: bit 0 of 0x05001001 flipped, "
           "last owner the kernel: memtest\n"
           "8 KiB tested in 0.0 s: 0 bad frames\n");
}

TEST(MemTest, StopsAtControlCAndGivesAllBack) {
    std::uint64_t const before = small.state();
    small.console.press_interrupt(3);

    mentions("memtest 0x05000000+16K", "error: memtest: stopped by Ctrl-C\n");

    CHECK_EQUAL(before, small.state());
}

TEST(MemTest, KeepsEverythingThatItCannotList) {
    for (std::uint64_t frame = 100; frame < 100 + small.retired_room.size(); ++frame) {
        CHECK(small.retired.add(mm::FrameNumber{frame}, mm::Retirement::Poison));
    }
    stick(0x0500'0008, 3);

    mentions("memtest 0x05000000+16K",
             "error: memtest: more frames are bad than can be listed; all that were under test "
             "stay reserved\n");

    mentions("frame 0x05000000", "reserved: bad: not listed\n");
    mentions("frame 0x05003000", "reserved: bad: not listed\n");
    CHECK(small.succeeds("verify"));
}

TEST(MemTest, RefusesWhatIsNoRange) {
    refuses("memtest 5",
            "error: 5: not a range; early, late, or a range like 0x08000000..0x080fffff\n");
    refuses("memtest 0x10000000..0x1fffffff",
            "error: 0x10000000..0x1fffffff: no frame there is free, and only those are tested\n");
}
