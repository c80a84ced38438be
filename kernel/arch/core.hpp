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
    void clean_and_invalidate(kernel::VirtRange range) override;

    /// From now on this core takes interrupts.
    void open_interrupts();

    /// From now on an SError is taken when it happens; it stays pending until then.
    void open_errors();
};

/// The TLBs of all cores.
class Tlb final : public mm::TlbControl {
public:
    void after_map() override;
    void invalidate(kernel::VirtAddr first, std::uint64_t pages) override;
};

}  // namespace arch
