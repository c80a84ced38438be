// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/format.hpp"

#include <cstdint>
#include <optional>

namespace kernel {

/// One character from the line, or what was wrong with it.
struct Received {
    /// ARM DDI 0183G, 3.3.1: bits 11:8 of UARTDR, in the order of their severity.
    enum class Fault : std::uint8_t { None, Framing, Parity, Break, Overrun };

    std::uint8_t byte = 0;
    Fault fault = Fault::None;
};

/// What the line has seen since boot.
struct LineCounters {
    std::uint64_t received = 0;
    std::uint64_t sent = 0;
    std::uint64_t framing_errors = 0;
    std::uint64_t parity_errors = 0;
    std::uint64_t breaks = 0;
    std::uint64_t overruns = 0;
    std::uint64_t send_timeouts = 0;     ///< Bytes given up because the transmitter never drained.
    std::uint64_t ring_full = 0;         ///< Times the receiver was masked because nobody read.
    std::uint64_t empty_interrupts = 0;  ///< Interrupts that came without a character.
};

/// The serial line as the shell sees it.
class Console : public TextOutput {
public:
    /// The next character that has arrived; none if there is none yet.
    virtual std::optional<Received> poll() = 0;
    /// The next character; the core sleeps until there is one.
    virtual Received wait() = 0;
    /// True if an unread Ctrl-C has arrived. What was typed before it, and the Ctrl-C itself, are
    /// dropped then, as a terminal's interrupt key does.
    virtual bool take_interrupt() = 0;
    virtual LineCounters counters() const = 0;

protected:
    ~Console() = default;
};

}  // namespace kernel
