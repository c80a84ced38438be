// SPDX-License-Identifier: MIT
#pragma once

#include "boot/early_devices.hpp"
#include "boot/handover.hpp"
#include "drivers/mailbox.hpp"
#include "drivers/mmio_registers.hpp"
#include "drivers/pl011.hpp"
#include "drivers/serial_console.hpp"
#include "kernel/board.hpp"
#include "kernel/clock.hpp"
#include "kernel/cpu.hpp"

#include <cstdint>
#include <optional>

namespace start {

using Uart = drivers::Pl011<drivers::MmioRegisters>;
using SerialLine = drivers::SerialConsole<drivers::MmioRegisters>;
using PanicLine = drivers::PanicOutput<drivers::MmioRegisters>;
using Firmware = drivers::Mailbox<drivers::MmioRegisters>;

/// What every driver needs of the core it runs on.
struct Cores {
    kernel::Cpu& cpu;
    kernel::Clock const& clock;
};

/// `registers` of a device, mapped.
drivers::MmioRegisters registers_of(boot::EarlyDevices& devices, kernel::PhysRange registers);

/// The mailbox, on boards that have one. It owns the one buffer that the firmware writes to.
std::optional<Firmware> find_firmware(boot::EarlyDevices& devices, kernel::Board const& board,
                                      boot::Handover const& handover, Cores const& cores);

/// The serial line, and where a panic is reported. Characters are polled until it listens.
class Serial {
public:
    Serial(drivers::MmioRegisters registers, Cores const& cores);

    /// At 115200 8N1, with the clock that the firmware sets and measures. A clock that cannot make
    /// the rate is taken for a misunderstanding: the line runs by the documented one then. The
    /// debug connector of a Pi 5 keeps the rate that the firmware has given it.
    void start(std::optional<Firmware>& firmware, kernel::Board const& board);

    SerialLine& line() { return line_; }

private:
    Uart uart_;
    SerialLine line_;
    PanicLine panic_line_;
};

}  // namespace start
