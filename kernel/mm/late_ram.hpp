// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/mm/buddy_allocator.hpp"
#include "kernel/mm/memory_map.hpp"

#include <cstdint>

namespace mm {

/// The RAM outside of the early `window` that a zone is to serve: all of it, from the lowest frame
/// on, as far as half of the RAM in the window can describe it. Its metadata comes out of that, and
/// holes cost as much as RAM: 128 MiB describe 955 GiB.
MemoryMap::Ranges late_ram(MemoryMap const& memory, FrameRange window);

/// Words of metadata for a zone of these ranges.
inline std::uint64_t metadata_words(MemoryMap::Ranges const& ranges) {
    return BuddyAllocator::metadata_words(hull(ranges));
}

}  // namespace mm
