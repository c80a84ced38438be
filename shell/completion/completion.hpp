// SPDX-License-Identifier: MIT
#pragma once

#include "shell/completion/candidates.hpp"

#include <string_view>

namespace shell {

struct Machine;

/// What may stand where `line` ends; its last word is the beginning.
///
/// The words come from the table, as each command's usage names them, and from the machine, as
/// shell/command.hpp says at Command::arguments.
Candidates complete(Machine const& machine, std::string_view line);

}  // namespace shell
