// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/format.hpp"

namespace kernel {

/// From now on a panic is reported on `out`, which must not need interrupts or allocate: it is
/// written to from the stack of exceptions, whatever state the rest is in.
void panic_prints_to(TextOutput& out);

}  // namespace kernel
