// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string_view>

namespace shell {

/// One thing that a usage text offers to be typed.
struct UsageItem {
    std::string_view text;    ///< A word as it is typed, or the name of a kind.
    bool is_kind;             ///< It stood in `<` and `>`.
    std::string_view option;  ///< The option whose value it is: `-z`; empty if it is no value.
};

/// Takes Command::arguments apart: `[-z early|late] <order|size>` is `-z`, `early` and `late` as
/// values of `-z`, and the kinds `order` and `size`.
class UsageItems {
public:
    explicit UsageItems(std::string_view usage) : usage_{usage} {}

    std::optional<UsageItem> next();

private:
    bool next_token();

    std::string_view usage_;    // What comes after the token.
    std::string_view token_;    // What is left of the current one, without brackets.
    std::string_view option_;   // Whose value it is.
    std::string_view pending_;  // The option that the last token was, if a value follows it.
    bool in_kind_ = false;
};

}  // namespace shell
