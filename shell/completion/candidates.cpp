// SPDX-License-Identifier: MIT
#include "shell/completion/candidates.hpp"

#include <algorithm>

namespace shell {
namespace {

// The device tree's names are nobody's promise.
bool can_be_typed(std::string_view word) {
    return !word.empty() && std::ranges::all_of(word, [](char letter) {
        return letter > ' ' && letter <= '~' && letter != ';' && letter != '"';
    });
}

}  // namespace

void Candidates::offer(std::string_view word) {
    if (!word.starts_with(beginning_) || word.size() > common_.size() || !can_be_typed(word)) {
        return;
    }
    if (empty()) {
        std::copy(word.begin(), word.end(), common_.begin());
        common_length_ = word.size();
        is_single_ = true;
    }
    auto const differs =
        std::mismatch(word.begin(), word.end(), common_.begin(), common_.begin() + common_length_);
    is_single_ = is_single_ && differs.first == word.end() && word.size() == common_length_;
    common_length_ = static_cast<std::size_t>(differs.first - word.begin());
    add_to_list(word);
}

bool Candidates::is_listed(std::string_view word) const {
    for (std::string_view rest = list(); !rest.empty();) {
        std::string_view const listed{rest.data(), rest.find(' ')};
        if (listed == word) {
            return true;
        }
        rest.remove_prefix(listed.size() + 1);
    }
    return false;
}

void Candidates::add_to_list(std::string_view word) {
    if (is_listed(word)) {
        return;
    }
    if (word.size() + 1 > list_.size() - list_length_) {
        is_list_complete_ = false;
        return;
    }
    std::copy(word.begin(), word.end(), list_.begin() + list_length_);
    list_length_ += word.size();
    list_[list_length_++] = ' ';
}

}  // namespace shell
