// SPDX-License-Identifier: MIT
#pragma once

#include "boot/early_devices.hpp"
#include "drivers/bcm2836_interrupts.hpp"
#include "drivers/bcm2836_mailboxes.hpp"
#include "drivers/gic.hpp"
#include "drivers/gic_messages.hpp"
#include "drivers/gpio.hpp"
#include "drivers/mmio_registers.hpp"
#include "drivers/pm_watchdog.hpp"
#include "drivers/psci.hpp"
#include "kernel/absent.hpp"
#include "kernel/arch/alarm.hpp"
#include "kernel/arch/cores.hpp"
#include "kernel/board.hpp"
#include "kernel/start/serial.hpp"

#include <cstdint>
#include <optional>

namespace start {

/// What the board has beside RAM and the serial line; for what it has not, something that says so.
class Peripherals {
public:
    /// Maps the registers of everything a driver is made for, and switches all interrupts off.
    /// `exception_level` is where the kernel was entered: there may be firmware above that.
    Peripherals(boot::EarlyDevices& devices, kernel::Board const& board, Cores const& cores,
                std::uint64_t exception_level);

    /// The PL011 to the pins of the header, on boards that have such pins.
    void route_serial();

    /// Interrupts go to this board's controller from now on, and characters of `line` come by
    /// interrupt, if the controller can be driven and the tree names the line's interrupt. Else
    /// they are polled as before.
    void listen_to(SerialLine& line, kernel::Board const& board);

    /// Cores can send each other messages from now on, and `alarm` interrupts, if the controller
    /// can be driven. Else events wake the cores.
    kernel::CoreMessages& listen_to_messages(arch::Alarm& alarm);

    /// For another kernel: all that was printed is out, and nothing interrupts any more.
    void fall_silent();

    kernel::InterruptController& interrupts() { return *interrupts_; }
    kernel::Power& power() { return *power_; }
    /// What starts cores, where the firmware does.
    std::optional<drivers::Psci>& psci() { return psci_; }

private:
    using PiInterrupts = drivers::Bcm2836Interrupts<drivers::MmioRegisters, drivers::MmioRegisters>;
    using Mailboxes = drivers::Bcm2836Mailboxes<drivers::MmioRegisters>;
    using Gic = drivers::Gic<drivers::MmioRegisters, drivers::MmioRegisters>;
    using GicMessages = drivers::GicMessages<drivers::MmioRegisters, drivers::MmioRegisters>;
    using Watchdog = drivers::PmWatchdog<drivers::MmioRegisters>;
    using Gpio = drivers::Gpio<drivers::MmioRegisters>;

    struct CoreInterrupts {
        kernel::InterruptNumber timer;
        kernel::InterruptNumber message;
    };
    /// False if the controller cannot.
    bool let_in(CoreInterrupts numbers, arch::Alarm& alarm, kernel::InterruptHandler& messages);

    kernel::NoInterrupts no_interrupts_;
    kernel::NoPower no_power_;
    std::optional<PiInterrupts> pi_interrupts_;
    std::optional<Mailboxes> mailboxes_;
    std::optional<Gic> gic_;
    std::optional<GicMessages> gic_messages_;
    arch::CoreEvents events_;
    std::optional<Watchdog> watchdog_;
    std::optional<drivers::Psci> psci_;
    std::optional<Gpio> gpio_;
    SerialLine* line_ = nullptr;
    kernel::InterruptController* interrupts_ = &no_interrupts_;
    kernel::Power* power_ = &no_power_;
};

}  // namespace start
