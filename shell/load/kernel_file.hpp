// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/address.hpp"
#include "kernel/mm/memory_map.hpp"

#include <cstdint>
#include <span>

namespace shell {

/// Where a kernel belongs, or why it does not.
struct Placement {
    char const* refusal = nullptr;
    kernel::PhysRange place{kernel::PhysAddr{0}, kernel::PhysAddr{0}};  ///< Whole frames.
};

/// The memory that a kernel is placed in.
struct Surroundings {
    mm::MemoryMap const& memory;
    kernel::PhysAddr ram_base{0};
    kernel::PhysRange kept{ram_base, ram_base};  ///< Must stay as it is.
};

/// Reads the header of an arm64 Image (Linux, Documentation/arch/arm64/booting.rst): text_offset
/// bytes from a multiple of 2 MiB, image_size bytes. The first such place in RAM is taken where
/// nobody but the running kernel lives.
///
/// `file` is aligned to 8 bytes. It may end in up to 1023 bytes that are not the file's, as a
/// transfer adds them.
Placement place_kernel(std::span<std::uint8_t const> file, Surroundings const& around);

}  // namespace shell
