// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/address.hpp"
#include "kernel/mm/descriptor.hpp"
#include "kernel/mm/frame.hpp"

#include <array>
#include <cstdint>

namespace boot {

/// One translation table of 512 descriptors: a frame.
using Table = std::array<std::uint64_t, mm::kTableEntries>;

/// The translation tables of the early map, in the image, never cleared:
///
///     identity --[base / 1 GiB]--+
///                                v
///     root --[510]--> window --[0]-----> first_pages: the first 2 MiB, by pages
///                            --[1..63]-> 2 MiB blocks of RAM
///                            --[128]---> device_pages
///
/// window.S takes `identity` and `root` by their place.
struct alignas(4096) EarlyTables {
    Table identity;  ///< TTBR0_EL1 until the jump: the window, once more, at its physical address.
    Table root;      ///< TTBR1_EL1 until the final tables.
    Table window;    ///< Level 2 of the window's GiB.
    Table first_pages;   ///< Level 3.
    Table device_pages;  ///< Level 3, at kDevicePages.
};

/// Where EarlyDevices maps.
inline constexpr kernel::VirtAddr kDevicePages{0xffff'ffff'9000'0000};

/// Builds the early map of the RAM from `ram_base` on, with the MMU off. Code, constants and data
/// of the image have their own rights from the beginning; the guard pages below the stacks, and
/// [0, 0x80000) on a Pi, are left out.
void build_early_map(kernel::PhysAddr ram_base);

/// From the early map to the tables below `root`, which map the image (arch::image_parts) and all
/// that is in use where it is now. The early map is never used again.
void leave_early_map(kernel::PhysAddr ram_base, mm::EarlyFrame root);

}  // namespace boot

/// In assembler's reach. The address is physical until the jump into the window.
extern "C" boot::EarlyTables early_tables;
