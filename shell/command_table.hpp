// SPDX-License-Identifier: MIT
#pragma once

#include "shell/command.hpp"

#include <span>

namespace shell {

/// Every command, sorted by name.
std::span<Command const> commands();

}  // namespace shell
