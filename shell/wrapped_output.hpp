// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/format.hpp"

#include <array>
#include <cstddef>
#include <string_view>

namespace shell {

/// How wide a terminal is taken to be: what the shell prints fits, where its content allows.
inline constexpr std::size_t kColumns = 80;

/// Breaks what is written into lines of at most kColumns, at blanks; all but the first begin with
/// `indent` blanks. A word that does not fit into a line of its own goes over its end.
///
///     WrappedOutput lines{call.out, 4};
///     kernel::print(lines, "{}", words);
///     lines.end_line();
class WrappedOutput final : public kernel::TextOutput {
public:
    WrappedOutput(kernel::TextOutput& out, std::size_t indent) : out_{out}, indent_{indent} {}

    void write(std::string_view text) override;

    /// Writes what was held back, and ends the line. To be called last.
    void end_line();

private:
    void flush_word();

    kernel::TextOutput& out_;
    std::size_t indent_;
    std::size_t column_ = 0;
    std::size_t blanks_ = 0;  ///< Met before the word, and not written yet.
    bool is_first_word_ = true;
    std::array<char, kColumns> word_{};
    std::size_t length_ = 0;
};

}  // namespace shell
