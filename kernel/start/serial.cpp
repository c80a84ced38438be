// SPDX-License-Identifier: MIT
#include "kernel/start/serial.hpp"

#include "kernel/mm/frame.hpp"
#include "kernel/panic.hpp"

#include <algorithm>
#include <array>

namespace start {
namespace {

// 64 KiB may be pasted at once. Not cleared at boot: nothing is read before it was received.
[[gnu::section(".uncleared")]] std::array<std::uint16_t, 0x10000> receive_ring;

drivers::MailboxBuffer mailbox_buffer;

// What config.txt asks for, too: of all rates the UART may have, this one is documented.
constexpr std::uint32_t kUartClock = 48'000'000;

// Of the debug connector of a Pi 5, as its tree has it (clk-uart). The mailbox knows nothing of it.
constexpr std::uint32_t kDebugUartClock = 9'216'000;

// Setting may be refused and is then answered with another rate; what counts is what was measured,
// or at least noted.
std::uint32_t uart_clock(Firmware& firmware) {
    auto const set = firmware.set_clock_rate(drivers::FirmwareClock::Uart, kUartClock);
    if (auto const measured = firmware.measured_clock_rate(drivers::FirmwareClock::Uart)) {
        return *measured;
    }
    auto const noted = firmware.clock_rate(drivers::FirmwareClock::Uart);
    return noted ? *noted : set ? *set : kUartClock;
}

}  // namespace

drivers::MmioRegisters registers_of(boot::EarlyDevices& devices, kernel::PhysRange registers) {
    // No driver here goes further than 4 KiB, whatever a tree says of the length.
    auto const at = devices.map(registers.begin, std::min(registers.bytes(), mm::kFrameBytes));
    kernel::require(static_cast<bool>(at), "512 pages are enough for the devices at boot");
    return drivers::MmioRegisters{*at};
}

std::optional<Firmware> find_firmware(boot::EarlyDevices& devices, kernel::Board const& board,
                                      boot::Handover const& handover, Cores const& cores) {
    kernel::VirtAddr const buffer{reinterpret_cast<std::uint64_t>(&mailbox_buffer)};
    Firmware::Memory const memory{mailbox_buffer.slots,
                                  handover.ram_base + (buffer - boot::kEarlyWindow)};
    // On a Pi, RAM begins at 0. A tree that says otherwise has no firmware that could reach us.
    if (!board.mailbox || memory.address.raw() >= kernel::kGiB) {
        return {};
    }
    return std::optional<Firmware>{std::in_place, registers_of(devices, board.mailbox->registers),
                                   memory, cores.cpu, cores.clock};
}

Serial::Serial(drivers::MmioRegisters registers, Cores const& cores)
    : uart_{registers, cores.clock}, line_{uart_, cores.cpu, receive_ring}, panic_line_{uart_} {}

void Serial::start(std::optional<Firmware>& firmware, kernel::Board const& board) {
    kernel::panic_prints_to(panic_line_);
    // What clocks the debug connector is the firmware's matter. Where it has switched the line on
    // (BOOT_UART=1, enable_uart=1), its divisor is the right one.
    bool const is_debug_connector = board.soc == kernel::Soc::Bcm2712;
    if (is_debug_connector && line_.start_as_found()) {
        return;
    }
    std::uint32_t const clock = is_debug_connector ? kDebugUartClock
                                : firmware         ? uart_clock(*firmware)
                                                   : kUartClock;
    if (!line_.start(clock)) {
        bool const is_started{line_.start(kUartClock)};
        kernel::require(is_started, "the documented clock makes 115200 baud");
    }
}

}  // namespace start
