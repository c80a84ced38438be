// SPDX-License-Identifier: MIT
#include "shell/wrapped_output.hpp"

#include "tests/support/fake_console.hpp"

#include <string>

#include <CppUTest/TestHarness.h>

TEST_GROUP(WrappedOutput) {
    test::FakeConsole console;
    shell::WrappedOutput lines{console, 2};

    std::string wrapped(std::string const& text) {
        // Letter by letter: words are what stands between blanks, not what one call writes.
        for (char const letter : text) {
            lines.write({&letter, 1});
        }
        lines.end_line();
        return console.take_output();
    }
};

TEST(WrappedOutput, LeavesALineThatFitsAsItIs) {
    std::string const text = "  a  b " + std::string(73, 'c');

    CHECK_EQUAL(text + "\n", wrapped(text));
}

TEST(WrappedOutput, BreaksAtTheLastBlankBeforeTheEnd) {
    std::string const word(39, 'x');

    CHECK_EQUAL(word + " " + word + "\n  y " + word + "\n  " + word + "\n",
                wrapped(word + " " + word + " y " + word + " " + word));
}

TEST(WrappedOutput, KeepsAWordWholeThatFitsIntoNoLine) {
    std::string const word(200, 'x');

    CHECK_EQUAL(word + "\n  y\n  " + word + "\n", wrapped(word + " y " + word));
}

TEST(WrappedOutput, EndsAnEmptyLineWithoutBlanks) { CHECK_EQUAL(std::string{"\n"}, wrapped("  ")); }
