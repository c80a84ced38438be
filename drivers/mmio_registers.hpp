// SPDX-License-Identifier: MIT
#pragma once

#include "drivers/register_bank.hpp"
#include "kernel/address.hpp"

#include <cstdint>

namespace drivers {

/// The registers of a device that is mapped as Device-nGnRE at `base`.
///
/// The bus of the BCM283x keeps accesses to one peripheral in order, but not those to different
/// ones: a barrier belongs after the last read and before the first write of each (BCM2835 ARM
/// Peripherals, 1.3). Here every read and every write has its own, so no driver needs to know who
/// was spoken to before. The one before a write also makes memory that a device is about to be
/// told of visible to it.
class MmioRegisters {
public:
    explicit MmioRegisters(kernel::VirtAddr base) : base_{base} {}

    std::uint32_t read(std::uint32_t offset) const {
        std::uint32_t const value = *at(offset);
        asm volatile("dmb sy" : : : "memory");
        return value;
    }

    void write(std::uint32_t offset, std::uint32_t value) const {
        asm volatile("dmb sy" : : : "memory");
        *at(offset) = value;
    }

private:
    std::uint32_t volatile* at(std::uint32_t offset) const {
        return reinterpret_cast<std::uint32_t volatile*>((base_ + offset).raw());
    }

    kernel::VirtAddr base_;
};

static_assert(RegisterBank<MmioRegisters>);

}  // namespace drivers
