// SPDX-License-Identifier: MIT
#include "kernel/mm/trial/random.hpp"

#include "tests/support/shell_test.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

namespace {

struct Zone {
    char const* option;
    char const* base;        // Of a block of 32 KiB that can be taken.
    char const* inside;      // An address in it, a whole number of frames.
    char const* odd;         // One that is not.
    char const* free_frame;  // Free, whatever the test takes.
};
constexpr std::array kZones{
    Zone{"early", "0x00300000", "0x00301000", "0x00300004", "0x00700000"},
    Zone{"late",  "0x05000000", "0x05001000", "0x05000004", "0x05400000"},
};

}  // namespace

TEST_GROUP_BASE(Free, test::ShellTest){
    void refuses_text(std::string const& line, std::string const& words,
                      std::size_t at = __builtin_LINE()){refuses(line.c_str(), words.c_str(), at);
}
}
;

TEST(Free, SaysWhatWasFreedAndWhichFreeBlockHoldsItNow) {
    CHECK(small.succeeds("alloc -@ 0x00400000 3; alloc -@ 0x00408000 24K"));

    prints("free #1",
           "freed #1 0x00400000..0x00407fff into 0x00400000..0x00407fff order 3 32 KiB\n");
    prints("free 0x00408000",
           "freed #2 0x00408000..0x0040dfff into 0x00400000..0x007fffff order 10 4 MiB\n");
}

TEST(Free, CountsTheFreeBlocksThatHoldWhatOneCannot) {
    CHECK(small.succeeds("alloc -@ 0x06600000 10M"));

    prints("free #1",
           "freed #1 0x06600000..0x06ffffff into 3 blocks 0x06400000..0x06ffffff 12 MiB\n");
}

TEST(Free, SaysOfEachWrongAddressInEachZoneWhatIsWrong) {
    for (Zone const& zone : kZones) {
        test::SmallMachine fresh;
        std::string const base = zone.base;
        std::string const take = "alloc -@ " + base + " 3";
        CHECK(small.succeeds(take));
        std::string const number = "#" + std::to_string(small.holdings.count());

        std::string within = ": inside an allocated block, not its start; that is ";
        within.append(base).append(" (").append(number).append(")\n");
        refuses_text(std::string{"free "} + zone.inside,
                     std::string{"error: "} + zone.inside + within);
        refuses_text(std::string{"free "} + zone.odd,
                     std::string{"error: "} + zone.odd + ": not a multiple of 4 KiB\n");
        std::string const is_free = small.type(std::string{"free "} + zone.free_frame);
        STRCMP_CONTAINS(": already free; it is in free block ", is_free.c_str());
        refuses_text(std::string{"free "} + zone.free_frame, is_free);
    }
    refuses("free 0x00000000",
            "error: 0x00000000: reserved, never handed out; kept for: below the image\n");
    refuses("free 0x00080000",
            "error: 0x00080000: reserved, never handed out; kept for: kernel image\n");
    refuses("free 0x02000000", "error: 0x02000000: reserved, never handed out; kept for: secret\n");
    refuses("free 0x04800000",
            "error: 0x04800000: reserved, never handed out; kept for: device tree\n");
    for (char const* address : {"0x06100000", "0x0c000000", "0x3f201000", "0xfffffffffffff000"}) {
        refuses_text(std::string{"free "} + address,
                     std::string{"error: "} + address + ": not RAM; memmap shows where RAM is\n");
    }
    std::string const root = test::printed_address(small.pages.root().address());
    refuses_text("free " + root,
                 "error: " + root + ": allocated by the kernel for itself, not from the shell\n");
}

TEST(Free, SaysOfEachWrongHandleInEachZoneWhatIsWrong) {
    CHECK(small.succeeds("alloc -z early 0; alloc -z late 0; free #1 #2"));

    refuses("free #1", "error: #1: already free\n");
    refuses("free #2", "error: #2: already free\n");
    refuses("free #3", "error: #3: no block ever had this handle\n");
    refuses("free #0", "error: #0: no block ever had this handle\n");
    refuses("free #18446744073709551615",
            "error: #18446744073709551615: no block ever had this handle\n");
    refuses("free #18446744073709551616",
            "error: #18446744073709551616: does not fit into 64 bits\n");
    refuses("free #", "error: #: not a handle\n");
    refuses("free #x", "error: #x: not a handle\n");
    refuses("free everything", "error: everything: not a number\n");
}

TEST(Free, RefusesASecondFreeByHandleAndByAddress) {
    CHECK(small.succeeds("alloc -@ 0x00300000 0; free 0x00300000"));

    mentions("free 0x00300000", "error: 0x00300000: already free; it is in free block ");
    refuses("free #1", "error: #1: already free\n");
}

TEST(Free, RefusesPartOfAnExactCountByTheStartOfItsSecondBlock) {
    CHECK(small.succeeds("alloc -@ 0x00404000 24K"));

    refuses("free 0x00408000",
            "error: 0x00408000: inside an allocated block, not its start; that is 0x00404000 "
            "(#1)\n");
}

TEST(Free, RefusesABlockThatIsMapped) {
    CHECK(small.succeeds("alloc -z late -t dma -@ 0x05000000 3; mapva #1"));
    std::string const words = ": #1 is mapped at 0xffffffff90010000; unmapva #1 first\n";

    refuses("free #1", "error: #1: mapped at 0xffffffff90010000; unmapva #1 first\n");
    refuses_text("free 0x05000000", "error: 0x05000000" + words);
    refuses_text("free all", "error: all" + words);
    refuses_text("free -t dma", "error: dma" + words);

    CHECK(small.succeeds("unmapva #1; free #1"));
}

TEST(Free, FreesNothingOfAllWhereOneIsMapped) {
    CHECK(small.succeeds("alloc 0; alloc -z late 1; alloc 2; mapva #2"));

    CHECK(small.fails("free all"));

    UNSIGNED_LONGS_EQUAL(3, small.holdings.count());
}

TEST(Free, FreesThoseBeforeAWrongOne) {
    CHECK(small.succeeds("alloc -n 3 0"));

    CHECK(small.fails("free #1 #9 #2"));

    UNSIGNED_LONGS_EQUAL(2, small.holdings.count());
    STRCMP_CONTAINS("error: #9: ", small.printed.c_str());
}

TEST(Free, FreesByTag) {
    CHECK(small.succeeds("alloc -t rx 0; alloc -t tx -@ 0x05002000 1; alloc -t rx 2"));

    CHECK(small.succeeds("free -t rx"));

    prints("list", "#2 0x05002000..0x05003fff order 1 8 KiB late [tx]\n1 held, 2 frames, 8 KiB\n");
    refuses("free -t rx", "error: rx: no block has this tag; list shows those that are held\n");
    refuses("free -t ?", "error: ?: no block has this tag; list shows those that are held\n");
    refuses("free -t", "usage: free <#handle|address> ... | -t <tag> | all\n");
    refuses("free -t rx #2", "usage: free <#handle|address> ... | -t <tag> | all\n");
    refuses("free #2 all", "usage: free <#handle|address> ... | -t <tag> | all\n");
    refuses("free #2 -t tx", "usage: free <#handle|address> ... | -t <tag> | all\n");
    refuses("free", "usage: free <#handle|address> ... | -t <tag> | all\n");
}

TEST(Free, FreesAllAndAllOfNothing) {
    std::uint64_t const at_boot = small.state();
    CHECK(small.succeeds("alloc -n 5 0; alloc -z early -n 5 3; alloc 20K"));

    CHECK(small.succeeds("free all"));

    CHECK(at_boot == small.state());
    prints("free all", "nothing was held\n");
    prints("echo $?", "0\n");
}

TEST(Free, StopsAtControlCBetweenTwoBlocks) {
    CHECK(small.succeeds("alloc -n 10 0"));
    small.console.press_interrupt(14);

    CHECK(small.fails("free all"));

    STRCMP_CONTAINS("error: free: stopped by Ctrl-C\n", small.printed.c_str());
    UNSIGNED_LONGS_EQUAL(7, small.holdings.count());
}

TEST_GROUP_BASE(Exhaustion, test::ShellTest){
    // Takes every frame of both zones: orders 10 down to 0, early first.
    void take_everything(){for (char const* zone
                                : {"early", "late"}){for (int order = 10; order >= 0; --order){
        small.type(std::string{"alloc -n 99999 -z "} + zone + " " + std::to_string(order));
}
}
UNSIGNED_LONGS_EQUAL(0, small.early.statistics().free + small.late.statistics().free);
}
}
;

TEST(Exhaustion, TakesEveryFrameAndThenSaysSo) {
    take_everything();

    refuses("alloc 0", "error: 0: no free block is large enough; nothing is free\n");
    refuses("alloc 4K", "error: 4K: no free block is large enough; nothing is free\n");
    CHECK(static_cast<bool>(small.early.buddies().verify()));
    CHECK(static_cast<bool>(small.late.buddies().verify()));
}

TEST(Exhaustion, IsUndoneInAnyOrder) {
    std::string const at_boot = small.type("buddyinfo");
    mm::Random random{7};
    for (int round = 0; round < 3; ++round) {
        take_everything();
        std::vector<std::uint64_t> numbers;
        for (auto next = small.holdings.at_or_after(0); next;
             next = small.holdings.at_or_after(next->number + 1)) {
            numbers.push_back(next->number);
        }
        if (round == 1) {
            std::reverse(numbers.begin(), numbers.end());
        } else if (round == 2) {
            for (std::size_t i = numbers.size(); i > 1; --i) {
                std::swap(numbers[i - 1], numbers[random.below(i)]);
            }
        }

        for (std::uint64_t const number : numbers) {
            CHECK(small.succeeds("free #" + std::to_string(number)));
        }

        CHECK_EQUAL(at_boot, small.type("buddyinfo"));
    }
}
