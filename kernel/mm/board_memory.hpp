// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/address.hpp"
#include "kernel/board.hpp"
#include "kernel/mm/memory_map.hpp"
#include "kernel/result.hpp"
#include "kernel/units.hpp"

#include <cstdint>
#include <optional>
#include <span>

namespace mm {

/// What is known of memory beside the tree.
struct MemoryFacts {
    /// All that the kernel was loaded to and has written since: code, data, stacks, tables, the
    /// copy of the tree.
    kernel::PhysRange image{kernel::PhysAddr{0}, kernel::PhysAddr{0}};
    /// RAM of the cores below 1 GiB (memory_limit); none where the tree says all.
    std::optional<kernel::PhysRange> limit{};
    /// Frames that a test has found bad: the boot argument `badram=`.
    std::span<kernel::PhysRange const> bad_ram{};
};

/// Below this the limit is the whole truth; the firmware knows no other RAM.
inline constexpr kernel::PhysAddr kFirmwareCeiling{std::uint64_t{1} << 30};

/// What the cores of every 64-bit Pi have: the smallest has 512 MiB, of which config.txt gives the
/// GPU 448 at most (raspberrypi/documentation, gpu_mem_512).
inline constexpr kernel::PhysRange kLeastPiMemory{kernel::PhysAddr{0},
                                                  kernel::PhysAddr{64 * kernel::kMiB}};

/// Who wrote the tree: the loader, who knows this board, or we, who know its family.
enum class TreeOrigin : std::uint8_t { Loader, BuiltIn };

/// The limit to RAM below 1 GiB: what the firmware answered. Where it gave no answer the loader's
/// tree needs none, and one of our own is believed up to kLeastPiMemory only.
std::optional<kernel::PhysRange> memory_limit(kernel::Result<kernel::PhysRange> const& answer,
                                              TreeOrigin origin);

/// Fills `map`, which is empty, from the board's tree: its banks, less what is beyond the limit,
/// less what the image, the firmware, the initrd and the tree itself reserve, less bad RAM. True if
/// the limit agreed with the tree, or there is none.
///
/// On a Pi, where RAM begins at 0, the first 512 KiB are the firmware's: the stub that the other
/// cores wait in, or BL31.
///
/// Errors: TreeNoMemory if nothing usable is left; TableFull.
kernel::Result<bool> describe_memory(MemoryMap& map, kernel::Board const& board,
                                     MemoryFacts const& facts);

}  // namespace mm
