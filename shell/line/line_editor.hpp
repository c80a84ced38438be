// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/console.hpp"
#include "kernel/format.hpp"
#include "shell/line/key_decoder.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace shell {

class History;

/// One line being typed: bytes in, echo out, of fixed size.
///
/// A character at the end of the line costs one write; a line that grows beyond a row of the
/// terminal is wrapped by the terminal. Only when such a line is edited in its middle it is drawn
/// anew, on one row that shows a part of it, which works in any terminal of 80 columns or more.
class LineEditor {
public:
    static constexpr std::size_t kMaxLine = 1024;
    static constexpr std::string_view kPrompt = "beryl> ";

    /// What the last byte did to the line.
    enum class Event : std::uint8_t {
        None,      ///< The line goes on.
        Line,      ///< It has ended and is to be executed.
        TooLong,   ///< It has ended, and it lacks what came after `kMaxLine` characters.
        Damaged,   ///< It has ended, and a character in it arrived with a fault.
        Dropped,   ///< Ctrl-C: it is given up.
        Complete,  ///< Tab: the session may `insert` or print something and `redraw`.
    };

    /// `history` must outlive the editor.
    // The buffers are not cleared: nothing beyond a length is ever read, and boot time counts.
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init)
    explicit LineEditor(History const& history) : history_{history} {}

    /// Prints the prompt and begins an empty line.
    void start(kernel::TextOutput& out);

    Event receive(kernel::Received received, kernel::TextOutput& out);

    /// What has been typed; valid until `start`.
    std::string_view line() const { return {text_.data(), length_}; }
    std::string_view before_cursor() const { return {text_.data(), cursor_}; }

    /// Why the line is Damaged.
    kernel::Received::Fault fault() const { return fault_; }

    /// Inserts `text` at the cursor, as if it had been typed.
    void insert(std::string_view text, kernel::TextOutput& out);

    /// Draws prompt and line on a fresh row, after something else was printed.
    void redraw(kernel::TextOutput& out);

private:
    Event end_line(kernel::TextOutput& out);
    void edit(KeyPress press, kernel::TextOutput& out);
    void move_to(std::size_t cursor, kernel::TextOutput& out);
    void erase(std::size_t begin, std::size_t end, kernel::TextOutput& out);
    void erase_to_start(kernel::TextOutput& out);
    void erase_word(kernel::TextOutput& out);
    void recall(std::size_t age, kernel::TextOutput& out);
    void replace(std::string_view text, kernel::TextOutput& out);

    /// Each brings the row up to date: after the cursor moved, after the text changed from there
    /// on.
    void show_cursor(kernel::TextOutput& out);
    void show_from(std::size_t first_changed, kernel::TextOutput& out);
    bool is_in_window(std::size_t position) const;
    void place_terminal_cursor(std::size_t position, kernel::TextOutput& out);

    History const& history_;
    KeyDecoder decoder_;
    std::array<char, kMaxLine> text_;
    std::size_t length_ = 0;
    std::size_t cursor_ = 0;

    // What the terminal shows: `shown_` characters from `origin_` on, its cursor at `drawn_`. A
    // spilled line has been wrapped by the terminal, at a width that nobody here knows.
    std::size_t origin_ = 0;
    std::size_t shown_ = 0;
    std::size_t drawn_ = 0;
    bool is_spilled_ = false;

    bool is_too_long_ = false;
    kernel::Received::Fault fault_ = kernel::Received::Fault::None;

    // While a line of the history is shown, the one that was being typed waits here.
    std::size_t age_ = 0;
    std::array<char, kMaxLine> draft_;
    std::size_t draft_length_ = 0;
};

}  // namespace shell
