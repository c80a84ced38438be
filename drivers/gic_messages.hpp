// SPDX-License-Identifier: MIT
#pragma once

#include "drivers/gic.hpp"
#include "drivers/register_bank.hpp"
#include "kernel/core_messages.hpp"
#include "kernel/cpu.hpp"
#include "kernel/interrupts.hpp"

#include <string_view>

namespace drivers {

/// Messages between the cores of a board with a GIC: interrupts that one core sends another (ARM
/// IHI 0048B, 3.2.1).
template <RegisterBank Distributor, RegisterBank Interface>
class GicMessages final : public kernel::CoreMessages, public kernel::InterruptHandler {
public:
    GicMessages(Gic<Distributor, Interface>& gic, kernel::Cpu& cpu) : gic_{gic}, cpu_{cpu} {}

    void listen() override { gic_.join(); }
    void send(unsigned core) override { send(core, gic::kMessage); }
    bool answer_with(kernel::Work& work) override {
        work_ = &work;
        return true;
    }
    void stop(unsigned core) override { send(core, gic::kStop); }
    void wait() override { cpu_.wait_for_interrupt(); }

    void handle_interrupt() override {
        if (work_ != nullptr) {
            work_->run();
        }
    }
    std::string_view interrupt_name() const override { return "messages between cores"; }

private:
    /// Whoever is woken sees what it is woken for.
    void send(unsigned core, kernel::InterruptNumber number) {
        cpu_.finish_writes();
        gic_.send(core, number);
    }

    Gic<Distributor, Interface>& gic_;
    kernel::Cpu& cpu_;
    kernel::Work* work_ = nullptr;
};

}  // namespace drivers
