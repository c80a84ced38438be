// SPDX-License-Identifier: MIT
#pragma once

#include "tests/support/small_machine.hpp"

#include <cstddef>
#include <string>

#include <CppUTest/TestHarness.h>

namespace test {

/// Types lines into a small machine. For TEST_GROUP_BASE; include it last.
class ShellTest : public Utest {
public:
    SmallMachine small;

    /// The line prints this and nothing else.
    void prints(char const* line, char const* words, std::size_t at = __builtin_LINE()) {
        std::string const printed = small.type(line);
        STRCMP_EQUAL_LOCATION(words, printed.c_str(), line, "line", at);
    }

    /// The line prints this among other things.
    void mentions(char const* line, char const* words, std::size_t at = __builtin_LINE()) {
        std::string const printed = small.type(line);
        STRCMP_CONTAINS_LOCATION(words, printed.c_str(), line, "line", at);
    }

    /// The line is refused with these words, sets $? to 1 and changes nothing.
    void refuses(char const* line, char const* words, std::size_t at = __builtin_LINE()) {
        std::uint64_t const before = small.state();
        prints(line, words, at);
        CHECK_EQUAL_LOCATION(before, small.state(), line, "line", at);
        prints("echo $?", "1\n", at);
    }
};

}  // namespace test
