// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/address.hpp"

#include <cstdint>

namespace kernel {

enum class InterruptMask : std::uint8_t { Open, Masked };

/// What code outside kernel/arch asks of the core it runs on.
class Cpu {
public:
    /// This core, counted from 0 in the order of the board's manual.
    virtual unsigned core() const = 0;

    /// Masks interrupts on this core and returns how they stood before.
    virtual InterruptMask mask_interrupts() = 0;
    virtual void restore_interrupts(InterruptMask before) = 0;

    /// Sleeps until an interrupt is pending, masked or not. To wait for what a handler does: mask,
    /// test, sleep, restore. A test with interrupts open loses the wake-up between test and sleep.
    virtual void wait_for_interrupt() = 0;

    /// The longest that interrupts were masked at a stretch on this core since they were first let
    /// in, in nanoseconds. Sleep counts only from the interrupt on that ends it.
    virtual std::uint64_t longest_masked() const = 0;

    /// Cycles of this core since it was started; in QEMU with -icount shift=0, instructions.
    virtual std::uint64_t cycles() const = 0;

    /// Comes back when every core sees what this one has written: before it tells another, by a
    /// register of a device, to look.
    virtual void finish_writes() = 0;

    /// Writes cached lines of `range` back and drops them, and waits for that to be done: before a
    /// device reads the range, and again before the core reads what a device wrote there. Whole
    /// lines are dropped, so the range should own its lines.
    virtual void clean_and_invalidate(VirtRange range) = 0;

protected:
    ~Cpu() = default;
};

/// Masks interrupts on this core as long as it lives. Keep it short: 0.5 ms at most.
class InterruptsMasked {
public:
    explicit InterruptsMasked(Cpu& cpu) : cpu_{cpu}, before_{cpu.mask_interrupts()} {}
    ~InterruptsMasked() { cpu_.restore_interrupts(before_); }
    InterruptsMasked(InterruptsMasked const&) = delete;
    InterruptsMasked& operator=(InterruptsMasked const&) = delete;

private:
    Cpu& cpu_;
    InterruptMask before_;
};

}  // namespace kernel
