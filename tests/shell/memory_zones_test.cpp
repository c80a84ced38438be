// SPDX-License-Identifier: MIT
#include "shell/zones/frame_map.hpp"

#include "tests/support/shell_test.hpp"

#include <string>

TEST_GROUP_BASE(Zones, test::ShellTest){};

TEST(Zones, AreListedWithWhatTheyCount) {
    prints("zones",
           "early 0x00000000..0x03ffffff 64 MiB in 16384 frames, mapped since boot\n"
           "late  0x04000000..0x0bffffff 126 MiB in 32256 frames, mapped only by mapva\n");
    prints("zones --json",
           "{\"zones\":[{\"name\":\"early\",\"first_frame\":0,\"end_frame\":16384,\"frames\":16384,"
           "\"mapped\":true},{\"name\":\"late\",\"first_frame\":16384,\"end_frame\":49152,"
           "\"frames\":32256,\"mapped\":false}]}\n");
}

TEST_GROUP_BASE(BuddyInfo, test::ShellTest){};

TEST(BuddyInfo, CountsFreeBlocksByOrderAndZone) {
    CHECK(small.succeeds("alloc -@ 0x00400000 0; alloc -@ 0x05000000 9"));

    mentions("buddyinfo", "order     block     early      late\n");
    mentions("buddyinfo", "   10     4 MiB        13        29\n");
    mentions("buddyinfo --json", "{\"zones\":[{\"name\":\"early\",\"free_blocks\":[");
    mentions("buddyinfo --json", ",29]}]}\n");
}

TEST_GROUP_BASE(MemMap, test::ShellTest){};

TEST(MemMap, ShowsEveryRegionAndWhy) {
    prints("memmap",
           "0x00000000..0x0007ffff     512 KiB reserved below the image\n"
           "0x00080000..0x001fffff     1.5 MiB reserved kernel image\n"
           "0x00200000..0x01ffffff      30 MiB usable\n"
           "0x02000000..0x020fffff       1 MiB reserved secret (must not be mapped)\n"
           "0x02100000..0x047fffff      39 MiB usable\n"
           "0x04800000..0x0480ffff      64 KiB reserved device tree\n"
           "0x04810000..0x05ffffff   24512 KiB usable\n"
           "0x06200000..0x0bffffff      94 MiB usable\n");
    mentions("memmap --json",
             "{\"address\":33554432,\"frames\":256,\"kind\":\"reserved\",\"reason\":\"secret\","
             "\"no_map\":true}");
}

TEST_GROUP_BASE(Map, test::ShellTest){};

TEST(Map, DrawsAllMemoryInRowsThatFit) {
    CHECK(small.succeeds("alloc -@ 0x04000000 10"));

    prints("map",
           "0x00000000 RRRRRRRR:.......................................................\n"
           "0x01000000 ................................................................\n"
           "0x02000000 RRRR............................................................\n"
           "0x03000000 ................................................................\n"
           "0x04000000 ################................:...............................\n"
           "0x05000000 ................................................................\n"
           "0x06000000         ........................................................\n"
           "0x07000000 ................................................................\n"
           "0x08000000 ................................................................\n"
           "0x09000000 ................................................................\n"
           "0x0a000000 ................................................................\n"
           "0x0b000000 ................................................................\n"
           "each character is 256 KiB (64 frames), blank where no RAM is\n"
           ". free  : mostly free  + mostly used  # used  r mostly reserved  R reserved\n");
}

TEST(Map, DrawsARangeByFrames) {
    CHECK(small.succeeds("alloc -@ 0x00401000 8K"));

    prints("map 0x00400000..0x00407fff",
           "0x00400000 .##.....\n"
           "each character is 4 KiB (1 frame), blank where no RAM is\n"
           ". free  : mostly free  + mostly used  # used  r mostly reserved  R reserved\n");
}

TEST(Map, UsesColoursOnlyWhenTheyAreOn) {
    CHECK(small.type("map").find('\x1b') == std::string::npos);

    small.machine.settings.is_coloured = true;

    mentions("map 0x001fe000..0x001fffff", "\x1b[34mRR\x1b[0m\n");
}

TEST(Map, RefusesWhatIsNotThere) {
    refuses("map 0x10000000..0x1fffffff",
            "error: 0x10000000..0x1fffffff: not RAM; RAM goes from 0x00000000 to 0x0bffffff\n");
    refuses("map 5", "error: 5: not a range\n");
    mentions("map 0..0xffffffffffffffff",
             "each character is 256 KiB (64 frames), blank where no RAM is\n");
}

TEST(Map, StopsAtControlC) {
    small.console.press_interrupt(3);

    mentions("map", "error: map: stopped by Ctrl-C\n");
}

TEST_GROUP(FrameMap){};

TEST(FrameMap, ChoosesTheFinestScaleThatFits) {
    constexpr std::uint64_t kCharacters = shell::kMapColumns * (shell::kMapRows - 1);
    UNSIGNED_LONGS_EQUAL(1, shell::frames_per_character(1));
    UNSIGNED_LONGS_EQUAL(1, shell::frames_per_character(kCharacters));
    UNSIGNED_LONGS_EQUAL(2, shell::frames_per_character(kCharacters + 1));
    UNSIGNED_LONGS_EQUAL(256, shell::frames_per_character(245'760));
}

TEST(FrameMap, ShadesByWhatOutweighs) {
    using shell::Shade;
    CHECK(shell::shade_of({.not_ram = 4}) == Shade::NotRam);
    CHECK(shell::shade_of({.free = 4}) == Shade::Free);
    CHECK(shell::shade_of({.used = 1, .not_ram = 3}) == Shade::Used);
    CHECK(shell::shade_of({.reserved = 1, .not_ram = 3}) == Shade::Reserved);
    CHECK(shell::shade_of({.free = 3, .used = 2, .reserved = 2}) == Shade::MostlyFree);
    CHECK(shell::shade_of({.free = 1, .used = 3, .reserved = 2}) == Shade::MostlyUsed);
    CHECK(shell::shade_of({.used = 1, .reserved = 3}) == Shade::MostlyReserved);
    CHECK(shell::shade_of({.free = 3, .reserved = 1}) == Shade::MostlyFree);
    CHECK(shell::shade_of({.free = 2, .used = 2}) == Shade::MostlyUsed);
    CHECK(shell::shade_of({.free = 2, .used = 2, .reserved = 2}) == Shade::MostlyReserved);
}
