// SPDX-License-Identifier: MIT
#pragma once

#include "shell/command.hpp"

#include <string_view>

namespace shell {

/// The command of that name; nullptr if there is none.
Command const* find_command(std::string_view name);

/// The command whose name is a slip of the finger away from `word`; nullptr if none is.
Command const* nearest_command(std::string_view word);

}  // namespace shell
