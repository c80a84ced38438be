// SPDX-License-Identifier: MIT
// What is printed fits a terminal of 80 columns, and no line ends with a blank.
#include "shell/command_table.hpp"
#include "shell/wrapped_output.hpp"

#include "tests/support/shell_test.hpp"

#include <string>

TEST_GROUP_BASE(Columns, test::ShellTest){
    void fits(std::string const& line){std::string const printed = small.type(line);
std::size_t begin = 0;
while (begin < printed.size()) {
    std::size_t const end = printed.find('\n', begin);
    std::string const row = printed.substr(begin, end - begin);
    std::string report = line;
    report.append(" prints |").append(row).append("|");
    CHECK_TEXT(row.size() <= shell::kColumns, report.c_str());
    CHECK_TEXT(row.empty() || row.back() != ' ', report.c_str());
    begin = end + 1;
}
}
}
;

TEST(Columns, HoldTheUsageAndTheHelpOfEachCommand) {
    fits("help");
    for (shell::Command const& command : shell::commands()) {
        std::string const name{command.name};
        fits("help " + name);
        if (command.arity.most != shell::kAnyNumber) {
            fits(name + " 1 2 3 4 5 6 7 8 9 10 11 12");
        }
    }
    fits("free -t; free -t 1 2");
}

TEST(Columns, HoldWhatIsSaidOfBlocks) {
    fits("alloc -@ 0x04300000 1; alloc -z early -t letters-to-15 -a 512K 7");
    fits("alloc -z late -t rx 7; mapva #3; list; list -t rx; frame 0x04380000; free #3");
    fits("frame 0x04300000; frame 0x00080000; frame 0x06000000; frame 0x02000000");
    fits("alloc -n 3 10; alloc 12M; alloc -@ 0x06600000 10M");
    fits("unmapva #3; free #4 #5; free 0x00080000; free 0x06001000; free 0x04380000; free all");
}

TEST(Columns, HoldEveryRefusedRequest) {
    fits("alloc 100G; alloc 11; alloc -n 3 100G; alloc -z early 126M; alloc -a 3 0; alloc -a 8G 0");
    fits(
        "alloc -z up 0; alloc -t letters-and-more 0; alloc -@ 0x07f00000 1G; alloc -@ 0x00070000 "
        "1M");
    fits("alloc -@ 0x03fff000 8K; alloc -@ 0x06000000 0; alloc -z early -@ 0x05000000 0");
    fits("alloc -@ 0x00200000 10; alloc -@ 0x00201000 1; alloc -n 2 -@ 0x00200000 1");
    fits("alloc -n 99999 0; alloc -z early -z late 0; banana; meminf; free all");
}

TEST(Columns, HoldWhatIsSaidOfMemory) {
    fits("zones; memmap; meminfo; buddyinfo; heap; verify; map; map 0x00400000..0x00407fff; map 1");
    fits("alloc -@ 0x00400000 1; dump -p 0x00400000; dump -p -b 0x00400000; dump -p -h 0x00400000");
    for (char const* width : {"-b", "-h", "-w", "-x"}) {
        fits(std::string{"dump "} + width + " 0xffffffff80400000 40");
    }
    fits(
        "poke -p 0x00400000 1; fill -p 0x00400000 8K 1; poke -p 0x00600000 1; poke -p 0x00080000 "
        "1");
    fits("poke 0xffffffff80080000 1; peek 0x00400001; fill -p 0x00400000 16K 1; peek 0x00400000");
    fits("peek -p -b 0x3f201000; poke -p 0x3f201018 0; peek -p 0x06000000; peek -p 0x02000000");
    fits("pagetable 0xffffffff80080000; pagetable 0xffffffff80200000; pagetable 0x80000");
    fits(
        "pagetable 0xffff800000000000; pagetable 0xffffffff80000000; mapva #1; mapva 1; unmapva "
        "#1");
    fits("unsafe on; unsafe off; selftest; free all");
}

TEST(Columns, HoldTheMachineAndTheShell) {
    fits("dt; dt /soc; dt /nothing; irq; uptime; dmesg; version; history; color maybe");
    fits("echo \"");
    fits(std::string(2000, 'x'));
}
