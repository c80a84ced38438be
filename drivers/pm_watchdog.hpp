// SPDX-License-Identifier: MIT
#pragma once

#include "drivers/deadline.hpp"
#include "drivers/register_bank.hpp"
#include "kernel/clock.hpp"
#include "kernel/power.hpp"

#include <cstdint>

namespace drivers {

/// Reset by the watchdog of the BCM2835 family's power manager (`brcm,bcm2835-pm-wdt`,
/// `brcm,bcm2835-pm`). Broadcom documents it nowhere; the registers are those that Linux's
/// drivers/watchdog/bcm2835_wdt.c uses.
template <RegisterBank Registers>
class PmWatchdog final : public kernel::Power {
public:
    PmWatchdog(Registers registers, kernel::Clock const& clock)
        : registers_{registers}, clock_{clock} {}

    void reboot() override { reset(); }

    /// Asks for the boot partition that means "stay off", and resets: the firmware then halts.
    void power_off() override {
        write(kRSTS, registers_.read(kRSTS) | kHaltPartition);
        reset();
    }

private:
    // PM_RSTC, PM_RSTS, PM_WDOG.
    static constexpr std::uint32_t kRSTC = 0x1c;
    static constexpr std::uint32_t kRSTS = 0x20;
    static constexpr std::uint32_t kWDOG = 0x24;

    using Password = RegisterField<31, 24>;  // 0x5a, or the write is ignored.
    using ResetKind = RegisterField<5, 4>;   // PM_RSTC: 0b10 resets the whole chip.
    using Timeout = RegisterField<19, 0>;    // PM_WDOG, in ticks of 15 us.
    // PM_RSTS: the partition's number lies in every other bit of the lowest twelve.
    static constexpr std::uint32_t kHaltPartition = 0x555;
    static constexpr std::uint32_t kTicks = 10;
    static constexpr std::uint64_t kObeyMicroseconds = 1'000'000;

    void write(std::uint32_t offset, std::uint32_t value) {
        registers_.write(offset, Password::put(value, 0x5a));
    }

    void reset() {
        write(kWDOG, Timeout::of(kTicks));
        write(kRSTC, ResetKind::put(registers_.read(kRSTC), 0b10));
        pause(clock_, kObeyMicroseconds);
    }

    Registers registers_;
    kernel::Clock const& clock_;
};

}  // namespace drivers
