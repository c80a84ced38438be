// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/result.hpp"

#include <compare>
#include <cstdint>
#include <string_view>

namespace kernel {

/// A source of interrupts, numbered as its controller counts (kernel::Interrupt::number of the
/// board).
struct InterruptNumber {
    std::uint32_t value;

    friend constexpr auto operator<=>(InterruptNumber, InterruptNumber) = default;
};

/// Whoever serves one source.
class InterruptHandler {
public:
    /// Serves the device until it no longer asks, or for at most 0.5 ms. Runs with interrupts
    /// masked, on the stack of exceptions: it must not wait or print. It may allocate and free
    /// frames while nobody watches them (mm::FrameWatch), but nothing of the heap.
    virtual void handle_interrupt() = 0;
    /// The device's name, for people.
    virtual std::string_view interrupt_name() const = 0;

protected:
    ~InterruptHandler() = default;
};

struct InterruptStatistics {
    std::string_view name;    ///< Of the handler; empty if there is none.
    std::uint64_t count = 0;  ///< Times it was pending when the core took an interrupt.
};

class InterruptController {
public:
    /// From now on `handler` serves `number`. It must outlive the controller or be disabled first.
    ///
    /// Errors: NoSuchInterrupt; AlreadyHandled; TableFull. On error nothing has changed.
    virtual Result<void> enable(InterruptNumber number, InterruptHandler& handler) = 0;

    /// `number` no longer interrupts. Its count stays.
    virtual void disable(InterruptNumber number) = 0;

    /// Serves each source that is pending on this core once, or the first of them, where the others
    /// then interrupt again. For the interrupt vector: called with interrupts masked. A pending
    /// source without a handler is switched off and counted.
    virtual void dispatch() = 0;

    /// Numbers are below this.
    virtual std::uint32_t interrupt_count() const = 0;
    virtual InterruptStatistics statistics(InterruptNumber number) const = 0;
    /// Interrupts that the core took and nobody had asked for.
    virtual std::uint64_t spurious() const = 0;

protected:
    ~InterruptController() = default;
};

}  // namespace kernel
