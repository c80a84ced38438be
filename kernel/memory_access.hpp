// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/address.hpp"
#include "kernel/result.hpp"

#include <cstdint>

namespace kernel {

/// Bytes moved by one load or store instruction.
enum class Width : std::uint8_t { Byte = 1, Half = 2, Word = 4, Double = 8 };

/// Loads and stores that survive any address: an abort comes back as an Error.
///
/// Errors: TranslationFault, PermissionFault, AlignmentFault, ExternalAbort, AddressSizeFault.
class MemoryAccess {
public:
    virtual Result<std::uint64_t> read(VirtAddr address, Width width) = 0;
    virtual Result<void> write(VirtAddr address, Width width, std::uint64_t value) = 0;

    /// The same by physical address, through a window page mapped for the one access: Normal memory
    /// where the address is RAM, Device-nGnRE elsewhere, so that no page has two memory types.
    virtual Result<std::uint64_t> read_physical(PhysAddr address, Width width) = 0;
    virtual Result<void> write_physical(PhysAddr address, Width width, std::uint64_t value) = 0;

protected:
    ~MemoryAccess() = default;
};

}  // namespace kernel
