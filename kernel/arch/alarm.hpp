// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/alarm.hpp"
#include "kernel/cores.hpp"
#include "kernel/interrupts.hpp"

#include <array>
#include <cstdint>
#include <string_view>

namespace arch {

/// The generic timer of the core that uses it, which interrupts once (ARM DDI 0487J.a, D11.2.4).
class Alarm final : public kernel::Alarm, public kernel::InterruptHandler {
public:
    /// From now on `number` of `controller` is the timer of whichever core sets it.
    ///
    /// Errors: those of InterruptController::enable.
    kernel::Result<void> connect(kernel::InterruptController& controller,
                                 kernel::InterruptNumber number);

    bool set(std::uint64_t microseconds, kernel::Work& work) override;
    void cancel() override;

    /// Interrupts when the counter shows `ticks`, or at once if it has done so already, and no more
    /// than that.
    void set_at(std::uint64_t ticks);

    void handle_interrupt() override;
    std::string_view interrupt_name() const override { return "timer"; }

private:
    kernel::InterruptController* controller_ = nullptr;
    kernel::InterruptNumber number_{0};
    /// By core, which alone uses it.
    std::array<kernel::Work*, kernel::kMostCores> work_{};
};

}  // namespace arch
