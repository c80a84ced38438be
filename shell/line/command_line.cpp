// SPDX-License-Identifier: MIT
#include "shell/line/command_line.hpp"

#include "shell/numbers.hpp"

namespace shell {
namespace {

constexpr std::string_view kComment = "//";
constexpr std::string_view kStatus = "$?";

bool is_blank(char letter) { return letter == ' ' || letter == '\t'; }

// Of what is two words: only a number and its unit are a number together.
bool is_size(std::string_view words) { return static_cast<bool>(parse_number(words)); }

}  // namespace

std::optional<std::string_view> CommandLine::unclosed_quote() const {
    std::optional<std::size_t> quote;
    for (std::size_t i = 0; i < text_.size(); ++i) {
        if (text_[i] == '"') {
            quote = quote ? std::nullopt : std::optional{i};
        } else if (!quote && stands_at(i, kComment)) {
            break;
        }
    }
    if (!quote) {
        return std::nullopt;
    }
    return std::string_view{&text_[*quote], text_.size() - *quote};
}

bool CommandLine::next(char status) {
    word_count_ = 0;
    too_many_words_ = false;
    for (;;) {
        skip_blanks();
        if (is_at_end()) {
            return word_count_ != 0;
        }
        if (text_[read_] == ';') {
            ++read_;
            if (word_count_ != 0) {
                return true;
            }
            continue;
        }
        keep(take_word(status));
    }
}

bool CommandLine::is_at_end() const { return read_ == text_.size() || stands_at(read_, kComment); }

bool CommandLine::stands_at(std::size_t place, std::string_view text) const {
    std::string_view rest{text_.data(), text_.size()};
    rest.remove_prefix(place);
    return rest.starts_with(text);
}

void CommandLine::skip_blanks() {
    while (read_ < text_.size() && is_blank(text_[read_])) {
        ++read_;
    }
}

std::string_view CommandLine::take_word(char status) {
    std::size_t const begin = written_;
    bool is_quoted = false;
    for (; read_ < text_.size(); ++read_) {
        char const letter = text_[read_];
        if (letter == '"') {
            is_quoted = !is_quoted;
            continue;
        }
        if (!is_quoted && (is_blank(letter) || letter == ';' || stands_at(read_, kComment))) {
            break;
        }
        if (stands_at(read_, kStatus)) {
            text_[written_++] = status;
            ++read_;  // Past both letters.
            continue;
        }
        text_[written_++] = letter;
    }
    return {text_.data() + begin, written_ - begin};
}

void CommandLine::keep(std::string_view word) {
    if (read_ < text_.size() && is_blank(text_[read_])) {
        // Words stand one blank apart, so that a number and its unit are one piece of text.
        text_[written_++] = ' ';
    }
    if (word_count_ != 0) {
        std::string_view& last = words_[word_count_ - 1];
        auto const bytes = static_cast<std::size_t>(word.data() + word.size() - last.data());
        if (is_size({last.data(), bytes})) {
            last = {last.data(), bytes};
            return;
        }
    }
    if (word_count_ == kMaxWords) {
        too_many_words_ = true;
        return;
    }
    words_[word_count_++] = word;
}

}  // namespace shell
