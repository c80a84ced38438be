// SPDX-License-Identifier: MIT
#include "shell/numbers.hpp"

namespace shell {

using kernel::Error;
using kernel::Result;

Result<std::uint64_t> parse_handle(std::string_view word) {
    if (!word.starts_with('#')) {
        return Error::NotAHandle;
    }
    word.remove_prefix(1);
    auto const number = parse_count(word);
    if (!number && number.error() == Error::NotANumber) {
        return Error::NotAHandle;
    }
    return number;
}

std::optional<bool> parse_switch(std::string_view word) {
    if (word == "on") {
        return true;
    }
    if (word == "off") {
        return false;
    }
    return std::nullopt;
}

}  // namespace shell
