// SPDX-License-Identifier: MIT
#include "kernel/board_reader.hpp"

namespace kernel {
namespace {

// Bank and bit. Bank 0 has the eight of the ARM itself, 1 and 2 have the GPU's, 32 each.
std::optional<Interrupt> armctrl_interrupt(TreeBytes value) {
    constexpr std::uint32_t kArmFirst = 64;
    auto const bank = cell(value, 0);
    auto const bit = cell(value, 1);
    if (!bank || !bit || *bank > 2 || *bit >= (*bank == 0 ? 8U : 32U)) {
        return {};
    }
    std::uint32_t const number = *bank == 0 ? kArmFirst + *bit : (*bank - 1) * 32 + *bit;
    return Interrupt{Interrupt::Controller::Armctrl, number};
}

// Kind, number, flags: shared ones (kind 0) are counted from INTID 32, private ones from 16.
std::optional<Interrupt> gic_interrupt(TreeBytes value) {
    constexpr std::uint32_t kShared = 988;
    constexpr std::uint32_t kPrivate = 16;
    auto const kind = cell(value, 0);
    auto const number = cell(value, 1);
    if (!number || !cell(value, 2) || *kind > 1 || *number >= (*kind == 0 ? kShared : kPrivate)) {
        return {};
    }
    return Interrupt{Interrupt::Controller::Gic, *number + (*kind == 0 ? 32 : 16)};
}

}  // namespace

std::optional<Interrupt> Board::interrupt_of(Device const& device) const {
    return gic ? gic_interrupt(device.interrupts) : armctrl_interrupt(device.interrupts);
}

Result<void> Board::read(DeviceTree const& tree) { return BoardReader{tree, *this}.read(); }

}  // namespace kernel
