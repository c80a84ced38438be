// SPDX-License-Identifier: MIT
#include "kernel/arch/alarm.hpp"

#include "kernel/arch/per_core.hpp"
#include "kernel/arch/timer.hpp"

namespace arch {

namespace {

/// CNTP_CTL_EL0.
constexpr std::uint64_t kEnable = 1;

constexpr std::uint64_t kMicrosecondsPerSecond = 1'000'000;

}  // namespace

kernel::Result<void> Alarm::connect(kernel::InterruptController& controller,
                                    kernel::InterruptNumber number) {
    controller_ = &controller;
    number_ = number;
    return controller.enable(number, *this);
}

bool Alarm::set(std::uint64_t microseconds, kernel::Work& work) {
    cancel();
    // Each core lets its own timer in.
    if (controller_ == nullptr || !controller_->enable(number_, *this)) {
        return false;
    }
    work_[this_core().number] = &work;
    set_at(counter_ticks() + microseconds * Timer{}.ticks_per_second() / kMicrosecondsPerSecond);
    return true;
}

void Alarm::set_at(std::uint64_t ticks) {
    asm volatile("msr cntp_cval_el0, %0\n\tmsr cntp_ctl_el0, %1\n\tisb"
                 :
                 : "r"(ticks), "r"(kEnable)
                 : "memory");
}

void Alarm::cancel() {
    asm volatile("msr cntp_ctl_el0, xzr\n\tisb" : : : "memory");
    work_[this_core().number] = nullptr;
}

void Alarm::handle_interrupt() {
    kernel::Work* const work = work_[this_core().number];
    cancel();
    if (work != nullptr) {
        work->run();
    }
}

}  // namespace arch
