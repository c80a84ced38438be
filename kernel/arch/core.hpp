// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/address.hpp"
#include "kernel/cpu.hpp"
#include "kernel/mm/tlb_control.hpp"

#include <cstdint>

namespace arch {

/// The core this runs on.
class Core final : public kernel::Cpu {
public:
    unsigned core() const override;
    kernel::InterruptMask mask_interrupts() override;
    void restore_interrupts(kernel::InterruptMask before) override;
    void wait_for_interrupt() override;
    std::uint64_t longest_masked() const override;
    std::uint64_t cycles() const override;
    void finish_writes() override;
    void clean_and_invalidate(kernel::VirtRange range) override;

    /// From now on this core takes interrupts, fast ones too, and SErrors when they happen: until
    /// then they stay pending.
    void open_interrupts();
};

/// The TLBs of all cores.
class Tlb final : public mm::TlbControl {
public:
    void after_map() override;
    void invalidate(kernel::VirtAddr first, std::uint64_t pages) override;
};

}  // namespace arch
