// SPDX-License-Identifier: MIT
#include "tests/support/shell_test.hpp"

TEST_GROUP_BASE(List, test::ShellTest){};

TEST(List, ShowsWhatIsHeldInTheOrderOfHandles) {
    prints("list", "0 held, 0 frames, 0 B\n");
    CHECK(small.succeeds("alloc -t b -@ 0x05000000 2; alloc -@ 0x00404000 24K; mapva #1"));

    prints("list",
           "#1 0x05000000..0x05003fff order 2 16 KiB late at 0xffffffff90008000 [b]\n"
           "#2 0x00404000..0x00409fff 6 frames 24 KiB early\n"
           "2 held, 10 frames, 40 KiB\n");
    prints("list -t b",
           "#1 0x05000000..0x05003fff order 2 16 KiB late at 0xffffffff90008000 [b]\n"
           "1 held, 4 frames, 16 KiB\n");
    prints("list -t c", "0 held, 0 frames, 0 B\n");
    mentions("list -q", "usage: list ");
}

TEST(List, HasAJsonForm) {
    CHECK(small.succeeds("alloc -t b -@ 0x05000000 2; alloc -@ 0x00404000 24K; mapva #1"));

    prints("list --json",
           "{\"held\":[{\"handle\":1,\"address\":83886080,\"frames\":4,\"order\":2,\"zone\":"
           "\"late\",\"tag\":\"b\",\"mapped_at\":18446744071830536192},{\"handle\":2,\"address\":"
           "4210688,\"frames\":6,\"order\":null,\"zone\":\"early\",\"tag\":\"\",\"mapped_at\":"
           "null}]}\n");
}

TEST(List, StopsAtControlC) {
    CHECK(small.succeeds("alloc -n 9 0"));
    small.console.press_interrupt(3);
    CHECK(small.fails("list --json"));
    STRCMP_CONTAINS("]}\nerror: list: stopped by Ctrl-C\n", small.printed.c_str());

    small.console.press_interrupt(3);

    mentions("list", "error: list: stopped by Ctrl-C\n");

    small.console.press_interrupt(3);
    CHECK(small.fails("list --json"));
    STRCMP_CONTAINS("\"mapped_at\":null}]}\nerror: list: stopped by Ctrl-C\n",
                    small.printed.c_str());
}

TEST_GROUP_BASE(Frame, test::ShellTest){};

TEST(Frame, TellsWhoseAHeldFrameIsAndWhatLiesBesideItsBlock) {
    CHECK(small.succeeds("alloc -t rx -@ 0x00404000 24K; alloc -@ 0x0040a000 1"));

    prints("frame 0x00405678",
           "frame 0x00405000 allocated, block 0x00404000..0x00407fff order 2 16 KiB\n"
           "zone  early\n"
           "owner #1 0x00404000..0x00409fff 6 frames 24 KiB early [rx]\n"
           "buddy 0x00400000 free, block 0x00400000..0x00403fff order 2 16 KiB\n"
           "below 0x00403000 free, block 0x00400000..0x00403fff order 2 16 KiB\n"
           "above 0x00408000 allocated, block 0x00408000..0x00409fff order 1 8 KiB\n");
}

TEST(Frame, TellsWhatNobodyHolds) {
    prints("frame 0x04000000",
           "frame 0x04000000 free, block 0x04000000..0x043fffff order 10 4 MiB\n"
           "zone  late\n"
           "below 0x03fff000 free, block 0x03c00000..0x03ffffff order 10 4 MiB\n"
           "above 0x04400000 free, block 0x04400000..0x047fffff order 10 4 MiB\n");
    mentions("frame 0x00080000", "frame 0x00080000 reserved: kernel image\nzone  early\n");
    mentions("frame 0x00000000", "above 0x00001000 reserved: below the image\n");
    mentions("frame 0x06000000", "frame 0x06000000 not RAM\n");
    mentions("frame 0xffffffffffffffff", "frame 0xfffffffffffff000 not RAM\n");
    prints("frame x", "error: x: not a number\n");
}

TEST(Frame, TellsWhatTheKernelTookForItself) {
    std::string const root = test::printed_address(small.pages.root().address());

    mentions(("frame " + root).c_str(), "zone  early\nowner the kernel\n");
}

TEST(Frame, HasAJsonForm) {
    CHECK(small.succeeds("alloc -t rx -@ 0x00404000 24K"));

    prints("frame 0x00405678 --json",
           "{\"address\":4214784,\"state\":\"allocated\",\"zone\":\"early\",\"reserved_for\":null,"
           "\"block\":{\"address\":4210688,\"order\":2},\"kept_by\":null,\"handle\":1,\"tag\":"
           "\"rx\"}\n");
    prints("frame 0x3f201000 --json",
           "{\"address\":1059065856,\"state\":\"not RAM\",\"zone\":null,\"reserved_for\":null,"
           "\"block\":null,\"kept_by\":null,\"handle\":null,\"tag\":\"\"}\n");
    mentions("frame 0x00080000 --json", "\"reserved_for\":\"kernel image\"");
}
