// SPDX-License-Identifier: MIT
//
// Bugs that shells have shipped with in counting arguments, each under a name that says what is
// right.
#include "shell/command_table.hpp"

#include "tests/support/shell_test.hpp"

#include <algorithm>
#include <string>
#include <vector>

TEST_GROUP_BASE(ArgumentLessons, test::ShellTest){
    /// `count` words that look like what commands take.
    static std::string words(std::size_t count, std::size_t kind){
        std::vector<std::string> const kinds{"0x00200000", "#1", "-t", "-p", "-n", "all", "1"};
std::string line;
for (std::size_t word = 0; word < count; ++word) {
    line += " " + kinds[(kind + word) % kinds.size()];
}
return line;
}
}
;

// Shipped, twice: a condition that checked for one argument too few, and a handler that then read
// past the end. The shell is compiled with checks of every span in these tests.
TEST(ArgumentLessons, NoCommandReadsAnArgumentThatIsNotThere) {
    small.console.keep_pressing_interrupt(64);  // Or memtest would test all memory.
    for (shell::Command const& command : shell::commands()) {
        std::string const name{command.name};
        for (std::size_t count = 0; count <= 8; ++count) {
            for (std::size_t kind = 0; kind < 7; ++kind) {
                small.type(name + words(count, kind));
                small.type("unsafe off; color off; poison off");
            }
        }
    }

    prints("echo alive", "alive\n");
}

// The table counts, before a handler is called: no handler has to.
TEST(ArgumentLessons, TooFewAndTooManyArgumentsAreRefusedBeforeTheCommandRuns) {
    for (shell::Command const& command : shell::commands()) {
        std::string const name{command.name};
        std::string const usage = "usage: " + name;
        for (std::size_t count = 0; count <= 8; ++count) {
            bool const fits =
                count >= command.arity.least &&
                (count <= command.arity.most || command.arity.most == shell::kAnyNumber);
            if (!fits) {
                mentions((name + words(count, 6)).c_str(), usage.c_str());
            }
        }
    }
}
