// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/arch/exceptions.hpp"
#include "kernel/format.hpp"

#include <cstdint>
#include <string_view>

namespace arch {

/// `brk` with this number is a broken promise: x0 to x2 hold its text, the file and the line.
inline constexpr unsigned kBrokenPromise = 0xbe;

/// What a script reads of a panic.
struct PanicLine {
    unsigned core = 0;
    std::string_view code;  ///< One word.
    std::uint64_t pc = 0;
    std::uint64_t syndrome = 0;
    std::uint64_t fault_address = 0;  ///< 0 if the exception has none.
};

PanicLine summarise(Trap const& trap, Trap::Vector vector);

/// Prints `PANIC core=N code=... pc=0x... esr=0x... far=0x...` and a newline.
void print_panic_line(kernel::TextOutput& out, PanicLine const& line);

/// Prints all that is known about the exception, for people: what, where, registers, callers.
void print_report(kernel::TextOutput& out, Trap const& trap, Trap::Vector vector);

}  // namespace arch
