// SPDX-License-Identifier: MIT
#include "kernel/start/board_tree.hpp"

#include "boot/builtin_trees.hpp"
#include "boot/entry.hpp"
#include "kernel/board_builtin.hpp"

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

}  // namespace

BoardTree find_board(kernel::Board& board, boot::Handover const& handover) {
    auto const loaders = read_loaders(board, handover);
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
