// SPDX-License-Identifier: MIT
#include "kernel/start/peripherals.hpp"

#include "kernel/arch/exceptions.hpp"
#include "kernel/arch/firmware_call.hpp"

namespace start {

Peripherals::Peripherals(boot::EarlyDevices& devices, kernel::Board const& board,
                         Cores const& cores, std::uint64_t exception_level) {
    if (board.gic && board.gic_cpu) {
        gic_.emplace(registers_of(devices, board.gic->registers),
                     registers_of(devices, *board.gic_cpu), cores.cpu);
        interrupts_ = &*gic_;
        gic_messages_.emplace(*gic_, cores.cpu);
    } else if (board.armctrl && board.local_interrupts) {
        auto const local = registers_of(devices, board.local_interrupts->registers);
        pi_interrupts_.emplace(registers_of(devices, board.armctrl->registers), local, cores.cpu);
        interrupts_ = &*pi_interrupts_;
        mailboxes_.emplace(local, cores.cpu);
    }
    if (auto const call = arch::firmware_call(board.psci, exception_level)) {
        psci_.emplace(*call);
        power_ = &*psci_;
    } else if (board.watchdog) {
        watchdog_.emplace(registers_of(devices, board.watchdog->registers), cores.clock);
        power_ = &*watchdog_;
    }
    if (board.gpio) {
        gpio_.emplace(registers_of(devices, board.gpio->registers), cores.clock,
                      drivers::pull_registers_of(board.gpio->compatible));
    }
}

void Peripherals::route_serial() {
    if (gpio_) {
        gpio_->route_pl011_to_header();
    }
}

void Peripherals::listen_to(SerialLine& line, kernel::Board const& board) {
    line_ = &line;
    arch::set_interrupt_controller(*interrupts_);
    auto const interrupt = board.interrupt_of(*board.uart);
    bool const is_of_gic = interrupt && interrupt->controller == kernel::Interrupt::Controller::Gic;
    if (!interrupt || is_of_gic != gic_.has_value()) {
        return;
    }
    if (interrupts_->enable(kernel::InterruptNumber{interrupt->number}, line)) {
        line.listen();
    }
}

void Peripherals::fall_silent() {
    line_->fall_silent();
    for (kernel::InterruptNumber number{0}; number.value < interrupts_->interrupt_count();
         ++number.value) {
        interrupts_->disable(number);
    }
}

kernel::CoreMessages& Peripherals::listen_to_messages(arch::Alarm& alarm) {
    constexpr CoreInterrupts kOfGic{drivers::gic::kTimer, drivers::gic::kMessage};
    if (gic_messages_ && let_in(kOfGic, alarm, *gic_messages_)) {
        return *gic_messages_;
    }
    // CNTPNSIRQ, which is the timer of EL1, and mailbox 0.
    constexpr CoreInterrupts kOfPi{drivers::bcm2836::local_interrupt(1),
                                   drivers::bcm2836::local_interrupt(4)};
    if (mailboxes_ && let_in(kOfPi, alarm, *mailboxes_)) {
        return *mailboxes_;
    }
    return events_;
}

bool Peripherals::let_in(CoreInterrupts numbers, arch::Alarm& alarm,
                         kernel::InterruptHandler& messages) {
    return alarm.connect(*interrupts_, numbers.timer) &&
           interrupts_->enable(numbers.message, messages);
}

}  // namespace start
