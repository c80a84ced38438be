// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/address.hpp"

#include <cstdint>
#include <optional>

namespace kernel {

/// The device trees that are part of the image: boot/bcm2837.dts and so on.
enum class BuiltinTree : std::uint8_t { Bcm2837, Bcm2711, Bcm2712 };

/// The built-in tree to use where the loader gave no usable one.
///
/// `midr` is MIDR_EL1 (ARM DDI 0487J.a, D19.2.100), whose part number tells the families of Pi
/// apart. It does not identify a board, though: QEMU's `virt` has the cores of a Pi and none of its
/// devices. `physical_base` does: RAM begins at 0 on every Pi. None if it is no Pi.
constexpr std::optional<BuiltinTree> builtin_tree_for(std::uint64_t midr, PhysAddr physical_base) {
    if (physical_base != PhysAddr{0}) {
        return {};
    }
    switch (midr >> 4 & 0xfff) {
        case 0xd03: return BuiltinTree::Bcm2837;  // Cortex-A53.
        case 0xd08: return BuiltinTree::Bcm2711;  // Cortex-A72.
        case 0xd0b: return BuiltinTree::Bcm2712;  // Cortex-A76.
        default: return {};
    }
}

}  // namespace kernel
