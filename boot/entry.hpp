// SPDX-License-Identifier: MIT
#pragma once

#include "boot/handover.hpp"

#include <cstddef>
#include <cstdint>

// What start.S calls, and what the C++ of boot/ calls there.
extern "C" {

/// Step 6 of start.S, with the MMU off: copies the tree, builds the early map, fills in the
/// handover. Returns the end of what it wrote behind early_written_begin.
std::uint64_t boot_prepare(std::uint64_t x0, std::uint64_t counter, std::uint64_t level,
                           std::uint64_t core);

/// Step 9: the early map is on, .bss is clear.
[[noreturn]] void boot_continue();

/// Waits for interrupts for ever.
[[noreturn]] void stop_here();

/// Copies `bytes`, a multiple of 8, between places aligned to 8. False if reading was answered by
/// an abort. With the MMU off only.
bool copy_guarded(void* to, void const* from, std::size_t bytes);

}  // extern "C"

/// The whole kernel, in order (kernel/main.cpp).
[[noreturn]] void kernel_main(boot::Handover const& handover);
