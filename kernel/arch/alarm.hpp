// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/interrupts.hpp"

#include <cstdint>
#include <string_view>

namespace arch {

/// The generic timer of the core that uses it, which interrupts once (ARM DDI 0487J.a, D11.2.4).
class Alarm final : public kernel::InterruptHandler {
public:
    /// Interrupts when the counter shows `ticks`, or at once if it has done so already.
    void set(std::uint64_t ticks);

    void handle_interrupt() override { cancel(); }
    std::string_view interrupt_name() const override { return "timer"; }
    void cancel();
};

}  // namespace arch
