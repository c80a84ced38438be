// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/lock_rank.hpp"
#include "kernel/require.hpp"
#include "kernel/test_and_set_lock.hpp"
#include "kernel/ticket_lock.hpp"

#include "tests/bench/core.hpp"

#include <atomic>
#include <cstdint>

namespace bench {

/// No lock at all.
struct NoLock {
    void lock() {}
    void unlock() {}
};

/// The shortest lock there is. A host takes its cores away at any time: with a fair lock all wait
/// for whoever is next and does not run.
class TestAndSetLock {
public:
    void lock() {
        while (taken_.exchange(true, std::memory_order_acquire)) {
            while (taken_.load(std::memory_order_relaxed)) {
            }
        }
    }
    void unlock() { taken_.store(false, std::memory_order_release); }

private:
    alignas(64) std::atomic<bool> taken_{false};
};

/// The shortest fair one.
class ShortTicketLock {
public:
    void lock() {
        std::uint16_t const mine = drawn_.fetch_add(1, std::memory_order_relaxed);
        while (turn_.load(std::memory_order_acquire) != mine) {
        }
    }
    void unlock() {
        auto const turn = static_cast<unsigned>(turn_.load(std::memory_order_relaxed));
        turn_.store(static_cast<std::uint16_t>(turn + 1), std::memory_order_release);
    }

private:
    alignas(64) std::atomic<std::uint16_t> drawn_{0};
    std::atomic<std::uint16_t> turn_{0};
};

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
        asm volatile("nop\n\tnop" : : : "memory");  // As Masked.
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

using FloorLock = TestAndSetLock;

/// The kernel's own for host runs, the check of ranks included.
using KernelLock = kernel::TestAndSetLock<LockMachine>;

#else

using FloorLock = ShortTicketLock;

/// That of the target.
using KernelLock = kernel::TicketLock<LockMachine>;
#endif

}  // namespace bench
