// SPDX-License-Identifier: MIT
#pragma once

#include "boot/early_devices.hpp"
#include "boot/handover.hpp"
#include "kernel/board.hpp"
#include "kernel/device_tree.hpp"
#include "kernel/error.hpp"

#include <optional>

namespace start {

/// The tree that decides everything, and why it is not the loader's, if it is not.
// NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): a tree has no default.
struct BoardTree {
    kernel::DeviceTree tree;
    std::optional<kernel::Error> loader_refused;
};

/// Reads the loader's tree into `board`, but for devices that do not answer where it puts them, or
/// that it puts into the kernel itself; where it cannot be used, or its serial line is one of
/// those, the built-in tree of this CPU.
///
/// Stops where neither leads to a serial line: there is nobody to tell.
BoardTree find_board(kernel::Board& board, boot::EarlyDevices& devices,
                     boot::Handover const& handover);

}  // namespace start
