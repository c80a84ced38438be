// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/address.hpp"
#include "kernel/format.hpp"

#include <cstdint>

namespace arch {

/// Prints an address in the code with the function it lies in: `0xffffffff80081234 mm::Heap::free +
/// 0x24`. With none, the address alone.
void print_code_address(kernel::TextOutput& out, kernel::VirtAddr address);

/// Prints who called whom, innermost first, from the frame record at `frame` on (Procedure Call
/// Standard for the Arm 64-bit Architecture, 6.4.6). Survives any `frame`, and ends.
void print_callers(kernel::TextOutput& out, std::uint64_t frame);

}  // namespace arch
