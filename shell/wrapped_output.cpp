// SPDX-License-Identifier: MIT
#include "shell/wrapped_output.hpp"

namespace shell {

void WrappedOutput::write(std::string_view text) {
    for (char const letter : text) {
        if (letter == ' ') {
            flush_word();
            ++blanks_;
            continue;
        }
        if (length_ == word_.size()) {
            flush_word();
        }
        word_[length_++] = letter;
    }
}

void WrappedOutput::end_line() {
    flush_word();
    out_.write("\n");
}

void WrappedOutput::flush_word() {
    if (length_ == 0) {
        return;
    }
    // Without a blank before it this is the rest of a word too long to be held back.
    bool const may_break = blanks_ != 0 && !is_first_word_;
    if (may_break && column_ + blanks_ + length_ > kColumns) {
        out_.write("\n");
        column_ = 0;
        blanks_ = indent_;
    }
    column_ += blanks_ + length_;
    for (; blanks_ != 0; --blanks_) {
        out_.write(" ");
    }
    out_.write({word_.data(), length_});
    length_ = 0;
    is_first_word_ = false;
}

}  // namespace shell
