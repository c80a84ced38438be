// SPDX-License-Identifier: MIT
#include "shell/line/line_editor.hpp"

#include "kernel/mm/trial/random.hpp"
#include "shell/line/history.hpp"

#include "tests/support/fake_console.hpp"
#include "tests/support/screen.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <CppUTest/TestHarness.h>

namespace {

using Event = shell::LineEditor::Event;
using Fault = kernel::Received::Fault;

constexpr std::size_t kMaxLine = shell::LineEditor::kMaxLine;
constexpr std::string_view kLeft = "\x1b[D";
constexpr std::string_view kHome = "\x1b[H";
constexpr std::string_view kUp = "\x1b[A";
constexpr std::string_view kDown = "\x1b[B";

/// What a line editor is, without a terminal: a text and a place in it.
struct Model {
    std::string text;
    std::size_t cursor = 0;

    std::size_t before() const { return std::max<std::size_t>(cursor, 1) - 1; }
    std::size_t after() const { return std::min(cursor + 1, text.size()); }

    void insert(char letter) {
        if (text.size() < kMaxLine) {
            text.insert(cursor++, 1, letter);
        }
    }
    void erase(std::size_t begin, std::size_t end) {
        text.erase(begin, end - begin);
        cursor = begin;
    }
    void erase_word() {
        std::size_t begin = cursor;
        while (begin != 0 && text[begin - 1] == ' ') {
            --begin;
        }
        while (begin != 0 && text[begin - 1] != ' ') {
            --begin;
        }
        erase(begin, cursor);
    }
};

/// One key: what is sent, and what the model does.
struct Keystroke {
    std::string_view bytes;
    void (*apply)(Model&);
};

constexpr Keystroke kKeystrokes[] = {
    {"\x1b[D",  [](Model& m) { m.cursor = m.before(); }           },
    {"\x1b[C",  [](Model& m) { m.cursor = m.after(); }            },
    {"\x1b[1~", [](Model& m) { m.cursor = 0; }                    },
    {"\x1b[4~", [](Model& m) { m.cursor = m.text.size(); }        },
    {"\x01",    [](Model& m) { m.cursor = 0; }                    },
    {"\x05",    [](Model& m) { m.cursor = m.text.size(); }        },
    {"\x0b",    [](Model& m) { m.erase(m.cursor, m.text.size()); }},
    {"\x15",    [](Model& m) { m.erase(0, m.cursor); }            },
    {"\x17",    [](Model& m) { m.erase_word(); }                  },
    {"\x7f",    [](Model& m) { m.erase(m.before(), m.cursor); }   },
    {"\b",      [](Model& m) { m.erase(m.before(), m.cursor); }   },
    {"\x1b[3~", [](Model& m) { m.erase(m.cursor, m.after()); }    },
    {"\x04",    [](Model& m) { m.erase(m.cursor, m.after()); }    },
};

}  // namespace

TEST_GROUP(LineEditor) {
    test::FakeConsole console;
    shell::History history;
    shell::LineEditor editor{history};

    void setup() override {
        editor.start(console);
        console.take_output();
    }

    Event type(std::string_view bytes) {
        Event last = Event::None;
        for (char const byte : bytes) {
            last = editor.receive({static_cast<std::uint8_t>(byte), Fault::None}, console);
        }
        return last;
    }

    void check_line(std::string const& expected, std::string const& bytes) {
        editor.start(console);
        type(bytes);
        CHECK_EQUAL(expected, std::string{editor.line()});
    }
};

TEST(LineEditor, InsertsAndErasesAnywhere) {
    check_line("abc", "ac\x1b[Db");
    check_line("xab", "ab\x1b[Hx");
    check_line("abx", "ab\x1b[H\x1b[Fx");
    check_line("ac", "abc\x02\x7f");
    check_line("ab", "abc\x1b[D\x1b[3~");
    check_line("ab", "ab\x04\x1b[3~");
    check_line("b", "ab\x01\x04");
    check_line("a",
               "\b\x7f\x1b[D\x1b[C\x15\x17\x0b"
               "a");
    check_line("ab ", "ab cd\x17");
    check_line("cd", "ab cd\x02\x02\x15");
    check_line("ab ", "ab cd\x02\x02\x0b");
}

TEST(LineEditor, EchoesACharacterAtTheEndAsItself) {
    type("ab");
    CHECK_EQUAL(std::string{"ab"}, console.take_output());
    type(kLeft);
    CHECK_EQUAL(std::string{"\b"}, console.take_output());
    type("x");
    CHECK_EQUAL(std::string{"xb\b"}, console.take_output());
    type("\x7f");
    CHECK_EQUAL(std::string{"\bb\x1b[K\b"}, console.take_output());
    type("\r");
    CHECK_EQUAL(std::string{"\n"}, console.take_output());
}

TEST(LineEditor, EndsLinesAsTheyDeserve) {
    CHECK(type("ab\r") == Event::Line);
    editor.start(console);
    CHECK(type("ab\x03") == Event::Dropped);
    editor.start(console);
    CHECK(type("ab\t") == Event::Complete);

    editor.start(console);
    CHECK(type(std::string(kMaxLine, 'a') + "\r") == Event::Line);
    editor.start(console);
    CHECK(type(std::string(kMaxLine + 1, 'a') + "\r") == Event::TooLong);
    CHECK_EQUAL(kMaxLine, editor.line().size());

    editor.start(console);
    type("ab");
    editor.receive({'c', Fault::Parity}, console);
    CHECK(type("d\r") == Event::Damaged);
    CHECK(editor.fault() == Fault::Parity);
    CHECK_EQUAL(std::string{"abd"}, std::string{editor.line()});

    editor.start(console);
    CHECK(type("a\r") == Event::Line);
}

TEST(LineEditor, ForgetsATooLongLineAtCtrlU) {
    type(std::string(kMaxLine + 5, 'a'));
    type("\x15");
    CHECK(type("ok") == Event::None);
    CHECK_EQUAL(std::string{"ok"}, std::string{editor.line()});

    type(std::string(kMaxLine - 2, 'a') + std::string{kHome} + "b\x15");
    CHECK(type("ok\r") == Event::Line);
    CHECK_EQUAL(std::string{"ok"}, std::string{editor.line()});
}

TEST(LineEditor, WalksThroughTheHistoryAndBackToWhatWasTyped) {
    history.add("one");
    history.add("two");
    type("draft");

    type(kUp);
    CHECK_EQUAL(std::string{"two"}, std::string{editor.line()});
    type(kUp);
    CHECK_EQUAL(std::string{"one"}, std::string{editor.line()});
    type(kUp);
    CHECK_EQUAL(std::string{"one"}, std::string{editor.line()});
    type(kDown);
    CHECK_EQUAL(std::string{"two"}, std::string{editor.line()});
    type("!");
    CHECK_EQUAL(std::string{"two!"}, std::string{editor.line()});
    type(kDown);
    CHECK_EQUAL(std::string{"draft"}, std::string{editor.line()});
    type(kDown);
    CHECK_EQUAL(std::string{"draft"}, std::string{editor.line()});
}

TEST(LineEditor, StartsEachLineBelowTheHistory) {
    history.add("one");
    type("draft");
    type(kUp);
    editor.start(console);
    type("new");

    type(kDown);

    CHECK_EQUAL(std::string{"new"}, std::string{editor.line()});
}

TEST(LineEditor, IsAnEmptyLineBeforeItIsStarted) {
    shell::LineEditor unstarted{history};
    auto const output_of = [&](std::string_view bytes) {
        for (char const byte : bytes) {
            unstarted.receive({static_cast<std::uint8_t>(byte), Fault::None}, console);
        }
        return console.take_output();
    };

    CHECK_EQUAL(std::string{"\a"}, output_of(kDown));
    CHECK_EQUAL(std::string{"a"}, output_of("a"));
    CHECK_EQUAL(std::string{"\b"}, output_of(kLeft));
}

TEST(LineEditor, ShowsWhatIsRecalled) {
    history.add("one");
    test::Screen screen{80};
    editor.start(console);
    type("draft");
    type(kUp);

    screen.write(console.take_output());

    CHECK_EQUAL(std::string{"beryl> one"}, screen.row());
}

TEST(LineEditor, DrawsAllAnewAtCtrlLAndRingsAtAKeyItDoesNotKnow) {
    type("ab");
    console.take_output();

    type("\x0c");
    CHECK_EQUAL(std::string{"\x1b[2J\x1b[Hberyl> ab"}, console.take_output());
    type("\x07");
    CHECK_EQUAL(std::string{"\a"}, console.take_output());
}

TEST(LineEditor, CompletesNothingInALineThatIsTooLong) {
    CHECK(type(std::string(kMaxLine + 1, 'a') + "\t") == Event::None);
}

TEST(LineEditor, RefusesTextThatDoesNotFit) {
    type(std::string(kMaxLine - 1, 'a'));

    editor.insert("bc", console);
    CHECK_EQUAL(kMaxLine - 1, editor.line().size());
    editor.insert("b", console);
    CHECK(type("\r") == Event::Line);
}

TEST(LineEditor, DrawsALongLineAnewOnOneRowWhenItIsEdited) {
    test::Screen screen{120};
    editor.start(console);
    type(std::string(150, 'a'));
    screen.write(console.take_output());
    CHECK_EQUAL("beryl> " + std::string(150, 'a'), screen.text_from(0));

    type(std::string{kHome} + "b");
    screen.write(console.take_output());
    CHECK_EQUAL("beryl> b" + std::string(71, 'a'), screen.row());
    CHECK_EQUAL(8U, screen.column());
}

TEST(LineEditor, LeavesAFullRowWhereItIsUntilTheCursorLeavesIt) {
    constexpr std::size_t kRow = 72;  // What fits beside the prompt, with a column for the cursor.
    type(std::string(kRow, 'a'));
    console.take_output();
    type(kLeft);
    CHECK_EQUAL(std::string{"\b"}, console.take_output());

    type(std::string(100, 'a') + std::string{kHome});  // Wrapped, and then drawn anew.
    console.take_output();
    for (std::size_t column = 1; column <= kRow; ++column) {
        type("\x1b[C");
        CHECK_EQUAL(std::string{"\x1b[1C"}, console.take_output());
    }
    type("\x1b[C");  // From 37 on: the cursor is in the middle.
    CHECK(console.take_output().size() > kRow);
    for (std::size_t column = 0; column < kRow / 2; ++column) {
        type(kLeft);
        CHECK_EQUAL(std::string{"\b"}, console.take_output());
    }
    type(kLeft);
    CHECK(console.take_output().size() > kRow);
}

TEST(LineEditor, BeginsTheRowHalfARowInFrontOfTheCursorOrWithTheLine) {
    std::string text(71, 'a');
    text += ' ';
    for (std::size_t n = 0; n < 228; ++n) {
        text += static_cast<char>('b' + n % 20);
    }
    test::Screen screen{80};
    editor.start(console);
    type(text);
    type(kHome);
    type("\x05");
    console.take_output();
    editor.redraw(console);
    screen.write(console.take_output());
    CHECK_EQUAL("beryl> " + text.substr(text.size() - 36), screen.row());

    type("\x17");  // The cursor is where the first row ends.
    screen.write(console.take_output());
    CHECK_EQUAL("beryl> " + std::string(71, 'a') + " ", screen.row());
    CHECK_EQUAL(79U, screen.column());
}

TEST(LineEditor, DrawsAPartOfALongLineForFewBytesPerCharacter) {
    type(std::string(100, 'a') + std::string{kLeft} + "\x05");
    console.take_output();

    type(std::string(720, 'a'));  // Four bytes for each.

    CHECK(console.take_output().size() < 2880);
}

/// The row, while it is not the terminal's to wrap, shows the part of the line around the cursor.
TEST(LineEditor, KeepsTextCursorAndScreenInStepWithAModel) {
    constexpr std::uint64_t kSeed = 7;
    mm::Random random{kSeed};
    for (unsigned round = 0; round < 60; ++round) {
        test::Screen screen{80 + random.below(60)};
        console.take_output();
        editor.start(console);
        Model model;
        // Some rounds stay within a row, some go far beyond.
        std::uint64_t const typing = 1 + random.below(8);
        bool is_redrawn = false;
        for (unsigned step = 0; step < 400; ++step) {
            if (random.below(8) < typing) {
                char const letter = " abcdefghijklmnopqrstuvwxyz"[random.below(27)];
                type({&letter, 1});
                model.insert(letter);
            } else {
                Keystroke const& key = kKeystrokes[random.below(std::size(kKeystrokes))];
                type(key.bytes);
                key.apply(model);
            }
            screen.write(console.take_output());

            CHECK_EQUAL(model.text, std::string{editor.line()});
            CHECK_EQUAL(model.cursor, editor.before_cursor().size());
            is_redrawn = screen.row().size() <= 79 && screen.row().starts_with("beryl> ");
            if (!is_redrawn) {
                CHECK(screen.text_from(0).ends_with("beryl> " + model.text));
                continue;
            }
            std::string const shown = screen.row().substr(7);
            std::size_t const offset = screen.column() - 7;
            CHECK(offset <= 72 && offset <= model.cursor);
            std::size_t const origin = model.cursor - offset;
            // Blanks at the end of a row cannot be told from nothing.
            std::string const expected = model.text.substr(origin, 72);
            CHECK_EQUAL(expected, shown);
        }
    }
}
