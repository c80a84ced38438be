// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/address.hpp"
#include "kernel/mm/memory_map.hpp"
#include "kernel/mm/page_table.hpp"
#include "kernel/result.hpp"

#include <array>

namespace mm {

/// The parts of the kernel's image that are not plain data, in whole pages, in the order in which
/// they lie in memory.
struct ImageParts {
    kernel::PhysRange text;
    kernel::PhysRange rodata;
    /// Pages that nothing maps: what runs over the end of a stack ends there.
    std::array<kernel::PhysRange, 2> guards;
};

/// Which physical range the early window shows, and where. Whole frames.
struct WindowPlace {
    kernel::PhysRange physical;
    kernel::VirtAddr at;
};

/// Maps the early window into `table` as it stays: all RAM in it that may be mapped at all, text
/// read and execute, rodata read, guards not at all, everything else read and write. By 2 MiB
/// blocks where nothing cuts them.
///
/// Errors: those of PageTable::map; what is mapped by then stays mapped.
kernel::Result<void> map_window(PageTable& table, WindowPlace const& window,
                                MemoryMap const& memory, ImageParts const& image);

}  // namespace mm
