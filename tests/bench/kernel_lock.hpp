// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/lock_rank.hpp"
#include "kernel/require.hpp"
#include "kernel/test_and_set_lock.hpp"
#include "kernel/ticket_lock.hpp"
#include "shell/rows/core.hpp"

#include <atomic>
#include <cstdint>

namespace bench {

/// What the kernel's locks ask of the machine, answered in as many instructions. Nobody waits where
/// instructions are counted, nobody too long where time is taken, and no rank is broken.
struct LockMachine {
    static unsigned core() { return this_core().number; }
    static kernel::HeldLocks& held() { return this_core().locks; }
    static void wait_while(std::atomic<std::uint32_t> const&, std::uint32_t) {}
    static std::uint64_t now() { return 0; }
    static std::uint64_t deadline() { return 0; }
    struct Mask {};
    static Mask mask() {
        asm volatile("nop\n\tnop" : : : "memory");  // As LikeMasked.
        return {};
    }
    static void unmask(Mask) { asm volatile("nop" : : : "memory"); }
    [[noreturn]] static void give_up(char const*, unsigned) {
        kernel::unreachable("nobody waits too long for a lock");
    }
    [[noreturn]] static void refuse(kernel::RankedLock const&, kernel::RankedLock const&) {
        kernel::unreachable("there is one lock");
    }
};

#if __STDC_HOSTED__
/// The kernel's own for host runs, the check of ranks included.
using KernelLock = kernel::TestAndSetLock<LockMachine>;
#else
/// That of the target.
using KernelLock = kernel::TicketLock<LockMachine>;
#endif

}  // namespace bench
