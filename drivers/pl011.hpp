// SPDX-License-Identifier: MIT
#pragma once

#include "drivers/deadline.hpp"
#include "drivers/pl011_registers.hpp"
#include "drivers/register_bank.hpp"
#include "kernel/clock.hpp"
#include "kernel/result.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace drivers {

/// PrimeCell UART (PL011), 115200 8N1 with FIFOs: one character at a time, no memory of its own.
template <RegisterBank Registers>
class Pl011 {
public:
    static constexpr std::uint32_t kBaud = 115'200;
    static constexpr std::size_t kFifoDepth = 16;
    /// Sixteen characters take 1.4 ms.
    static constexpr std::uint64_t kIdleMicroseconds = 5'000;
    /// A character takes 87 us. A line that takes none for so long is stuck.
    static constexpr std::uint64_t kSendMicroseconds = 20'000;
    /// Looks of the panic path, which trusts no clock: 0.1 s and more on any board.
    static constexpr unsigned kPanicLooks = 1'000'000;

    Pl011(Registers registers, kernel::Clock const& clock) : registers_{registers}, clock_{clock} {}

    /// Programs the line for a UART clock of `clock_hz`, receive interrupts masked. May be called
    /// again when the clock has changed. What has been received already goes to
    /// `keep(UARTDR word)`, `room` words at most.
    ///
    /// Errors: DeviceRefused if this clock cannot make the rate; the line is as it was then.
    template <typename Keep>
    kernel::Result<void> start(std::uint32_t clock_hz, std::size_t room, Keep keep) {
        auto const divisor = pl011::divisor(clock_hz, kBaud);
        if (!divisor) {
            return kernel::Error::DeviceRefused;
        }
        start(*divisor, room, keep);
        return {};
    }

    /// What divides the clock of a line that somebody has switched on already.
    std::optional<pl011::Divisor> divisor_found() {
        pl011::Divisor const divisor{registers_.read(pl011::kUARTIBRD),
                                     registers_.read(pl011::kUARTFBRD)};
        bool const is_on = pl011::cr::UARTEN::in(registers_.read(pl011::kUARTCR)) != 0;
        return is_on && divisor.integer != 0 ? std::optional{divisor} : std::nullopt;
    }

    /// The same with a divisor that is known.
    template <typename Keep>
    void start(pl011::Divisor divisor, std::size_t room, Keep keep) {
        drain();  // First, for a UART that is off never empties its FIFO.
        registers_.write(pl011::kUARTCR, 0);
        mask_receiver();
        // RX and RT follow what is in the FIFO and go with it. QEMU raises RX only as the FIFO
        // ceases to be empty: cleared while a character is left, it never comes again.
        registers_.write(pl011::kUARTICR,
                         pl011::interrupt::All::kMask & ~pl011::interrupt::kReceive);
        registers_.write(pl011::kUARTIBRD, divisor.integer);
        registers_.write(pl011::kUARTFBRD, divisor.fraction);
        keep_received(room, keep);
        // Last of the three: this write latches the divisor (DDI 0183G, 3.3.7). FIFOs that are on
        // stay on, for switching them empties them.
        registers_.write(pl011::kUARTLCRH, pl011::lcr_h::k8N1);
        registers_.write(pl011::kUARTIFLS,
                         pl011::ifls::TXIFLSEL::of(0) | pl011::ifls::RXIFLSEL::of(0));
        registers_.write(pl011::kUARTCR, pl011::cr::kOn);
    }

    /// The next character with its error bits, as UARTDR has them (pl011::dr); none if the FIFO is
    /// empty.
    std::optional<std::uint16_t> receive() {
        if (pl011::fr::RXFE::in(registers_.read(pl011::kUARTFR)) != 0) {
            return std::nullopt;
        }
        return static_cast<std::uint16_t>(pl011::dr::Used::in(registers_.read(pl011::kUARTDR)));
    }

    /// Sends one character, waiting for room; false if it was given up. Once the line was stuck,
    /// characters are given up without a wait until it moves again.
    bool send(std::uint8_t byte) {
        std::uint64_t const patience = is_stuck_ ? 0 : kSendMicroseconds;
        is_stuck_ = !Deadline{clock_, patience}.wait_until([this] { return has_room(); });
        if (!is_stuck_) {
            registers_.write(pl011::kUARTDR, byte);
        }
        return !is_stuck_;
    }

    /// Waits until all that was sent is out. A stuck line is not waited for.
    void drain() {
        Deadline{clock_, kIdleMicroseconds}.wait_until([this] { return is_idle(); });
    }

    /// Sends text when nothing else can be relied on: no clock, no interrupt, no memory; and turns
    /// the line on if it is off. '\n' goes out as "\r\n". Gives up for good where the line is
    /// stuck.
    void send_in_panic(std::string_view text) {
        if ((registers_.read(pl011::kUARTCR) & pl011::cr::kOn) != pl011::cr::kOn) {
            registers_.write(pl011::kUARTCR, pl011::cr::kOn);
        }
        for (char const letter : text) {
            if (letter == '\n' && !send_in_panic_byte('\r')) {
                return;
            }
            if (!send_in_panic_byte(static_cast<std::uint8_t>(letter))) {
                return;
            }
        }
    }

    /// Lets the receiver interrupt: when the FIFO fills, and when it stays neither empty nor full.
    void unmask_receiver() { registers_.write(pl011::kUARTIMSC, pl011::interrupt::kReceive); }
    /// No interrupt at all. Characters wait in the FIFO, and QEMU's sender with them.
    void mask_receiver() { registers_.write(pl011::kUARTIMSC, 0); }

    /// Clears a receive interrupt that came without a character. Look for one again afterwards:
    /// one that came just now would not interrupt any more.
    void clear_receive_interrupt() {
        registers_.write(pl011::kUARTICR, pl011::interrupt::kReceive);
    }

private:
    bool is_idle() { return pl011::fr::BUSY::in(registers_.read(pl011::kUARTFR)) == 0; }
    bool has_room() { return pl011::fr::TXFF::in(registers_.read(pl011::kUARTFR)) == 0; }

    template <typename Keep>
    void keep_received(std::size_t room, Keep keep) {
        // Twice the depth is enough: in QEMU each read makes room for what is still to come.
        for (auto left = std::min(room, 2 * kFifoDepth); left != 0; --left) {
            auto const word = receive();
            if (!word) {
                return;
            }
            keep(*word);
        }
    }

    bool send_in_panic_byte(std::uint8_t byte) {
        for (unsigned looks = kPanicLooks; looks != 0; --looks) {
            if (has_room()) {
                registers_.write(pl011::kUARTDR, byte);
                return true;
            }
        }
        return false;
    }

    Registers registers_;
    kernel::Clock const& clock_;
    bool is_stuck_ = false;
};

}  // namespace drivers
