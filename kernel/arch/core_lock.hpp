// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/arch/per_core.hpp"
#include "kernel/arch/timer.hpp"
#include "kernel/ticket_lock.hpp"

#include <atomic>
#include <cstdint>

namespace arch {

/// What a lock needs of the cores (kernel/lock_machine.hpp).
struct LockMachine : kernel::HandlersStayOut {
    static unsigned core() { return this_core().number; }
    static kernel::HeldLocks& held() { return this_core().locks; }
    static std::uint64_t now() { return counter_ticks(); }
    /// A panic ten seconds from now.
    static std::uint64_t deadline();

    /// The exclusive load sets this core's monitor; the store that changes the word clears it,
    /// which is the event that ends the wait (ARM DDI 0487J.a, B2.9.2 and D1.6.1). Nobody sends one
    /// else.
    static void wait_while(std::atomic<std::uint32_t> const& word, std::uint32_t value) {
        std::uint32_t seen = 0;
        asm volatile("ldaxr %w0, %1\n\tcmp %w0, %w2\n\tb.ne 1f\n\twfe\n1:"
                     : "=&r"(seen)
                     : "Q"(word), "r"(value)
                     : "cc", "memory");
    }

    /// Panics with what is locked and the core that has it.
    [[noreturn]] static void give_up(char const* name, unsigned holder);
    /// Panics with a core that does not give back the frames it keeps.
    [[noreturn]] static void give_up_on(unsigned core);
    /// Panics with both.
    [[noreturn]] static void refuse(kernel::RankedLock const& lock, kernel::RankedLock const& held);
};

/// The same where handlers take the lock, too. Time under it is not measured: reading the counter
/// twice would cost more than the rest of the lock.
struct MaskingLockMachine : LockMachine {
    using Mask = std::uint64_t;  ///< DAIF.
    static Mask mask() {
        Mask before = 0;
        asm volatile("mrs %0, daif\n\tmsr daifset, #2" : "=r"(before) : : "memory");
        return before;
    }
    static void unmask(Mask before) { asm volatile("msr daif, %0" : : "r"(before) : "memory"); }
};

using CoreLock = kernel::TicketLock<LockMachine>;

/// One that interrupt handlers may take.
using MaskingLock = kernel::TicketLock<MaskingLockMachine>;

}  // namespace arch
