// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/format.hpp"

namespace kernel {

/// From now on a panic is reported on `out`, which must not wait for interrupts nor allocate: it is
/// written to from the stack of exceptions, with interrupts masked and the rest in any state.
/// Before the first call a panic stops in silence.
void panic_prints_to(TextOutput& out);

}  // namespace kernel
