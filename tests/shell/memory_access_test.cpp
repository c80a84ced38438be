// SPDX-License-Identifier: MIT
#include "kernel/mm/trial/random.hpp"

#include "tests/support/shell_test.hpp"

#include <string>

TEST_GROUP_BASE(Access, test::ShellTest){
    // A held late block at 0x05000000, mapped, and a held early one at 0x00300000.
    void hold(){CHECK(small.succeeds("alloc -@ 0x05000000 3; mapva #1; alloc -@ 0x00300000 0"));
}

// Refused with these words, and not a byte was written.
void writes_nothing(std::string const& line, std::string const& words,
                    std::size_t at = __builtin_LINE()) {
    std::uint64_t const before = small.memory.writes;
    refuses(line.c_str(), words.c_str(), at);
    CHECK_EQUAL_LOCATION(before, small.memory.writes, line.c_str(), "line", at);
}
}
;

TEST(Access, PeekShowsWhatPokeWroteInEveryWidth) {
    hold();

    prints("poke -p -x 0x05000000 0x0123456789abcdef", "0x05000000: 0x0123456789abcdef\n");
    prints("peek -p -b 0x05000001", "0x05000001: 0xcd\n");
    prints("peek -p -h 0x05000002", "0x05000002: 0x89ab\n");
    prints("peek -p -w 0x05000004", "0x05000004: 0x01234567\n");
    prints("peek -p 0x05000004", "0x05000004: 0x01234567\n");
    prints("peek -x -p 0x05000000", "0x05000000: 0x0123456789abcdef\n");
    prints("poke -b 0xffffffff90010003 7", "0xffffffff90010003: 0x07\n");
    prints("peek -p 0x05000000", "0x05000000: 0x07abcdef\n");
}

TEST(Access, ValuesFitIntoTheirWidth) {
    hold();

    writes_nothing("poke -p -b 0x05000000 256", "error: 256: does not fit into 8 bits\n");
    writes_nothing("poke -p -h 0x05000000 0x10000", "error: 0x10000: does not fit into 16 bits\n");
    writes_nothing("poke -p 0x05000000 4294967296",
                   "error: 4294967296: does not fit into 32 bits\n");
    writes_nothing("poke -p -x 0x05000000 18446744073709551616",
                   "error: 18446744073709551616: does not fit into 64 bits\n");
    CHECK(small.succeeds("poke -p -b 0x05000000 255; poke -p -x 0x05000000 0xffff_ffff_ffff_ffff"));
    writes_nothing("poke -p 0x05000000 -1", "error: -1: not a number\n");
    writes_nothing("poke -p 0x05000000 ''", "error: '': not a number\n");
}

TEST(Access, AddressesAreAlignedToTheWidth) {
    hold();

    writes_nothing("poke -p -h 0x05000001 1",
                   "error: 0x05000001: not aligned for this access; -b reaches any address\n");
    refuses("peek 0xffffffff90010002",
            "error: 0xffffffff90010002: not aligned for this access; -b reaches any address\n");
    refuses("dump -x 0xffffffff90010004",
            "error: 0xffffffff90010004: not aligned for this access; -b reaches any address\n");
}

TEST(Access, TellsThatAPhysicalAddressNeedsAnOption) {
    refuses("peek 0x03000000",
            "error: 0x03000000: nothing is mapped there; a physical address needs -p\n");
    refuses("poke 0x03000000 1",
            "error: 0x03000000: nothing is mapped there; a physical address needs -p\n");
    refuses("dump 0x03000000",
            "error: 0x03000000: nothing is mapped there; a physical address needs -p\n");
    refuses("fill 0x03000000 4K 1",
            "error: 0x03000000: nothing is mapped there; a physical address needs -p\n");
    refuses("peek 0x0c000000", "error: 0x0c000000: nothing is mapped there\n");
    refuses("peek 0xffffffff88000000", "error: 0xffffffff88000000: nothing is mapped there\n");
}

TEST(Access, WritesKeepOffWhatNobodyTookFromTheShell) {
    hold();
    std::string const root = test::printed_address(small.pages.root().address());

    for (char const* line : {"poke -p ", "fill -p "}) {
        bool const is_fill = std::string{line} == "fill -p ";
        auto const refused = [&](std::string const& address, std::string const& why,
                                 std::size_t at = __builtin_LINE()) {
            std::string words = "error: ";
            words.append(address).append(": ").append(why).append("\n");
            writes_nothing(line + address + (is_fill ? " 8 1" : " 1"), words, at);
        };
        refused("0x00080000", "reserved, never handed out; unsafe on permits it");
        refused("0x04800000", "reserved, never handed out; unsafe on permits it");
        refused("0x00000000", "reserved, never handed out; unsafe on permits it");
        refused(root, "the kernel lives there; unsafe on permits it");
        refused("0x05010000", "free, so nobody holds it; alloc -@ takes it");
        refused("0x3f201000", "a register of a device; unsafe on permits it");
        refused("0x3f201200", "neither RAM nor a device that the tree names");
        refused("0x06100000", "neither RAM nor a device that the tree names");
        refused("0xfffffffffffffff0", "neither RAM nor a device that the tree names");
        refused("0x02000000", "the firmware forbids to map it");
    }
}

TEST(Access, WritesByVirtualAddressAreJudgedByWhereTheyLead) {
    hold();

    writes_nothing("poke 0xffffffff80080000 1",
                   "error: 0xffffffff80080000: reserved, never handed out; unsafe on permits it\n");
    writes_nothing("poke 0xffffffff80310000 1",
                   "error: 0xffffffff80310000: free, so nobody holds it; alloc -@ takes it\n");
    prints("poke 0xffffffff80300000 1", "0xffffffff80300000: 0x00000001\n");
    prints("poke 0xffffffff90010000 1", "0xffffffff90010000: 0x00000001\n");
}

TEST(Access, SaysHowToWriteWhatIsMappedReadOnly) {
    kernel::VirtAddr const text{0xffff'ffff'8800'0000};
    mm::Attributes const read_only{mm::MemoryType::Normal, mm::Access::ReadExecute};
    bool const is_mapped{small.pages.map(text, kernel::PhysAddr{0x80000}, 4096, read_only)};
    CHECK(is_mapped);

    writes_nothing("poke 0xffffffff88000010 1",
                   "error: 0xffffffff88000010: mapped read-only; with unsafe on, -p 0x00080010 "
                   "works\n");
    writes_nothing("poke 0xffffffff88000001 1",
                   "error: 0xffffffff88000001: not aligned for this access; -b reaches any "
                   "address\n");
    CHECK(small.succeeds("unsafe on"));
    writes_nothing("fill 0xffffffff88000010 8 1",
                   "error: 0xffffffff88000010: mapped read-only; -p 0x00080010 works\n");
    prints("poke -p 0x00080010 1", "0x00080010: 0x00000001\n");
    prints("peek 0xffffffff88000010", "0xffffffff88000010: 0x00000001\n");
}

TEST(Access, TakesEachOptionOnce) {
    refuses("peek -p -p 0x00080000", "error: -p: given twice\n");
    refuses("peek -w -b 0x00080000", "error: -b: a second width, one is enough\n");
    refuses("dump -x -p -x 0x00080000", "error: -x: a second width, one is enough\n");
}

TEST(Access, UnsafeLiftsTheRefusalsAndNoMore) {
    prints("unsafe on", "poke and fill write wherever they are told\n");

    CHECK(small.succeeds("poke -p 0x00080000 1; poke 0xffffffff80310000 1; poke -p 0x05010000 2"));
    CHECK(small.succeeds("poke -p 0x3f201018 0x91"));
    prints("peek -p 0x3f201018", "0x3f201018: 0x00000091\n");
    writes_nothing("poke -p 0x06100000 1",
                   "error: 0x06100000: neither RAM nor a device that the tree names\n");
    writes_nothing("poke -p 0x02000000 1", "error: 0x02000000: the firmware forbids to map it\n");
    writes_nothing("poke -p -b 0x3f201018 1",
                   "error: 0x3f201018: a device is read 32 bits at a time; -w does that\n");

    prints("unsafe off", "poke and fill refuse what was not taken from this shell\n");
    CHECK(small.fails("poke -p 0x00080000 1"));
    prints("unsafe maybe", "usage: unsafe on|off\n");
}

TEST(Access, DevicesAreReadByWordsAndOnlyThoseOfTheTree) {
    prints("peek -p 0x3f201018", "0x3f201018: 0x00000090\n");
    refuses("peek -p -b 0x3f201018",
            "error: 0x3f201018: a device is read 32 bits at a time; -w does that\n");
    refuses("peek -p -x 0x3f201018",
            "error: 0x3f201018: a device is read 32 bits at a time; -w does that\n");
    refuses("peek -p 0x3f201200",
            "error: 0x3f201200: neither RAM nor a device that the tree names\n");
    refuses("peek -p 0x3f20101a",
            "error: 0x3f20101a: not aligned for this access; a device is read at multiples of 4\n");
    UNSIGNED_LONGS_EQUAL(1, small.memory.accesses);
}

TEST(Access, DumpShowsRowsOfSixteenBytesAndTheirText) {
    hold();
    CHECK(
        small.succeeds("fill -p 0x05000000 64 0; poke -p 0x05000000 0x6c726542; "
                       "poke -p 0x05000004 0x0a21796c"));

    prints("dump -p 0x05000000 20",
           "0x05000000: 6c726542 0a21796c 00000000 00000000  |Berlly!.........|\n"
           "0x05000010: 00000000                             |....|\n");
    prints("dump -p -b 0x05000001 3",
           "0x05000001: 65 72 6c                                         |erl|\n");
    prints("dump -p -x 0x05000000 16",
           "0x05000000: 0a21796c6c726542 0000000000000000  |Berlly!.........|\n");
    prints("dump -p -h 0x05000004 2",
           "0x05000004: 796c                                     |ly|\n");
}

TEST(Access, DumpShowsEightRowsWhenNothingElseIsAsked) {
    hold();
    std::string const printed = small.type("dump 0xffffffff90010000");

    STRCMP_CONTAINS("\n0xffffffff90010070: ", printed.c_str());
    CHECK(printed.find("90010080") == std::string::npos);
}

TEST(Access, DumpPrintsWhatItCouldReadAndThenTheError) {
    hold();

    prints("dump 0xffffffff90017ff0 32",
           "0xffffffff90017ff0: 00000000 00000000 00000000 00000000  |................|\n"
           "error: 0xffffffff90017ff0: 0xffffffff90018000: nothing is mapped there\n");
    prints("dump 0xffffffff90017ff8 16",
           "0xffffffff90017ff8: 00000000 00000000                    |........|\n"
           "error: 0xffffffff90017ff8: 0xffffffff90018000: nothing is mapped there\n");
}

TEST(Access, FillWritesExactlyTheRange) {
    hold();

    prints("fill -p -h 0x05000002 6 0xa55a", "0x05000002..0x05000007 6 B of 0xa55a\n");

    prints("peek -p -x 0x05000000", "0x05000000: 0xa55aa55aa55a0000\n");
    prints("peek -p -x 0x05000008", "0x05000008: 0x0000000000000000\n");
}

TEST(Access, FillGivesBackThePageThatItBorrowed) {
    hold();
    std::uint64_t const before = small.state();

    prints("fill -p 0x05001000 8K 7", "0x05001000..0x05002fff 8 KiB of 0x00000007\n");
    UNSIGNED_LONGS_EQUAL(before, small.state());
    prints("peek -p 0x05002ffc", "0x05002ffc: 0x00000007\n");
    prints("peek -p 0x05003000", "0x05003000: 0x00000000\n");
}

TEST(Access, FillDoesWithoutAPageWhereThereIsNone) {
    hold();
    for (int order = 16; order >= 0; --order) {
        while (small.virtual_space.allocate(mm::kFrameBytes << order)) {
        }
    }

    prints("fill -p 0x05000000 4K 7", "0x05000000..0x05000fff 4 KiB of 0x00000007\n");
    prints("peek -p 0x05000ffc", "0x05000ffc: 0x00000007\n");
}

TEST(Access, FillJudgesAllOfTheRangeFirst) {
    hold();

    writes_nothing("fill -p 0x05000000 36K 1",
                   "error: 0x05000000: 0x05008000: free, so nobody holds it; alloc -@ takes it\n");
    writes_nothing("fill 0xffffffff90010000 36K 1",
                   "error: 0xffffffff90010000: 0xffffffff90018000: nothing is mapped there\n");
}

TEST(Access, RangesAreWholeAndDoNotWrap) {
    hold();

    writes_nothing("fill -p 0x05000000 0 1", "error: 0: nothing is asked for\n");
    writes_nothing("fill -p 0x05000000 6 1",
                   "error: 6: not a multiple of 4 bytes; -b takes any number\n");
    writes_nothing("fill 0xfffffffffffffff0 32 1",
                   "error: 32: from 0xfffffffffffffff0 on that goes past the last address\n");
    writes_nothing("fill -p 0x05000000 0xffffffffffffffff 1",
                   "error: 0xffffffffffffffff: not a multiple of 4 bytes; -b takes any number\n");
    refuses("dump 0xfffffffffffffff0 32",
            "error: 32: from 0xfffffffffffffff0 on that goes past the last address\n");
    refuses("dump 0xfffffffffffffff0", "error: 0xfffffffffffffff0: nothing is mapped there\n");
    refuses("dump 0xfffffffffffffff0 16", "error: 0xfffffffffffffff0: nothing is mapped there\n");
    refuses("dump -p 0x05000000 0", "error: 0: nothing is asked for\n");
}

TEST(Access, LongOnesStopAtControlC) {
    hold();
    small.console.press_interrupt(3);
    mentions("dump -p 0x05000000 4K", "error: dump: stopped by Ctrl-C\n");

    small.console.press_interrupt(3);
    mentions("fill -p 0x05000000 32K 1", "error: fill: stopped by Ctrl-C\n");
}

TEST(Access, WrongUseIsNoAccess) {
    for (char const* line : {"peek -q 0", "peek 0 1", "peek -p", "poke 0", "poke -p 0 1 2",
                             "dump 0 1 2", "dump -b", "fill 0 1", "fill -p 0 1"}) {
        mentions(line, "usage: ");
    }
    mentions("peek x", "error: x: not a number\n");
    UNSIGNED_LONGS_EQUAL(0, small.memory.accesses);
}

TEST(Access, AnswersToEveryAddress) {
    mm::Random random{42};
    for (int i = 0; i < 2000; ++i) {
        std::uint64_t const address = random.next() >> random.below(64);
        std::string const number = std::to_string(address);
        for (char const* line : {"peek ", "peek -p ", "dump -b ", "dump -p "}) {
            CHECK(!small.type(line + number).empty());
        }
        CHECK(!small.type("poke " + number + " 1").empty());
        CHECK(!small.type("poke -p -b " + number + " 1").empty());
    }
    UNSIGNED_LONGS_EQUAL(0, small.memory.writes);
}
