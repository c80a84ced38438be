// SPDX-License-Identifier: MIT
#pragma once

#include "shell/command.hpp"

#include <span>
#include <string_view>

namespace shell {

/// Runs the command that `words` are, at least one: finds it, counts its arguments, takes `--json`
/// out of them. May move the words.
Outcome run_command(Machine& machine, History const& history, std::span<std::string_view> words);

}  // namespace shell
