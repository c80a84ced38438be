// SPDX-License-Identifier: MIT
#include "shell/line/key_decoder.hpp"

#include <string>
#include <string_view>

#include <CppUTest/TestHarness.h>

namespace {

using shell::Key;

/// The keys as letters: a character as itself, Home as H and so on.
char letter_of(shell::KeyPress press) {
    switch (press.key) {
        case Key::Character: return press.character;
        case Key::Enter: return '\n';
        case Key::Interrupt: return 'C';
        case Key::Complete: return 'T';
        case Key::Backspace: return 'B';
        case Key::Delete: return 'X';
        case Key::Left: return '<';
        case Key::Right: return '>';
        case Key::Up: return '^';
        case Key::Down: return 'v';
        case Key::Home: return 'H';
        case Key::End: return 'E';
        case Key::EraseToEnd: return 'K';
        case Key::EraseToStart: return 'U';
        case Key::EraseWord: return 'W';
        case Key::ClearScreen: return 'L';
        case Key::Unknown: return '!';
    }
    return ' ';
}

std::string keys(std::string_view bytes) {
    shell::KeyDecoder decoder;
    std::string letters;
    for (char const byte : bytes) {
        if (auto const press = decoder.decode(static_cast<std::uint8_t>(byte))) {
            letters += letter_of(*press);
        }
    }
    return letters;
}

void check_keys(std::string const& expected, std::string_view bytes) {
    CHECK_EQUAL(expected, keys(bytes));
}

}  // namespace

TEST_GROUP(KeyDecoder){};

TEST(KeyDecoder, KnowsTheKeysOfEveryCommonTerminal) {
    check_keys("^v><", "\x1b[A\x1b[B\x1b[C\x1b[D");
    check_keys("^v><", "\x1bOA\x1bOB\x1bOC\x1bOD");
    check_keys("HHHH", "\x1b[H\x1b[1~\x1b[7~\x1bOH");
    check_keys("EEEE", "\x1b[F\x1b[4~\x1b[8~\x1bOF");
    check_keys("X", "\x1b[3~");
    check_keys(">H", "\x1b[1;5C\x1b[1;2H");
}

TEST(KeyDecoder, KnowsControlCharacters) {
    check_keys("HEKUWLCX", "\x01\x05\x0b\x15\x17\x0c\x03\x04");
    check_keys("<>^v", "\x02\x06\x10\x0e");
    check_keys("BBT", "\b\x7f\t");
    check_keys("!", "\x07");
}

TEST(KeyDecoder, TakesCrLfAndBothForOneEnter) {
    check_keys("\n\n\n", "\r\n\n\r");
    check_keys("\n\n", "\r\r");
    check_keys("\na\n", "\ra\n");
}

TEST(KeyDecoder, ShowsWhatIsNotAsciiAndDropsNul) {
    check_keys("a??b?",
               "a\xc3\xa9"
               "b\xff");
    check_keys("ab", std::string_view{"a\0b", 3});
}

TEST(KeyDecoder, IgnoresKeysThatMeanNothing) {
    check_keys("a",
               "\x1b[2~\x1b[5~\x1b[15~\x1b[24~\x1bOP\x1b[[A"
               "a");
    check_keys("a",
               "\x1b[?62;1c\x1b[12;40R"
               "a");
    check_keys("a",
               "\x1bx"
               "a");
    check_keys("a",
               "\x1b[13~\x1b[103~\x1b[259~"
               "a");
}

TEST(KeyDecoder, ActsOnAControlCharacterInsideASequence) {
    check_keys("\na", "\x1b\ra");
    check_keys("\na", "\x1b[1\ra");
    check_keys("Ca",
               "\x1bO\x03"
               "a");
    check_keys("^", "\x1b\x1b[1\x1b[A");
    check_keys("?a",
               "\x1b[\xff"
               "a");
}

TEST(KeyDecoder, TakesEveryPrintableCharacterIntoASequence) {
    check_keys("^", "\x1b[ A");
    check_keys("Ba",
               "\x1b[\x7f"
               "a");
    check_keys("A", "\x1b[@A");
    check_keys("H", "\x1b[1:~");
}

TEST(KeyDecoder, ReadsOnlyTheFirstNumberOfASequence) {
    check_keys("H", "\x1b[1;5~");
    check_keys(">X", "\x1b[1;5C\x1b[3~");
    check_keys("X", "\x1b[03~");
    check_keys("", "\x1b[10~\x1b[19~\x1b[13~\x1b[33~");
}

TEST(KeyDecoder, GivesUpOnASequenceThatNeverEnds) {
    std::string const endless = "\x1b[" + std::string(1000, ';') + "a";
    CHECK(keys(endless).ends_with("a"));
}

TEST(KeyDecoder, OnlyACharacterHasOne) {
    shell::KeyDecoder decoder;

    BYTES_EQUAL('a', decoder.decode('a')->character);
    BYTES_EQUAL(0, decoder.decode('\r')->character);
}
