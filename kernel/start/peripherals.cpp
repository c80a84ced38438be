// SPDX-License-Identifier: MIT
#include "kernel/start/peripherals.hpp"

#include "kernel/arch/exceptions.hpp"

namespace start {

Peripherals::Peripherals(boot::EarlyDevices& devices, kernel::Board const& board,
                         Cores const& cores) {
    if (board.armctrl && board.local_interrupts) {
        pi_interrupts_.emplace(registers_of(devices, *board.armctrl),
                               registers_of(devices, *board.local_interrupts), cores.cpu);
        interrupts_ = &*pi_interrupts_;
        mailboxes_.emplace(registers_of(devices, *board.local_interrupts), cores.cpu);
    }
    if (board.watchdog) {
        watchdog_.emplace(registers_of(devices, *board.watchdog), cores.clock);
        power_ = &*watchdog_;
    }
    if (board.gpio) {
        gpio_.emplace(registers_of(devices, *board.gpio), cores.clock,
                      drivers::pull_registers_of(board.gpio->compatible));
    }
}

void Peripherals::route_serial() {
    if (gpio_) {
        gpio_->route_pl011_to_header();
    }
}

void Peripherals::listen_to(SerialLine& line, kernel::Board const& board) {
    arch::set_interrupt_controller(*interrupts_);
    auto const interrupt = board.interrupt_of(*board.uart);
    if (!interrupt || interrupt->controller != kernel::Interrupt::Controller::Armctrl) {
        return;
    }
    if (interrupts_->enable(kernel::InterruptNumber{interrupt->number}, line)) {
        line.listen();
    }
}

kernel::CoreMessages& Peripherals::listen_to_messages(arch::Alarm& alarm) {
    if (!mailboxes_) {
        return events_;
    }
    // CNTPNSIRQ, which is the timer of EL1, and mailbox 0.
    bool const are_on{alarm.connect(*interrupts_, drivers::bcm2836::local_interrupt(1)) &&
                      interrupts_->enable(drivers::bcm2836::local_interrupt(4), *mailboxes_)};
    kernel::require(are_on, "nobody else serves these");
    return *mailboxes_;
}

}  // namespace start
