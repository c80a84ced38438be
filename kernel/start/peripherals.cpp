// SPDX-License-Identifier: MIT
#include "kernel/start/peripherals.hpp"

namespace start {

Peripherals::Peripherals(boot::EarlyDevices& devices, kernel::Board const& board,
                         Cores const& cores) {
    if (board.armctrl && board.local_interrupts) {
        pi_interrupts_.emplace(registers_of(devices, *board.armctrl),
                               registers_of(devices, *board.local_interrupts), cores.cpu);
        interrupts_ = &*pi_interrupts_;
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

void listen(SerialLine& line, kernel::Board const& board, kernel::InterruptController& interrupts) {
    auto const interrupt = board.interrupt_of(*board.uart);
    if (!interrupt || interrupt->controller != kernel::Interrupt::Controller::Armctrl) {
        return;
    }
    if (interrupts.enable(kernel::InterruptNumber{interrupt->number}, line)) {
        line.listen();
    }
}

}  // namespace start
