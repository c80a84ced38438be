// SPDX-License-Identifier: MIT
#include "kernel/boot_arguments.hpp"

#include <cstdint>
#include <limits>
#include <string>

#include <CppUTest/TestHarness.h>

namespace {

using kernel::BootArguments;
using kernel::Error;
using kernel::read_boot_arguments;

bool is_range(kernel::PhysRange range, std::uint64_t begin, std::uint64_t end) {
    return range.begin.raw() == begin && range.end.raw() == end;
}

}  // namespace

TEST_GROUP(BootArguments){};

TEST(BootArguments, AskForNothingWhereThereAreNone) {
    for (char const* const text :
         {"", " ", "console=ttyAMA0,115200 root=/dev/mmcblk0p2 ro",
          "poisoned memtests xbadram=1 badram poison= =", "\x01\x1b\x80="}) {
        BootArguments const arguments = read_boot_arguments(text);
        CHECK_TEXT(!arguments.poison && !arguments.memtest && arguments.bad_ram.empty(), text);
    }
}

TEST(BootArguments, AreFoundBetweenTheWordsOfOthers) {
    BootArguments const arguments = read_boot_arguments(
        "  vc_mem.mem_base=0x3ec00000\tpoison  memtest=late badram=0x1000 quiet");

    CHECK(arguments.poison);
    CHECK(arguments.memtest == "late");
    UNSIGNED_LONGS_EQUAL(1, arguments.bad_ram.size());
    CHECK(arguments.refused.empty());
}

TEST(BootArguments, TestEverythingUnlessTheySayWhat) {
    CHECK(read_boot_arguments("memtest").memtest == "");
    CHECK(read_boot_arguments("memtest=0x1000+4K").memtest == "0x1000+4K");
    CHECK(read_boot_arguments("memtest=early").memtest == "early");
}

TEST(BootArguments, MakeNothingButATestOfMemtest) {
    BootArguments const arguments = read_boot_arguments("memtest=late;poke memtest=0x1000");

    CHECK(!arguments.memtest);
    UNSIGNED_LONGS_EQUAL(2, arguments.refused.size());
    CHECK(arguments.refused[0].name == "memtest");
    CHECK(arguments.refused[0].value == "late;poke");
    CHECK(arguments.refused[0].why == Error::NotARange);
}

TEST(BootArguments, NameBadRamByAddressLastByteOrLength) {
    BootArguments const arguments =
        read_boot_arguments("badram=0x12345678,0x20000000-0x20001fff,0x30000000+8K badram=1G..2G");

    UNSIGNED_LONGS_EQUAL(4, arguments.bad_ram.size());
    CHECK(is_range(arguments.bad_ram[0], 0x1234'5678, 0x1234'5679));
    CHECK(is_range(arguments.bad_ram[1], 0x2000'0000, 0x2000'2000));
    CHECK(is_range(arguments.bad_ram[2], 0x3000'0000, 0x3000'2000));
    CHECK(is_range(arguments.bad_ram[3], 0x4000'0000, 0x8000'0001));
}

TEST(BootArguments, ReachTheLastAddress) {
    constexpr std::uint64_t kLast = std::numeric_limits<std::uint64_t>::max();

    BootArguments const arguments =
        read_boot_arguments("badram=0..0xffffffffffffffff,0xffffffffffffffff");

    UNSIGNED_LONGS_EQUAL(2, arguments.bad_ram.size());
    CHECK(is_range(arguments.bad_ram[0], 0, kLast));
    CHECK(is_range(arguments.bad_ram[1], kLast, kLast));
}

TEST(BootArguments, NameWhatTheyCannotUnderstandAndGoOn) {
    BootArguments const arguments = read_boot_arguments(
        "badram= badram=0x1000,banana,0x2000 badram=99999999999999999999 poison");

    CHECK(arguments.poison);
    UNSIGNED_LONGS_EQUAL(2, arguments.bad_ram.size());
    CHECK(is_range(arguments.bad_ram[1], 0x2000, 0x2001));
    UNSIGNED_LONGS_EQUAL(3, arguments.refused.size());
    CHECK(arguments.refused[0].value.empty());
    CHECK(arguments.refused[0].why == Error::NotARange);
    CHECK(arguments.refused[1].value == "banana");
    CHECK(arguments.refused[2].why == Error::NumberTooLarge);
}

TEST(BootArguments, SayWhenThereIsMoreBadRamThanRoom) {
    std::string text = "badram=0x0";
    for (unsigned i = 1; i <= BootArguments{}.bad_ram.capacity(); ++i) {
        text += "," + std::to_string(i * 4096);
    }

    BootArguments const arguments = read_boot_arguments(text);

    CHECK(arguments.bad_ram.full());
    CHECK(arguments.refused[0].why == Error::TableFull);
}
