// SPDX-License-Identifier: MIT
#include "kernel/start/board_tree.hpp"

#include "boot/builtin_trees.hpp"
#include "boot/entry.hpp"
#include "kernel/arch/recoverable.hpp"
#include "kernel/board_builtin.hpp"
#include "kernel/mm/descriptor.hpp"

namespace start {
namespace {

using kernel::DeviceTree;
using kernel::Result;

Result<DeviceTree> read(kernel::Board& board, kernel::TreeBytes blob) {
    auto const tree = DeviceTree::open(blob);
    if (!tree) {
        return tree;
    }
    board = kernel::Board{};
    if (auto const outcome = board.read(*tree); !outcome) {
        return outcome.error();
    }
    return tree;
}

Result<DeviceTree> read_loaders(kernel::Board& board, boot::Handover const& handover) {
    if (!handover.device_tree) {
        return handover.device_tree.error();
    }
    return read(board, *handover.device_tree);
}

// In every device here there is a register that may be read without harm: the flags of the UART,
// the status of the mailbox, of a GIC nothing and what is pending.
constexpr std::uint64_t kHarmless = 0x18;

bool answers(boot::EarlyDevices& devices, boot::Handover const& handover,
             kernel::PhysRange registers) {
    if (registers.bytes() <= kHarmless || registers.end.raw() > mm::kPhysicalBytes ||
        registers.overlaps(handover.image)) {
        return false;
    }
    auto const at = devices.map(registers.begin + kHarmless, sizeof(std::uint32_t));
    return at && arch::recoverable_load(*at, kernel::Width::Word);
}

}  // namespace

BoardTree find_board(kernel::Board& board, boot::EarlyDevices& devices,
                     boot::Handover const& handover) {
    auto const loaders = read_loaders(board, handover);
    if (loaders) {
        // A tree that is wrong about one device may be right about the others.
        for (auto* const device : {&board.uart, &board.gpio, &board.mailbox, &board.watchdog,
                                   &board.local_interrupts, &board.armctrl}) {
            if (*device && !answers(devices, handover, (*device)->registers)) {
                device->reset();
            }
        }
        // How its interrupts are written down is another matter than whether there is a GIC.
        bool const has_gic = board.gic && board.gic_cpu &&
                             answers(devices, handover, board.gic->registers) &&
                             answers(devices, handover, *board.gic_cpu);
        if (!has_gic) {
            board.gic_cpu.reset();
        }
    }
    if (loaders && board.uart) {
        return {*loaders, {}};
    }
    auto const builtin = kernel::builtin_tree_for(handover.midr, handover.ram_base);
    if (!builtin) {
        stop_here();
    }
    auto const tree = read(board, boot::builtin_tree(*builtin));
    kernel::require(tree && board.uart, "the built-in trees name a serial line");
    return {*tree, loaders ? kernel::Error::TreeNoSerial : loaders.error()};
}

}  // namespace start
