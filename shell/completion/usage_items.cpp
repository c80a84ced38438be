// SPDX-License-Identifier: MIT
#include "shell/completion/usage_items.hpp"

#include <algorithm>

namespace shell {

std::optional<UsageItem> UsageItems::next() {
    for (;;) {
        while (token_.empty()) {
            if (!next_token()) {
                return std::nullopt;
            }
        }
        if (token_.front() == '<') {
            in_kind_ = true;
            token_.remove_prefix(1);
        }
        std::string_view const text{token_.data(),
                                    std::min(token_.find_first_of("|>"), token_.size())};
        bool const is_kind = in_kind_;
        token_.remove_prefix(text.size());
        if (!token_.empty()) {
            in_kind_ = in_kind_ && token_.front() != '>';
            token_.remove_prefix(1);
        }
        if (!text.empty()) {
            return UsageItem{text, is_kind, option_};
        }
    }
}

bool UsageItems::next_token() {
    usage_.remove_prefix(std::min(usage_.find_first_not_of(' '), usage_.size()));
    token_ = {usage_.data(), std::min(usage_.find(' '), usage_.size())};
    usage_.remove_prefix(token_.size());
    if (token_.empty()) {
        return false;
    }
    if (token_.front() == '[') {
        token_.remove_prefix(1);
    }
    bool const closes = token_.ends_with(']');
    while (token_.ends_with(']')) {
        token_.remove_suffix(1);
    }
    if (token_ == "...") {
        token_ = {};
        return true;
    }
    // `-t <tag>`: an option that its own brackets do not close has a value.
    option_ = pending_;
    pending_ = token_.starts_with('-') && !closes ? token_ : std::string_view{};
    return true;
}

}  // namespace shell
