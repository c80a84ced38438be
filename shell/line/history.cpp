// SPDX-License-Identifier: MIT
#include "shell/line/history.hpp"

#include <algorithm>

namespace shell {

void History::add(std::string_view line) {
    if (line.empty() || line.size() >= kBytes || entry(1) == line) {
        return;
    }
    while (used_ + line.size() + 1 > kBytes) {
        drop_oldest();
    }
    std::copy(line.begin(), line.end(), text_.begin() + used_);
    used_ += line.size();
    text_[used_++] = '\n';
    ++count_;
    ++total_;
}

std::optional<std::string_view> History::entry(std::size_t age) const {
    if (age == 0 || age > count_) {
        return std::nullopt;
    }
    std::string_view rest{text_.data(), used_};
    for (;;) {
        rest.remove_suffix(1);
        std::size_t const before = rest.rfind('\n');
        std::size_t const begin = before == std::string_view::npos ? 0 : before + 1;
        if (--age == 0) {
            rest.remove_prefix(begin);
            return rest;
        }
        rest.remove_suffix(rest.size() - begin);
    }
}

void History::drop_oldest() {
    std::size_t const next = std::string_view{text_.data(), used_}.find('\n') + 1;
    std::copy(text_.begin() + next, text_.begin() + used_, text_.begin());
    used_ -= next;
    --count_;
}

}  // namespace shell
