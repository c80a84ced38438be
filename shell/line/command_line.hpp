// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace shell {

/// Takes a line apart: commands by `;`, words by blanks, up to `//` or the end.
///
/// `"..."` keeps blanks, `;` and `//` inside one word. `$?` becomes the last status. A unit that
/// follows a number after a blank belongs to it, because sizes are printed so: `alloc 16 KiB`.
/// Works in the caller's text, where words only ever shrink.
class CommandLine {
public:
    static constexpr std::size_t kMaxWords = 256;

    explicit CommandLine(std::span<char> text) : text_{text} {}

    /// The rest of the line from a quote that nothing closes; none if every quote is closed. To be
    /// asked before the first `next`.
    std::optional<std::string_view> unclosed_quote() const;

    /// Goes on to the next command that has a word; false if there is none. `status` is what `$?`
    /// stands for.
    bool next(char status);

    /// The words of the current command, at least one.
    std::span<std::string_view> words() { return {words_.data(), word_count_}; }

    /// The current command has more than `kMaxWords`; the others are not in `words`.
    bool has_too_many_words() const { return too_many_words_; }

private:
    bool is_at_end() const;
    bool stands_at(std::size_t place, std::string_view text) const;
    void skip_blanks();
    std::string_view take_word(char status);
    void keep(std::string_view word);

    std::span<char> text_;
    std::size_t read_ = 0;  // Everything before is taken apart.
    std::size_t written_ =
        0;  // Words lie before it, each followed by a blank; never above `read_`.
    std::array<std::string_view, kMaxWords> words_{};
    std::size_t word_count_ = 0;
    bool too_many_words_ = false;
};

}  // namespace shell
