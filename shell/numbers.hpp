// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/numbers.hpp"
#include "kernel/result.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace shell {

using kernel::Number;
using kernel::NumberRange;
using kernel::parse_count;
using kernel::parse_number;
using kernel::parse_range;
using kernel::parse_value;

/// Reads `#7`. Errors: NotAHandle; NumberTooLarge.
kernel::Result<std::uint64_t> parse_handle(std::string_view word);

/// Reads `on` or `off`; none if it is neither.
std::optional<bool> parse_switch(std::string_view word);

}  // namespace shell
