// SPDX-License-Identifier: MIT
#pragma once

#include "drivers/pl011.hpp"
#include "drivers/receive_ring.hpp"
#include "kernel/console.hpp"
#include "kernel/cpu.hpp"
#include "kernel/interrupts.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace drivers {

/// What a word of UARTDR says: the character, and of several faults the gravest.
constexpr kernel::Received decode_received(std::uint16_t word) {
    using Fault = kernel::Received::Fault;
    Fault fault = Fault::None;
    if (pl011::dr::OE::in(word) != 0) {
        fault = Fault::Overrun;
    } else if (pl011::dr::BE::in(word) != 0) {
        fault = Fault::Break;
    } else if (pl011::dr::PE::in(word) != 0) {
        fault = Fault::Parity;
    } else if (pl011::dr::FE::in(word) != 0) {
        fault = Fault::Framing;
    }
    return {static_cast<std::uint8_t>(pl011::dr::DATA::in(word)), fault};
}

/// The serial line over a PL011. Characters are received by interrupt into the caller's ring;
/// output is polled, with interrupts as they are, so it never delays the receiver.
///
/// A full ring masks the receiver, and the reader unmasks it as it makes room: in QEMU the sender
/// waits meanwhile and nothing is lost; on a board the UART counts overruns, which are seen.
/// Until listen(), the line is polled, so it works from the first line of boot on.
template <RegisterBank Registers>
class SerialConsole final : public kernel::Console, public kernel::InterruptHandler {
public:
    /// `ring` is a power of two in size, one word for each character that may wait to be read.
    SerialConsole(Pl011<Registers>& uart, kernel::Cpu& cpu, std::span<std::uint16_t> ring)
        : uart_{uart}, cpu_{cpu}, ring_{ring} {}

    /// Programs the line, as Pl011::start says. What was typed before is kept, but for characters
    /// with faults: they may stem from a line that ran at another rate. Before listen() only.
    kernel::Result<void> start(std::uint32_t clock_hz) {
        return uart_.start(clock_hz, ring_.room(), [this](std::uint16_t word) { keep(word); });
    }

    /// The same at the rate of whoever has switched the line on; false if nobody has.
    bool start_as_found() {
        auto const divisor = uart_.divisor_found();
        if (divisor) {
            uart_.start(*divisor, ring_.room(), [this](std::uint16_t word) { keep(word); });
        }
        return divisor.has_value();
    }

    /// From now on characters come by interrupt. Call it when the controller knows this handler.
    void listen() {
        is_listening_.store(true, std::memory_order_relaxed);
        uart_.unmask_receiver();
    }

    /// What was written is out, and nothing interrupts any more. What comes from now on is for
    /// whoever drives the line next.
    void fall_silent() {
        uart_.mask_receiver();
        uart_.drain();
    }

    void write(std::string_view text) override {
        for (char const letter : text) {
            if (letter == '\n') {
                send('\r');
            }
            send(static_cast<std::uint8_t>(letter));
        }
    }

    std::optional<kernel::Received> poll() override {
        if (!is_listening_.load(std::memory_order_relaxed)) {
            fill_ring();
        }
        auto const word = pop();
        make_room_known();
        if (!word) {
            return std::nullopt;
        }
        return decode_received(*word);
    }

    kernel::Received wait() override {
        while (true) {
            if (auto const received = poll()) {
                return *received;
            }
            if (is_listening_.load(std::memory_order_relaxed)) {
                kernel::InterruptsMasked const masked{cpu_};
                if (ring_.is_empty()) {
                    cpu_.wait_for_interrupt();
                }
            }
        }
    }

    bool take_interrupt() override {
        if (!is_listening_.load(std::memory_order_relaxed)) {
            fill_ring();
        }
        bool const is_there = unread_interrupts() != 0;
        // All of them, as a terminal throws away its input at each Ctrl-C.
        while (unread_interrupts() != 0) {
            pop();
        }
        make_room_known();
        return is_there;
    }

    kernel::LineCounters counters() const override {
        kernel::InterruptsMasked const masked{cpu_};
        return counters_;
    }

    void handle_interrupt() override {
        if (fill_ring() != 0 || is_held_back_.load(std::memory_order_relaxed)) {
            empty_in_a_row_ = 0;
            return;
        }
        uart_.clear_receive_interrupt();
        if (fill_ring() != 0) {
            return;
        }
        ++counters_.empty_interrupts;
        if (++empty_in_a_row_ == kStorm) {
            hold_back();  // The reader lets it try again, so that a storm leaves time to run.
        }
    }

    std::string_view interrupt_name() const override { return "pl011"; }

private:
    static constexpr std::uint16_t kCtrlC = 0x03;
    /// Characters taken in one interrupt: what is left interrupts again. It keeps a sender that
    /// is faster than any line, as QEMU's is, from holding interrupts masked.
    static constexpr std::size_t kBatch = 2 * Pl011<Registers>::kFifoDepth;
    static constexpr unsigned kStorm = 100;

    void send(std::uint8_t byte) {
        if (uart_.send(byte)) {
            ++counters_.sent;
        } else {
            ++counters_.send_timeouts;
        }
    }

    // Moves characters from the FIFO to the ring and says how many; holds the receiver back if the
    // ring is full. Called by the interrupt handler, or, before listen(), by the reader.
    std::size_t fill_ring() {
        for (std::size_t moved = 0; moved != kBatch; ++moved) {
            if (ring_.room() == 0) {
                if (!is_held_back_.load(std::memory_order_relaxed)) {
                    ++counters_.ring_full;
                }
                hold_back();
                return moved;
            }
            auto const word = uart_.receive();
            if (!word) {
                return moved;
            }
            accept(*word);
        }
        return kBatch;
    }

    // Of what came before the line was started: with a fault it may stem from another rate.
    void keep(std::uint16_t word) {
        if (pl011::dr::Errors::in(word) == 0) {
            accept(word);
        }
    }

    void accept(std::uint16_t word) {
        ++counters_.received;
        counters_.framing_errors += pl011::dr::FE::in(word);
        counters_.parity_errors += pl011::dr::PE::in(word);
        counters_.breaks += pl011::dr::BE::in(word);
        counters_.overruns += pl011::dr::OE::in(word);
        ring_.push(word);
        if (word == kCtrlC) {
            increment(interrupts_received_);
        }
    }

    std::optional<std::uint16_t> pop() {
        auto const word = ring_.pop();
        if (word == kCtrlC) {
            increment(interrupts_read_);
        }
        return word;
    }

    std::size_t unread_interrupts() const {
        return interrupts_received_.load(std::memory_order_acquire) -
               interrupts_read_.load(std::memory_order_acquire);
    }

    // Each counter has one writer, so a load and a store will do.
    static void increment(std::atomic<std::size_t>& counter) {
        counter.store(counter.load(std::memory_order_relaxed) + 1, std::memory_order_release);
    }

    void hold_back() {
        uart_.mask_receiver();
        is_held_back_.store(true, std::memory_order_relaxed);
    }

    // A receiver that is held back does not interrupt, so nobody else touches it meanwhile. It is
    // let go when a whole FIFO fits, so that one interrupt serves more than one character.
    void make_room_known() {
        std::size_t const enough = std::min(Pl011<Registers>::kFifoDepth, ring_.capacity());
        if (!is_held_back_.load(std::memory_order_relaxed) || ring_.room() < enough) {
            return;
        }
        empty_in_a_row_ = 0;
        is_held_back_.store(false, std::memory_order_relaxed);
        if (is_listening_.load(std::memory_order_relaxed)) {
            uart_.unmask_receiver();
        }
    }

    Pl011<Registers>& uart_;
    kernel::Cpu& cpu_;
    ReceiveRing ring_;
    kernel::LineCounters counters_;
    std::atomic<std::size_t> interrupts_received_ = 0;
    std::atomic<std::size_t> interrupts_read_ = 0;
    std::atomic<bool> is_listening_ = false;
    std::atomic<bool> is_held_back_ = false;
    unsigned empty_in_a_row_ = 0;
};

/// Text for a panic, past ring, counters and interrupts.
template <RegisterBank Registers>
class PanicOutput final : public kernel::TextOutput {
public:
    explicit PanicOutput(Pl011<Registers>& uart) : uart_{uart} {}

    /// What was written is out, and nothing interrupts any more. What comes from now on is for
    /// whoever drives the line next.
    void fall_silent() {
        uart_.mask_receiver();
        uart_.drain();
    }

    void write(std::string_view text) override { uart_.send_in_panic(text); }

private:
    Pl011<Registers>& uart_;
};

}  // namespace drivers
