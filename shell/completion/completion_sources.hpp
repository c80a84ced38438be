// SPDX-License-Identifier: MIT
#pragma once

#include "shell/completion/candidates.hpp"

#include <string_view>

namespace shell {

struct Machine;

void offer_commands(Candidates& candidates);

/// Offers what `<kind>` in a usage text stands for; nothing if it has no list.
void offer_kind(std::string_view kind, Machine const& machine, Candidates& candidates);

}  // namespace shell
