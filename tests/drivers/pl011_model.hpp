// SPDX-License-Identifier: MIT
#pragma once

#include "drivers/pl011_registers.hpp"

#include "tests/drivers/register_log.hpp"

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace test {

/// A PL011 as far as a driver can tell: FIFOs, flags, masks. What `sender` holds arrives as soon as
/// the receive FIFO has room, as in QEMU.
class Pl011Model {
public:
    static constexpr std::size_t kFifoDepth = 16;

    class Bank {
    public:
        explicit Bank(Pl011Model& model) : model_{&model} {}
        std::uint32_t read(std::uint32_t offset) const { return model_->read(offset); }
        void write(std::uint32_t offset, std::uint32_t value) const {
            model_->write(offset, value);
        }

    private:
        Pl011Model* model_;
    };

    Bank bank() { return Bank{*this}; }

    void type(std::string const& text) {
        for (char const letter : text) {
            sender.push_back(static_cast<std::uint8_t>(letter));
        }
        deliver();
    }

    bool interrupts() const {
        return (mask & drivers::pl011::interrupt::kReceive) != 0 &&
               (!received.empty() || interrupts_for_nothing);
    }

    std::deque<std::uint16_t> sender;  ///< UARTDR words still to come.
    std::deque<std::uint16_t> received;
    std::string sent;
    std::vector<RegisterLog::Write> writes;  ///< All but those to UARTDR.
    std::uint32_t control = 0;
    std::uint32_t mask = 0;
    drivers::pl011::Divisor divisor{0, 0};
    bool is_busy = false;
    bool is_stuck = false;
    bool interrupts_for_nothing = false;
    unsigned looks = 0;  ///< Reads of UARTFR.

private:
    void deliver() {
        while (!sender.empty() && received.size() < kFifoDepth) {
            received.push_back(sender.front());
            sender.pop_front();
        }
    }

    std::uint32_t read(std::uint32_t offset) {
        namespace pl011 = drivers::pl011;
        switch (offset) {
            case pl011::kUARTFR:
                ++looks;
                return pl011::fr::RXFE::of(received.empty() ? 1 : 0) |
                       pl011::fr::TXFF::of(is_stuck ? 1 : 0) | pl011::fr::BUSY::of(is_busy ? 1 : 0);
            case pl011::kUARTDR: {
                std::uint16_t const word = received.front();
                received.pop_front();
                deliver();
                return word;
            }
            case pl011::kUARTCR: return control;
            case pl011::kUARTIBRD: return divisor.integer;
            case pl011::kUARTFBRD: return divisor.fraction;
            default: return 0;
        }
    }

    void write(std::uint32_t offset, std::uint32_t value) {
        namespace pl011 = drivers::pl011;
        if (offset == pl011::kUARTDR) {
            sent += static_cast<char>(value);
            return;
        }
        writes.push_back({offset, value});
        if (offset == pl011::kUARTCR) {
            control = value;
        } else if (offset == pl011::kUARTIMSC) {
            mask = value;
        } else if (offset == pl011::kUARTIBRD) {
            divisor.integer = value;
        } else if (offset == pl011::kUARTFBRD) {
            divisor.fraction = value;
        }
    }
};

}  // namespace test
