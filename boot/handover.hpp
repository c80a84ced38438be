// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/address.hpp"
#include "kernel/result.hpp"
#include "kernel/units.hpp"

#include <cstdint>
#include <span>

namespace boot {

/// Where the first bytes of RAM are mapped from the first instruction of kernel_main on.
inline constexpr kernel::VirtAddr kEarlyWindow{0xffff'ffff'8000'0000};
inline constexpr std::uint64_t kEarlyWindowBytes = 128 * kernel::kMiB;

/// What the boot code found and left behind.
struct Handover {
    /// Where RAM begins: the run-time address of the image, rounded down to 1 GiB.
    kernel::PhysAddr ram_base{0};
    /// All that the kernel lives on so far, in whole frames: code, data, stacks, tables, and the
    /// tree's copy at the end.
    kernel::PhysRange image{kernel::PhysAddr{0}, kernel::PhysAddr{0}};
    /// The copy of the used part of the tree that x0 pointed to, or why there is none.
    kernel::Result<std::span<std::uint8_t const>> device_tree = kernel::Error::TreeAbsent;
    std::uint64_t x0 = 0;                ///< As found at entry.
    std::uint64_t counter_at_entry = 0;  ///< CNTPCT_EL0.
    unsigned exception_level = 1;        ///< As found at entry: 3, 2 or 1.
    unsigned core = 0;                   ///< The core that boots.
    std::uint32_t midr = 0;              ///< MIDR_EL1: which CPU this is.
};

}  // namespace boot
