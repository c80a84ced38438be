// SPDX-License-Identifier: MIT
#pragma once

#include "drivers/register_bank.hpp"

#include <cstdint>
#include <optional>

/// Registers of the PrimeCell UART (PL011). ARM DDI 0183G, chapter 3; BCM2835 ARM Peripherals,
/// section 13, lists what Broadcom left out (IrDA, DMA, half of the modem lines).
namespace drivers::pl011 {

inline constexpr std::uint32_t kUARTDR = 0x00;
inline constexpr std::uint32_t kUARTFR = 0x18;
inline constexpr std::uint32_t kUARTIBRD = 0x24;
inline constexpr std::uint32_t kUARTFBRD = 0x28;
inline constexpr std::uint32_t kUARTLCRH = 0x2c;  ///< UARTLCR_H
inline constexpr std::uint32_t kUARTCR = 0x30;
inline constexpr std::uint32_t kUARTIFLS = 0x34;
inline constexpr std::uint32_t kUARTIMSC = 0x38;
inline constexpr std::uint32_t kUARTICR = 0x44;

/// UARTDR, data (3.3.1).
namespace dr {
using DATA = RegisterField<7, 0>;
using FE = RegisterField<8>;          ///< Framing: no valid stop bit.
using PE = RegisterField<9>;          ///< Parity.
using BE = RegisterField<10>;         ///< Break: the line was low for a whole character.
using OE = RegisterField<11>;         ///< Overrun: something that came after it was lost.
using Errors = RegisterField<11, 8>;  ///< All four.
using Used = RegisterField<11, 0>;
}  // namespace dr

/// UARTFR, flags (3.3.3).
namespace fr {
using BUSY = RegisterField<3>;  ///< Sending, or something waits to be sent.
using RXFE = RegisterField<4>;  ///< Receive FIFO empty.
using TXFF = RegisterField<5>;  ///< Transmit FIFO full.
}  // namespace fr

/// UARTLCR_H, line control (3.3.7).
namespace lcr_h {
using FEN = RegisterField<4>;      ///< FIFOs on.
using WLEN = RegisterField<6, 5>;  ///< Bits in a character: 0b11 is 8.
inline constexpr std::uint32_t k8N1 = WLEN::of(0b11) | FEN::of(1);
}  // namespace lcr_h

/// UARTCR, control (3.3.8).
namespace cr {
using UARTEN = RegisterField<0>;
using TXE = RegisterField<8>;
using RXE = RegisterField<9>;
inline constexpr std::uint32_t kOn = UARTEN::of(1) | TXE::of(1) | RXE::of(1);
}  // namespace cr

/// UARTIFLS, how full a FIFO interrupts (3.3.9): 0b000 is an eighth, 2 of 16 characters.
namespace ifls {
using TXIFLSEL = RegisterField<2, 0>;
using RXIFLSEL = RegisterField<5, 3>;
}  // namespace ifls

/// UARTIMSC, UARTICR: one bit for each interrupt (3.3.10, 3.3.13).
namespace interrupt {
using RX = RegisterField<4>;  ///< The receive FIFO is as full as UARTIFLS says.
using RT = RegisterField<6>;  ///< It is not empty, and nothing came for 32 bit times.
using All = RegisterField<10, 0>;
inline constexpr std::uint32_t kReceive = RX::of(1) | RT::of(1);
}  // namespace interrupt

/// UARTIBRD and UARTFBRD (3.3.5, 3.3.6): the clock over 16 times the baud rate, in 64ths.
struct Divisor {
    std::uint32_t integer;
    std::uint32_t fraction;

    friend constexpr bool operator==(Divisor, Divisor) = default;
};

/// The divisor nearest to `baud`; none if this clock cannot make that rate.
constexpr std::optional<Divisor> divisor(std::uint32_t clock_hz, std::uint32_t baud) {
    constexpr std::uint64_t kOne = 64;
    constexpr std::uint64_t kMax = 65'535 * kOne;  // With 65535 in UARTIBRD, UARTFBRD must be 0.
    std::uint64_t const in_64ths = (std::uint64_t{clock_hz} * 4 + baud / 2) / baud;
    if (in_64ths < kOne || in_64ths > kMax) {
        return std::nullopt;
    }
    return Divisor{static_cast<std::uint32_t>(in_64ths / kOne),
                   static_cast<std::uint32_t>(in_64ths % kOne)};
}

}  // namespace drivers::pl011
