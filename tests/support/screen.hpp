// SPDX-License-Identifier: MIT
#pragma once

#include "tests/support/broken_promise.hpp"

#include <cctype>
#include <string>
#include <string_view>
#include <vector>

namespace test {

/// A terminal of some width that knows what the line editor sends: it wraps a row when a character
/// comes after its last column, as a VT100 does.
class Screen {
public:
    explicit Screen(std::size_t columns) : columns_{columns} {}

    void write(std::string_view text) {
        for (char const letter : text) {
            take(letter);
        }
    }

    /// Everything in the current row up to its last visible character.
    std::string row() const { return rows_[row_]; }
    /// The rows from `first` to the current one as one text.
    std::string text_from(std::size_t first) const {
        std::string text;
        for (std::size_t i = first; i <= row_; ++i) {
            text += rows_[i];
        }
        return text;
    }
    std::size_t row_number() const { return row_; }
    std::size_t column() const { return column_; }

private:
    void take(char letter) {
        if (!sequence_.empty()) {
            sequence_ += letter;
            if (sequence_.size() > 2 && letter >= '@') {
                obey();
                sequence_.clear();
            }
            return;
        }
        switch (letter) {
            case '\x1b': sequence_ = letter; break;
            case '\a': break;
            case '\b': column_ -= column_ == 0 ? 0 : 1; break;
            case '\r': column_ = 0; break;
            case '\n': next_row(); break;
            default: put(letter);
        }
    }

    void put(char letter) {
        if (column_ == columns_) {
            next_row();
        }
        std::string& row = rows_[row_];
        row.resize(std::max(row.size(), column_ + 1), ' ');
        row[column_++] = letter;
    }

    void next_row() {
        column_ = 0;
        if (++row_ == rows_.size()) {
            rows_.emplace_back();
        }
    }

    void obey() {
        std::string const number = sequence_.substr(2, sequence_.size() - 3);
        std::size_t const count = number.empty() ? 0 : std::stoul(number);
        switch (sequence_.back()) {
            case 'C': column_ = std::min(column_ + count, columns_ - 1); break;
            case 'D': column_ = std::min(column_, columns_ - 1) - std::min(column_, count); break;
            case 'K': rows_[row_].resize(std::min(rows_[row_].size(), column_)); break;
            case 'H': row_ = column_ = 0; break;
            case 'J':
                rows_.assign(1, {});
                row_ = 0;
                break;
            default: give_up("the editor sends " + sequence_);
        }
    }

    std::size_t columns_;
    std::vector<std::string> rows_{1};
    std::size_t row_ = 0;
    std::size_t column_ = 0;
    std::string sequence_;
};

}  // namespace test
