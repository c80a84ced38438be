// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/interrupts.hpp"

#include <array>
#include <cstdint>

namespace arch {

/// The slots of the vector table, in its order (ARM DDI 0487J.a, D1.3.5.1): four origins of four
/// kinds.
enum class Origin : std::uint8_t {
    Kernel,     ///< EL1 on SP_EL0: the kernel's own code.
    Exception,  ///< EL1 on SP_EL1: code that handles an exception.
    Lower64,    ///< EL0. This kernel has none.
    Lower32,
};
enum class Kind : std::uint8_t { Synchronous, Irq, Fiq, SError };

/// The state of the core when it took an exception; it goes on from here when the handler returns.
struct Trap {
    std::array<std::uint64_t, 31> x;
    std::uint64_t sp;
    std::uint64_t pc;             ///< ELR_EL1.
    std::uint64_t state;          ///< SPSR_EL1.
    std::uint64_t syndrome;       ///< ESR_EL1: of synchronous exceptions and SErrors only.
    std::uint64_t fault_address;  ///< FAR_EL1: of aborts only.
    std::array<std::uint64_t, 2> frame_record;

    /// Which slot this came through.
    struct Vector {
        Origin origin;
        Kind kind;
    };
};
static_assert(sizeof(Trap) == 304, "vectors.S makes room for a Trap");

/// `controller` decides who serves an interrupt, from now on.
void set_interrupt_controller(kernel::InterruptController& controller);

/// From now on an interrupt is fatal, as it was before the first call.
void forget_interrupt_controller();

/// Reports an exception that cannot be survived, and stops. Declared here, defined in
/// kernel/panic.cpp: it knows where to print.
[[noreturn]] void fatal_exception(Trap const& trap, Trap::Vector vector);

}  // namespace arch
