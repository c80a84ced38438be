// SPDX-License-Identifier: MIT
#pragma once

#include "drivers/deadline.hpp"
#include "drivers/register_bank.hpp"
#include "kernel/clock.hpp"
#include "kernel/require.hpp"

#include <cstdint>
#include <string_view>

namespace drivers {

/// What a pin does, as GPFSELn encodes it (BCM2835 ARM Peripherals, 6.1).
enum class PinFunction : std::uint8_t {
    Input = 0b000,
    Output = 0b001,
    Alt0 = 0b100,
    Alt1 = 0b101,
    Alt2 = 0b110,
    Alt3 = 0b111,
    Alt4 = 0b011,
    Alt5 = 0b010,
};

enum class PinPull : std::uint8_t { None, Up, Down };

/// How a SoC is told about pulls. The two encode up and down the other way round.
enum class PullRegisters : std::uint8_t {
    Clocked,  ///< GPPUD and GPPUDCLK: BCM2835 to BCM2837.
    PerPin,   ///< GPIO_PUP_PDN_CNTRL: BCM2711.
};

/// By the `compatible` of the GPIO node.
constexpr PullRegisters pull_registers_of(std::string_view compatible) {
    return compatible == "brcm,bcm2711-gpio" ? PullRegisters::PerPin : PullRegisters::Clocked;
}

/// The GPIO block of the BCM2835 family. BCM2835 ARM Peripherals, 6; BCM2711 ARM Peripherals, 5.
template <RegisterBank Registers>
class Gpio {
public:
    static constexpr unsigned kPins = 54;  ///< The BCM2711 has four more; no header has them.

    Gpio(Registers registers, kernel::Clock const& clock, PullRegisters pull_registers)
        : registers_{registers}, clock_{clock}, pull_registers_{pull_registers} {}

    /// `pin` is below kPins; the other pins stay as they are.
    void select(unsigned pin, PinFunction function) {
        kernel::require(pin < kPins, "a pin is one of the block's");
        constexpr unsigned kPinsPerRegister = 10;
        put(kGPFSEL0 + pin / kPinsPerRegister * 4, pin % kPinsPerRegister * 3, 0b111,
            static_cast<std::uint32_t>(function));
    }

    /// `pin` is below kPins; the other pins stay as they are.
    void pull(unsigned pin, PinPull pull) {
        kernel::require(pin < kPins, "a pin is one of the block's");
        switch (pull_registers_) {
            case PullRegisters::Clocked: return pull_clocked(pin, pull);
            case PullRegisters::PerPin: return pull_per_pin(pin, pull);
        }
    }

    /// Pins 8 and 10 of the header (GPIO 14, 15) become the PL011's. Before that GPIO 32 and 33,
    /// which lead to the Bluetooth chip, become inputs: a line has one sender.
    void route_pl011_to_header() {
        select(kBluetoothTransmit, PinFunction::Input);
        select(kBluetoothReceive, PinFunction::Input);
        select(kHeaderTransmit, PinFunction::Alt0);
        select(kHeaderReceive, PinFunction::Alt0);
        pull(kHeaderReceive, PinPull::Up);  // An open line is idle, not a break.
    }

private:
    static constexpr unsigned kHeaderTransmit = 14;
    static constexpr unsigned kHeaderReceive = 15;
    static constexpr unsigned kBluetoothTransmit = 32;
    static constexpr unsigned kBluetoothReceive = 33;

    static constexpr std::uint32_t kGPFSEL0 = 0x00;
    static constexpr std::uint32_t kGPPUD = 0x94;
    static constexpr std::uint32_t kGPPUDCLK0 = 0x98;
    static constexpr std::uint32_t kPUPPDN0 = 0xe4;  // GPIO_PUP_PDN_CNTRL_REG0
    // 150 cycles (6.1, GPPUDCLKn) of a clock that is 250 MHz at the slowest.
    static constexpr std::uint64_t kSetUpMicroseconds = 1;

    void put(std::uint32_t offset, unsigned shift, std::uint32_t mask, std::uint32_t value) {
        std::uint32_t const others = registers_.read(offset) & ~(mask << shift);
        registers_.write(offset, others | value << shift);
    }

    // Set the pull, clock it into the pins of the mask, take both away again.
    void pull_clocked(unsigned pin, PinPull pull) {
        std::uint32_t const clock_register = kGPPUDCLK0 + pin / 32 * 4;
        registers_.write(kGPPUD, clocked_code(pull));
        pause(clock_, kSetUpMicroseconds);
        registers_.write(clock_register, std::uint32_t{1} << pin % 32);
        pause(clock_, kSetUpMicroseconds);
        registers_.write(kGPPUD, clocked_code(PinPull::None));
        registers_.write(clock_register, 0);
    }

    void pull_per_pin(unsigned pin, PinPull pull) {
        constexpr unsigned kPinsPerRegister = 16;
        put(kPUPPDN0 + pin / kPinsPerRegister * 4, pin % kPinsPerRegister * 2, 0b11,
            per_pin_code(pull));
    }

    static constexpr std::uint32_t clocked_code(PinPull pull) {
        switch (pull) {
            case PinPull::None: return 0b00;
            case PinPull::Up: return 0b10;
            case PinPull::Down: return 0b01;
        }
        kernel::unreachable("a pull is one of its enumerators");
    }

    static constexpr std::uint32_t per_pin_code(PinPull pull) {
        switch (pull) {
            case PinPull::None: return 0b00;
            case PinPull::Up: return 0b01;
            case PinPull::Down: return 0b10;
        }
        kernel::unreachable("a pull is one of its enumerators");
    }

    Registers registers_;
    kernel::Clock const& clock_;
    PullRegisters pull_registers_;
};

}  // namespace drivers
