// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/format.hpp"
#include "shell/bench/samples.hpp"
#include "shell/json.hpp"

namespace shell {

/// How samples, sorted, are summed up wherever costs are shown: the least, the median, that which
/// 99 % do not exceed, and the most. Four columns of eight characters, the first of which is a
/// blank; `-` where there are none.
void print_quantiles(kernel::TextOutput& out, Samples const& samples);

/// The same as four members of an object, behind the number of calls. There is one at least.
void add_quantiles(Json& json, Samples const& samples);

}  // namespace shell
