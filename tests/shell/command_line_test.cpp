// SPDX-License-Identifier: MIT
#include "shell/line/command_line.hpp"

#include "kernel/mm/trial/random.hpp"

#include "tests/support/guarded_words.hpp"

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>

#include <CppUTest/TestHarness.h>

namespace {

/// The commands of a line, each as its words between bars: `|echo|a b|`.
std::string taken_apart(std::string text) {
    shell::CommandLine line{text};
    std::string commands;
    while (line.next('0')) {
        commands += commands.empty() ? "|" : " |";
        for (std::string_view const word : line.words()) {
            commands += std::string{word} + "|";
        }
    }
    return commands;
}

void check(std::string const& expected, std::string const& text) {
    CHECK_EQUAL(expected, taken_apart(text));
}

}  // namespace

TEST_GROUP(CommandLine){};

TEST(CommandLine, SplitsAtBlanksAndSemicolons) {
    check("", "");
    check("", " ; ;\t;");
    check("|a|b| |c| |d|", "  a\tb;c ;  d");
    check("|a|", "a;");
}

TEST(CommandLine, EndsAtAComment) {
    check("|a|", "a // b ; c");
    check("|a|", "a//");
    check("|a/b|/|", "a/b /");
    check("", "//");
}

TEST(CommandLine, KeepsWhatIsQuotedInOneWord) {
    check("|a b|c;d|//|", "\"a b\" c\";\"d \"//\"");
    check("|a||b|", "a \"\" b");
}

TEST(CommandLine, ReplacesTheStatusWhereverItStands) {
    check("|0|a0b|00|0|$|?|$ ?|", "$? a$?b $?$? \"$?\" $ ? \"$ ?\"");
    check("|$|", "$");
}

TEST(CommandLine, JoinsASizeWithItsUnit) {
    check("|alloc|16 KiB|", "alloc 16 KiB");
    check("|alloc|1.5 GiB|x|", "alloc   1.5\t GiB x");
    check("|a|17 B|3 M|", "a 17 B 3 M");
    check("|a|16K|KiB|", "a 16K KiB");
    check("|KiB|", "KiB");
    check("|16| |KiB|", "16 ; KiB");
    check("|a|16|Kib|", "a 16 Kib");
}

TEST(CommandLine, FindsTheQuoteThatIsNotClosed) {
    std::string text = "a \"b\" \"c ; d";
    CHECK_EQUAL(std::string{"\"c ; d"},
                std::string{shell::CommandLine{text}.unclosed_quote().value_or("none")});
    std::string closed = "a \"b\" // \" c";
    CHECK(!shell::CommandLine{closed}.unclosed_quote());
    std::string slashes = "\"//\" \"";
    CHECK(shell::CommandLine{slashes}.unclosed_quote() == "\"");
}

TEST(CommandLine, SeesACommentOnlyInTwoSlashes) {
    std::string comment = "// \"";
    CHECK(!shell::CommandLine{comment}.unclosed_quote());
    for (char const* const text : {"a/\"x", "/a\"x", "/\"x", "x/ \"x"}) {
        std::string copy = text;
        CHECK_TEXT(shell::CommandLine{copy}.unclosed_quote() == "\"x", text);
    }
    check("|a/|b|", "a/ b //");
    check("|a$|b|", "a$ b");
    check("|a$|", "a$");
    check("|/|", "/");
}

/// Whatever lies behind the line is no part of it.
TEST(CommandLine, ReadsAndWritesNothingBehindItsText) {
    for (char const behind : {'"', ' ', '/', '?', ';', 'a'}) {
        for (std::string_view const text : {"a", "a/", "a$", "a ", "a;", "a b"}) {
            std::string both{text};
            both.append(2, behind);
            shell::CommandLine line{std::span{both}.first(text.size())};
            std::string alone{text};
            shell::CommandLine expected{alone};
            CHECK(!line.unclosed_quote());
            bool more = true;
            while (more) {
                more = expected.next('0');
                CHECK_EQUAL(more, line.next('0'));
                CHECK_EQUAL(expected.words().size(), line.words().size());
                for (std::size_t n = 0; n < expected.words().size(); ++n) {
                    CHECK(expected.words()[n] == line.words()[n]);
                }
            }
            CHECK_EQUAL(std::string(2, behind), both.substr(text.size()));
        }
    }
}

TEST(CommandLine, CountsToTheLastWordThatFits) {
    std::string text;
    for (std::size_t i = 0; i < shell::CommandLine::kMaxWords; ++i) {
        text += "a ";
    }
    std::string one_more = text + "b; c";

    shell::CommandLine fits{text};
    CHECK(fits.next('0') && !fits.has_too_many_words());
    shell::CommandLine overflows{one_more};
    CHECK(overflows.next('0') && overflows.has_too_many_words());
    CHECK_EQUAL(shell::CommandLine::kMaxWords, overflows.words().size());
    CHECK(overflows.next('0') && !overflows.has_too_many_words());
}

/// Whatever the line is: words come out of it in order, none grows, and the end is reached.
TEST(CommandLine, TakesAnyLineApart) {
    mm::Random random{11};
    for (unsigned i = 0; i < 20'000; ++i) {
        std::string text;
        for (std::size_t length = random.below(40); text.size() < length;) {
            text += " ;\"/$?1KiB\ta"[random.below(12)];
        }
        std::string const before = text;
        shell::CommandLine line{text};
        line.unclosed_quote();
        std::size_t letters = 0;
        while (line.next('1')) {
            for (std::string_view const word : line.words()) {
                CHECK_TEXT(word.data() >= text.data() &&
                               word.data() + word.size() <= text.data() + text.size(),
                           before.c_str());
                letters += word.size();
            }
        }
        CHECK_TEXT(letters <= before.size(), before.c_str());
    }
}

TEST(CommandLine, HasNoWordsUntilItIsAskedForSome) {
    std::string text = "a b";
    shell::CommandLine line{text};

    CHECK(line.words().empty());
    CHECK_FALSE(line.has_too_many_words());
}

TEST(CommandLine, ReadsNothingBehindItsText) {
    test::GuardedWords const guarded{1};
    void* const memory = guarded.words().data();
    std::span<char> const text{static_cast<char*>(memory), sizeof(std::uint64_t)};
    std::ranges::copy(std::string_view{"echo abc"}, text.begin());
    shell::CommandLine line{text};

    CHECK(line.next('0'));
    STRCMP_EQUAL("abc", std::string{line.words()[1]}.c_str());
    CHECK_FALSE(line.next('0'));
}
