// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/address.hpp"
#include "kernel/board.hpp"
#include "kernel/mm/memory_map.hpp"
#include "kernel/result.hpp"

#include <optional>
#include <span>

namespace mm {

/// What is known of memory beside the tree.
struct MemoryFacts {
    /// All that the kernel was loaded to and has written since: code, data, stacks, tables, the
    /// copy of the tree.
    kernel::PhysRange image{kernel::PhysAddr{0}, kernel::PhysAddr{0}};
    /// RAM of the cores below 1 GiB, as the firmware says over the mailbox; it knows no other.
    std::optional<kernel::PhysRange> firmware_limit{};
    /// Frames that a test has found bad: the boot argument `badram=`.
    std::span<kernel::PhysRange const> bad_ram{};
};

/// Below this the firmware's answer is the whole truth.
inline constexpr kernel::PhysAddr kFirmwareCeiling{std::uint64_t{1} << 30};

/// Fills `map`, which is empty, from the board's tree: its banks, less what the firmware does not
/// grant, less what the image, the firmware, the initrd and the tree itself reserve, less bad RAM.
/// True if the firmware agreed with the tree, or was not asked.
///
/// On a Pi, where RAM begins at 0, the first 512 KiB are the firmware's: the stub that the other
/// cores wait in, or BL31.
///
/// Errors: TreeNoMemory if nothing usable is left; TableFull.
kernel::Result<bool> describe_memory(MemoryMap& map, kernel::Board const& board,
                                     MemoryFacts const& facts);

}  // namespace mm
