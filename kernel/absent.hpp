// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/interrupts.hpp"
#include "kernel/power.hpp"

namespace kernel {

/// On boards without a device that this kernel can reset or switch off.
class NoPower final : public Power {
public:
    void reboot() override {}
    void power_off() override {}
};

/// On boards without an interrupt controller that this kernel can drive: nothing interrupts.
class NoInterrupts final : public InterruptController {
public:
    Result<void> enable(InterruptNumber, InterruptHandler&) override {
        return Error::NoSuchInterrupt;
    }
    void disable(InterruptNumber) override {}
    void dispatch() override {}
    std::uint32_t interrupt_count() const override { return 0; }
    InterruptStatistics statistics(InterruptNumber) const override { return {}; }
    std::uint64_t spurious() const override { return 0; }
};

}  // namespace kernel
