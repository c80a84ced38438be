// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace arch {

// How long interrupts are masked on the core this runs on. What the vectors do before and after
// handle_exception, some sixty instructions, is not measured.

void masked_time_begins();
void masked_time_ends();

/// In nanoseconds.
std::uint64_t longest_masked_time();

}  // namespace arch
