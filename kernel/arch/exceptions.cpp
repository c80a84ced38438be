// SPDX-License-Identifier: MIT
#include "kernel/arch/exceptions.hpp"

#include "kernel/arch/cores.hpp"
#include "kernel/arch/masked_time.hpp"
#include "kernel/arch/per_core.hpp"
#include "kernel/field.hpp"

#include <cstdint>

extern "C" {
// From recoverable.S. Their addresses are their values.
extern char const recoverable_begin[];
extern char const recoverable_end[];
extern char const recoverable_fault[];

/// Called by vectors.S with the number of the slot.
void handle_exception(arch::Trap& trap, std::uint64_t slot);
}

namespace arch {

namespace {

kernel::InterruptController* interrupt_controller = nullptr;

/// In SPSR_EL1: interrupts were masked already.
using StateI = kernel::Field<7>;

std::uint64_t address_of(char const* symbol) { return reinterpret_cast<std::uint64_t>(symbol); }

/// True if the trap is one that recoverable.S asked for; the routine then returns the syndrome.
bool recover(Trap& trap) {
    if (trap.pc < address_of(recoverable_begin) || trap.pc >= address_of(recoverable_end)) {
        return false;
    }
    trap.x[0] = trap.syndrome;
    trap.pc = address_of(recoverable_fault);
    return true;
}

/// Nobody else writes it, so a load and a store will do.
void count_interrupt() {
    auto& interrupts = this_core().interrupts;
    interrupts.store(interrupts.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

bool survives(Trap& trap, Trap::Vector vector) {
    if (vector.origin != Origin::Kernel && vector.origin != Origin::Exception) {
        return false;
    }
    switch (vector.kind) {
        case Kind::Synchronous:
        case Kind::SError: return recover(trap);
        case Kind::Irq:
            obey_panic();  // Where a FIQ cannot be sent, that is what it came for.
            if (interrupt_controller == nullptr) {
                return false;
            }
            count_interrupt();
            interrupt_controller->dispatch();
            return true;
        case Kind::Fiq: obey_panic(); return false;
    }
    return false;
}

}  // namespace

void set_interrupt_controller(kernel::InterruptController& controller) {
    interrupt_controller = &controller;
}

void forget_interrupt_controller() { interrupt_controller = nullptr; }

}  // namespace arch

void handle_exception(arch::Trap& trap, std::uint64_t slot) {
    arch::Trap::Vector const vector{static_cast<arch::Origin>(slot / 4),
                                    static_cast<arch::Kind>(slot % 4)};
    bool const was_open = arch::StateI::in(trap.state) == 0;
    if (was_open) {
        arch::masked_time_begins();
    }
    if (!arch::survives(trap, vector)) {
        arch::fatal_exception(trap, vector);
    }
    if (was_open) {
        arch::masked_time_ends();
    }
}
