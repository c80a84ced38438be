// SPDX-License-Identifier: MIT
#pragma once

#include "boot/handover.hpp"
#include "kernel/board.hpp"
#include "kernel/device_tree.hpp"
#include "kernel/result.hpp"

#include <optional>

namespace start {

/// The tree that decides everything, and why it is not the loader's, if it is not.
struct BoardTree {
    kernel::DeviceTree tree;
    std::optional<kernel::Error> loader_refused;
};

/// Reads the loader's tree into `board`; where that cannot be used, the built-in one of this CPU.
///
/// Errors: why the loader's tree cannot be used, if no built-in one fits this machine.
kernel::Result<BoardTree> find_board(kernel::Board& board, boot::Handover const& handover);

}  // namespace start
