// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/mm/frame.hpp"

#include <cstdint>
#include <string_view>

namespace mm {

/// Who has a region of RAM. `Nobody` means that the allocators may hand it out.
enum class RegionOwner : std::uint8_t {
    Nobody,
    Firmware,
    KernelImage,
    Metadata,
    DeviceTree,
    Initrd,
    MemoryReserve,   ///< Entry of the tree's /memreserve/.
    ReservedMemory,  ///< Child of the tree's /reserved-memory.
    BadMemory,       ///< Known to lose what is written to it.
};

/// May the kernel map it?
enum class Mappable : std::uint8_t { Yes, No };

/// Frames of RAM with one reason.
struct Region {
    FrameRange frames;
    RegionOwner owner;
    Mappable mappable;
    std::string_view reason;  ///< `usable`, or why it is reserved.

    bool is_usable() const { return owner == RegionOwner::Nobody; }

    /// True where the kernel itself lives.
    bool is_kernels_own() const {
        return owner == RegionOwner::KernelImage || owner == RegionOwner::Metadata ||
               owner == RegionOwner::DeviceTree;
    }

    /// Same owner, mapping allowed or not, and reason: two such regions side by side are one.
    bool is_like(Region const& other) const {
        return owner == other.owner && mappable == other.mappable && reason == other.reason;
    }
};

}  // namespace mm
