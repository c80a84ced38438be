// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/board_builtin.hpp"
#include "kernel/device_tree_value.hpp"
#include "kernel/require.hpp"

#include <cstdint>

// boot/builtin_trees.S.
extern "C" {
extern std::uint8_t const bcm2837_tree_begin[];
extern std::uint8_t const bcm2837_tree_end[];
extern std::uint8_t const bcm2711_tree_begin[];
extern std::uint8_t const bcm2711_tree_end[];
extern std::uint8_t const bcm2712_tree_begin[];
extern std::uint8_t const bcm2712_tree_end[];
}

namespace boot {

/// The blob of a built-in tree, aligned to 8.
inline kernel::TreeBytes builtin_tree(kernel::BuiltinTree tree) {
    switch (tree) {
        case kernel::BuiltinTree::Bcm2837: return {bcm2837_tree_begin, bcm2837_tree_end};
        case kernel::BuiltinTree::Bcm2711: return {bcm2711_tree_begin, bcm2711_tree_end};
        case kernel::BuiltinTree::Bcm2712: return {bcm2712_tree_begin, bcm2712_tree_end};
    }
    kernel::unreachable("a BuiltinTree is one of its enumerators");
}

}  // namespace boot
