// SPDX-License-Identifier: MIT
#include "shell/line/line_editor.hpp"

#include "shell/line/history.hpp"

#include <algorithm>

namespace shell {
namespace {

constexpr std::size_t kColumns = 80;
// Characters of the line that fit beside the prompt, with a column left for the cursor.
constexpr std::size_t kWindow = kColumns - LineEditor::kPrompt.size() - 1;

constexpr std::string_view kBell = "\a";
constexpr std::string_view kEraseToEndOfRow = "\x1b[K";
constexpr std::string_view kClearScreen = "\x1b[2J\x1b[H";

}  // namespace

void LineEditor::start(kernel::TextOutput& out) {
    length_ = 0;
    cursor_ = 0;
    age_ = 0;
    is_too_long_ = false;
    fault_ = kernel::Received::Fault::None;
    redraw(out);
}

LineEditor::Event LineEditor::receive(kernel::Received received, kernel::TextOutput& out) {
    if (received.fault != kernel::Received::Fault::None) {
        fault_ = received.fault;
        return Event::None;
    }
    auto const press = decoder_.decode(received.byte);
    if (!press) {
        return Event::None;
    }
    switch (press->key) {
        case Key::Enter: return end_line(out);
        case Key::Interrupt: out.write("^C\n"); return Event::Dropped;
        case Key::Complete: return is_too_long_ ? Event::None : Event::Complete;
        default:
            if (!is_too_long_ || press->key == Key::EraseToStart) {
                edit(*press, out);
            }
            return Event::None;
    }
}

LineEditor::Event LineEditor::end_line(kernel::TextOutput& out) {
    out.write("\n");
    if (fault_ != kernel::Received::Fault::None) {
        return Event::Damaged;
    }
    return is_too_long_ ? Event::TooLong : Event::Line;
}

void LineEditor::edit(KeyPress press, kernel::TextOutput& out) {
    switch (press.key) {
        case Key::Character:
            is_too_long_ = length_ == kMaxLine;
            return insert({&press.character, 1}, out);
        case Key::Backspace: return erase(cursor_ == 0 ? 0 : cursor_ - 1, cursor_, out);
        case Key::Delete: return erase(cursor_, std::min(cursor_ + 1, length_), out);
        case Key::Left: return move_to(cursor_ == 0 ? 0 : cursor_ - 1, out);
        case Key::Right: return move_to(std::min(cursor_ + 1, length_), out);
        case Key::Up: return recall(age_ + 1, out);
        case Key::Down: return age_ == 0 ? out.write(kBell) : recall(age_ - 1, out);
        case Key::Home: return move_to(0, out);
        case Key::End: return move_to(length_, out);
        case Key::EraseToEnd: return erase(cursor_, length_, out);
        case Key::EraseToStart: return erase_to_start(out);
        case Key::EraseWord: return erase_word(out);
        case Key::ClearScreen: out.write(kClearScreen); return redraw(out);
        default: return out.write(kBell);  // Unknown; `receive` has dealt with the others.
    }
}

void LineEditor::insert(std::string_view text, kernel::TextOutput& out) {
    if (text.size() > kMaxLine - length_) {
        return out.write(kBell);
    }
    std::size_t const begin = cursor_;
    std::copy_backward(text_.begin() + begin, text_.begin() + length_,
                       text_.begin() + length_ + text.size());
    std::copy(text.begin(), text.end(), text_.begin() + begin);
    length_ += text.size();
    cursor_ += text.size();
    bool const is_plain_echo = cursor_ == length_ && origin_ == 0;
    if (!is_plain_echo) {
        return show_from(begin, out);
    }
    out.write(text);
    drawn_ = cursor_;
    shown_ = length_;
    is_spilled_ = is_spilled_ || length_ > kWindow;
}

void LineEditor::move_to(std::size_t cursor, kernel::TextOutput& out) {
    if (cursor != cursor_) {
        cursor_ = cursor;
        show_cursor(out);
    }
}

void LineEditor::erase(std::size_t begin, std::size_t end, kernel::TextOutput& out) {
    if (begin == end) {
        return;
    }
    std::copy(text_.begin() + end, text_.begin() + length_, text_.begin() + begin);
    length_ -= end - begin;
    cursor_ = begin;
    show_from(begin, out);
}

void LineEditor::erase_to_start(kernel::TextOutput& out) {
    // What was lost came after the cursor, so that nothing of the line is worth keeping.
    std::size_t const end = is_too_long_ ? length_ : cursor_;
    is_too_long_ = false;
    erase(0, end, out);
}

void LineEditor::erase_word(kernel::TextOutput& out) {
    std::size_t begin = cursor_;
    while (begin != 0 && text_[begin - 1] == ' ') {
        --begin;
    }
    while (begin != 0 && text_[begin - 1] != ' ') {
        --begin;
    }
    erase(begin, cursor_, out);
}

void LineEditor::recall(std::size_t age, kernel::TextOutput& out) {
    if (age > history_.count()) {
        return out.write(kBell);
    }
    if (age_ == 0) {
        std::copy(text_.begin(), text_.begin() + length_, draft_.begin());
        draft_length_ = length_;
    }
    age_ = age;
    replace(age == 0 ? std::string_view{draft_.data(), draft_length_}
                     : history_.entry(age).value_or(""),
            out);
}

void LineEditor::replace(std::string_view text, kernel::TextOutput& out) {
    std::copy(text.begin(), text.end(), text_.begin());
    length_ = text.size();
    cursor_ = length_;
    show_from(0, out);
}

void LineEditor::redraw(kernel::TextOutput& out) {
    out.write(kPrompt);
    origin_ = 0;
    drawn_ = 0;
    shown_ = 0;
    is_spilled_ = false;
    show_from(0, out);
}

void LineEditor::show_cursor(kernel::TextOutput& out) {
    if (is_spilled_) {
        out.write("\n");
        return redraw(out);
    }
    if (!is_in_window(cursor_)) {
        return show_from(origin_, out);
    }
    place_terminal_cursor(cursor_, out);
}

void LineEditor::show_from(std::size_t first_changed, kernel::TextOutput& out) {
    if (is_spilled_) {
        out.write("\n");
        return redraw(out);
    }
    std::size_t begin = std::max(first_changed, origin_);
    if (is_in_window(cursor_)) {
        place_terminal_cursor(begin, out);
    } else {
        // By half a row, so that typing on does not draw the row anew for every character.
        place_terminal_cursor(origin_, out);
        begin = cursor_ <= kWindow ? 0 : cursor_ - kWindow / 2;
        origin_ = begin;
    }
    std::size_t const end = std::min(length_, origin_ + kWindow);
    out.write({text_.data() + begin, end - begin});
    drawn_ = end;
    if (end - origin_ < shown_) {
        out.write(kEraseToEndOfRow);
    }
    shown_ = end - origin_;
    place_terminal_cursor(cursor_, out);
}

bool LineEditor::is_in_window(std::size_t position) const {
    return origin_ <= position && position <= origin_ + kWindow;
}

void LineEditor::place_terminal_cursor(std::size_t position, kernel::TextOutput& out) {
    if (position + 1 == drawn_) {
        out.write("\b");
    } else if (position < drawn_) {
        kernel::print(out, "\x1b[{}D", drawn_ - position);
    } else if (position > drawn_) {
        kernel::print(out, "\x1b[{}C", position - drawn_);
    }
    drawn_ = position;
}

}  // namespace shell
