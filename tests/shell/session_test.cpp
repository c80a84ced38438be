// SPDX-License-Identifier: MIT
#include "shell/session.hpp"

#include "kernel/mm/trial/random.hpp"
#include "shell/command_search.hpp"
#include "shell/command_table.hpp"
#include "shell/line/command_line.hpp"

#include "tests/support/fake_shell.hpp"
#include "tests/support/small_machine.hpp"

#include <sstream>
#include <string>

#include <CppUTest/TestHarness.h>

namespace {

using Fault = kernel::Received::Fault;
using shell::Outcome;

constexpr std::size_t kMaxLine = shell::LineEditor::kMaxLine;

}  // namespace

TEST_GROUP_BASE(Session,
                test::FakeShellTest){void type_damaged(Fault fault){session.receive({'x', fault});
}

/// What `text` makes the shell print, echo included.
std::string answer(std::string_view text) {
    fake.console.take_output();
    type(text);
    return fake.console.take_output();
}

void check_status(std::string const& status) { CHECK_EQUAL(status + "\n", succeeds("echo $?")); }
}
;

TEST(Session, PromptsEchoesAndAnswers) {
    session.start();
    CHECK_EQUAL(std::string{"beryl> "}, fake.console.take_output());

    CHECK_EQUAL(std::string{"echo hello\nhello\nberyl> "}, answer("echo hello\r"));
}

TEST(Session, TakesCrLfAndCrLfForOneEnd) {
    CHECK_EQUAL(std::string{"echo 1\n1\nberyl> echo 2\n2\nberyl> echo 3\n3\nberyl> "},
                answer("echo 1\recho 2\necho 3\r\n"));
    CHECK_EQUAL(std::string{"\nberyl> \nberyl> "}, answer("\n\n"));
    CHECK_EQUAL(std::string{"\nberyl> \nberyl> "}, answer("\r\r"));
}

TEST(Session, SeparatesCommandsAndSkipsComments) {
    CHECK_EQUAL(std::string{"a\nb c\n"}, succeeds("echo a; echo  b   c// d; echo e"));
    CHECK_EQUAL(std::string{"a\n"}, succeeds(";; echo a ;;"));
    CHECK_EQUAL(std::string{}, succeeds("// nothing"));
    CHECK_EQUAL(std::string{}, succeeds("  \t "));
    CHECK_EQUAL(std::string{"a;b // c\n"}, succeeds("echo \"a;b // c\""));
    CHECK_EQUAL(std::string{"\n"}, succeeds("echo"));
}

TEST(Session, KeepsTheLastOutcome) {
    check_status("0");
    fails("nonsense");
    check_status("1");
    check_status("0");
    CHECK_EQUAL(std::string{"error: nonsense: no such command; help lists them\n1\n0\n"},
                succeeds("nonsense; echo $?; echo $?"));
    fails("nonsense");
    fails("");
    CHECK_EQUAL(std::string{"<1> $\n"}, succeeds("echo \"<$?>\" $"));
}

TEST(Session, NamesTheCommandThatWasMeant) {
    CHECK_EQUAL(std::string{"error: verison: no such command; did you mean version\n"},
                fails("verison"));
    CHECK_EQUAL(std::string{"error: ehco: no such command; did you mean echo\n"}, fails("ehco a"));
    CHECK_EQUAL(std::string{"error: td: no such command; did you mean dt\n"}, fails("td"));
    CHECK_EQUAL(std::string{"error: x: no such command; help lists them\n"}, fails("x"));
    CHECK_EQUAL(std::string{"error: aaaaaaaaaaaaaaaaaaaaaaaa: no such command; help lists them\n"},
                fails("aaaaaaaaaaaaaaaaaaaaaaaa"));
}

TEST(Session, CountsArguments) {
    CHECK_EQUAL(std::string{"usage: color on|off\n"}, fails("color"));
    CHECK_EQUAL(std::string{"usage: color on|off\n"}, fails("color on off"));
    CHECK_EQUAL(std::string{"usage: version\n"}, fails("version 1"));
    CHECK_EQUAL(std::string{"usage: version\n"}, fails("version --json"));
    CHECK_EQUAL(std::string{"error: --json: given twice\n"}, fails("zones --json --json"));
}

TEST(Session, RefusesAnOpenQuoteBeforeAnythingRuns) {
    CHECK_EQUAL(std::string{"error: \"b; echo c: the quote is not closed\n"},
                fails("echo a; echo \"b; echo c"));
    check_status("1");
}

TEST(Session, RefusesTooManyWordsAndGoesOn) {
    std::string line = "echo";
    for (unsigned i = 0; i < shell::CommandLine::kMaxWords; ++i) {
        line += " a";
    }
    CHECK_EQUAL(std::string{"error: echo: more than 256 words; use several commands\nb\n"},
                succeeds(line + ";echo b"));
}

TEST(Session, RunsTheLongestLineAndNoLongerOne) {
    for (std::size_t const length : {kMaxLine - 1, kMaxLine}) {
        std::string const word(length - 5, 'a');
        STRCMP_CONTAINS(("\n" + word + "\nberyl> ").c_str(), answer("echo " + word + "\r").c_str());
    }
    for (std::size_t const length : {kMaxLine + 1, 64 * kMaxLine}) {
        std::string const text = answer("echo " + std::string(length - 5, 'a') + "\recho ok\r");
        STRCMP_CONTAINS(
            "\nerror: line: longer than 1024 characters, none of it was run; use "
            "several lines\nberyl> echo ok\nok\nberyl> ",
            text.c_str());
    }
    STRCMP_CONTAINS("error: line: longer", fails(std::string(kMaxLine + 1, 'a')).c_str());
    check_status("1");
}

TEST(Session, RejectsALineWithADamagedCharacterWherever) {
    std::string const line = "echo 0123456789a";
    for (Fault const fault : {Fault::Framing, Fault::Parity, Fault::Break, Fault::Overrun}) {
        for (std::size_t at = 0; at <= line.size(); ++at) {
            fake.console.take_output();
            type(line.substr(0, at));
            type_damaged(fault);
            type(line.substr(at) + "\r");

            std::string const text = fake.console.take_output();
            STRCMP_CONTAINS("\nerror: line: ", text.c_str());
            CHECK(text.find("\n0123456789a") == std::string::npos);
            STRCMP_CONTAINS("\n1\n", answer("echo $?\r").c_str());
        }
    }
}

TEST(Session, DropsTheLineAndItsFaultsAtCtrlC) {
    type("echo a");
    type_damaged(Fault::Parity);
    CHECK_EQUAL(std::string{"^C\nberyl> \nberyl> "}, answer("\x03\r"));
}

TEST(Session, StopsACommandAndTheRestOfTheLineAtCtrlC) {
    type("echo 1\r");
    fake.console.press_interrupt();

    CHECK_EQUAL(std::string{"error: history: stopped by Ctrl-C\n"},
                executed("history; echo not this", Outcome::Interrupted));
    check_status("1");
}

TEST(Session, ExecutesAPasteInOrder) {
    std::string paste;
    std::string expected;
    for (unsigned i = 0; paste.size() < 65'536; ++i) {
        paste += "echo line " + std::to_string(i) + "\r";
        expected += "echo line " + std::to_string(i) + "\nline " + std::to_string(i) + "\nberyl> ";
    }
    CHECK(answer(paste) == expected);
}

TEST(Session, WritesOncePerPlainCharacter) {
    type("echo ");
    std::size_t const before = fake.console.writes();
    type(std::string(500, 'a'));
    CHECK_EQUAL(before + 500, fake.console.writes());
}

/// Whatever comes, the next whole line is executed.
TEST(Session, SurvivesAMebibyteOfNoise) {
    // Noise finds its way to any command, so there must be something behind each.
    test::SmallMachine small;
    constexpr std::uint64_t kSeed = 20'240'229;
    mm::Random random{kSeed};
    for (unsigned i = 0; i < (1U << 20); ++i) {
        auto const fault = random.below(4096) == 0 ? Fault::Framing : Fault::None;
        // Every second byte from where the editor and the parser have something to do.
        constexpr std::string_view kLively =
            "\x1b[~;\"/$?#-0 \r\n\t\x7f\x01\x05\x0b\x15\x17O3ABCDHF";
        char const lively = kLively[random.below(kLively.size())];
        auto const byte = static_cast<std::uint8_t>(
            random.below(2) == 0 ? random.below(256) : static_cast<unsigned char>(lively));
        small.session.receive({byte, fault});
        if (small.console.writes() % 1024 == 0) {
            small.console.take_output();
        }
    }
    small.session.receive({0x03, Fault::None});
    small.console.take_output();
    STRCMP_EQUAL("ok\n", small.type("echo ok").c_str());
}

TEST(Session, CompletesCommandsAndTheirArguments) {
    CHECK_EQUAL(std::string{"version "}, answer("vers\t"));
    type("\x03");
    CHECK_EQUAL(std::string{"echo a; help irq "}, answer("echo a; hel\tir\t"));
    type("\x03");
    CHECK_EQUAL(std::string{"color o\non off\nberyl> color off "}, answer("color \t\tf\t"));
    type("\x03");
    CHECK_EQUAL(std::string{"nonsense \a"}, answer("nonsense \t"));
}

TEST(Session, ListsTheCommandsInEightyColumns) {
    std::istringstream list{succeeds("help")};
    for (std::string line; std::getline(list, line);) {
        CHECK_TEXT(line.size() <= 80, line.c_str());
    }
}

TEST(Session, HelpsWithEveryCommandByAnExampleThatIsRight) {
    std::string const list = succeeds("help");
    for (shell::Command const& command : shell::commands()) {
        std::string const name{command.name};
        STRCMP_CONTAINS(("\n  " + name + " ").c_str(), list.c_str());
        STRCMP_CONTAINS((name + (command.arguments.empty() ? "\n" : " ")).c_str(),
                        succeeds("help " + name).c_str());
        STRCMP_CONTAINS(("\n  example: " + std::string{command.example} + "\n").c_str(),
                        succeeds("help " + name).c_str());

        std::string example{command.example};
        shell::CommandLine words{example};
        CHECK_TEXT(!words.unclosed_quote() && words.next('0'), name.c_str());
        CHECK_EQUAL(name, std::string{words.words().front()});
        CHECK_TEXT(words.words().size() - 1 >= command.arity.least &&
                       words.words().size() - 1 <= command.arity.most,
                   name.c_str());
        CHECK_TEXT(!words.next('0'), name.c_str());
        CHECK(shell::find_command(command.name) == &command);
    }
    CHECK_EQUAL(std::string{"error: x: no such command; help lists them\n"}, fails("help x"));
}
