// SPDX-License-Identifier: MIT
#include "kernel/arch/core.hpp"

#include "kernel/arch/masked_time.hpp"
#include "kernel/arch/per_core.hpp"
#include "kernel/arch/timer.hpp"
#include "kernel/field.hpp"
#include "kernel/mm/frame.hpp"
#include "kernel/units.hpp"

#include <algorithm>
#include <cstdint>

namespace arch {

namespace {

/// DAIF: interrupt masks of PSTATE.
using DaifI = kernel::Field<7>;

/// CTR_EL0: log2 of the words in the smallest line of any data cache.
using DminLine = kernel::Field<19, 16>;

/// Beyond this, forgetting everything is cheaper than one page after the other.
constexpr std::uint64_t kMaxSinglePages = 64;

}  // namespace

unsigned Core::core() const { return this_core().number; }

kernel::InterruptMask Core::mask_interrupts() {
    std::uint64_t daif = 0;
    asm volatile("mrs %0, daif\n\tmsr daifset, #2" : "=r"(daif) : : "memory");
    if (DaifI::in(daif) != 0) {
        return kernel::InterruptMask::Masked;
    }
    masked_time_begins();
    return kernel::InterruptMask::Open;
}

void Core::restore_interrupts(kernel::InterruptMask before) {
    if (before == kernel::InterruptMask::Open) {
        masked_time_ends();
        asm volatile("msr daifclr, #2" : : : "memory");
    }
}

void Core::open_interrupts() { asm volatile("msr daifclr, #7" : : : "memory"); }

// The barrier: whatever was written is out before the core sleeps (ARM DDI 0487J.a, D1.6.2).
void Core::wait_for_interrupt() {
    asm volatile("dsb sy\n\twfi" : : : "memory");
    masked_time_begins();
}

std::uint64_t Core::longest_masked() const { return longest_masked_time(); }

std::uint64_t Core::cycles() const { return core_cycles(); }

// A store-release orders what is before it, not the device's register behind it: that takes a DSB
// (ARM DDI 0487J.a, B2.3.12).
void Core::finish_writes() { asm volatile("dsb ishst" : : : "memory"); }

void Core::clean_and_invalidate(kernel::VirtRange range) {
    std::uint64_t ctr = 0;
    asm("mrs %0, ctr_el0" : "=r"(ctr));
    std::uint64_t const line = std::uint64_t{4} << DminLine::in(ctr);
    for (std::uint64_t at = kernel::align_down(range.begin.raw(), line); at < range.end.raw();
         at += line) {
        asm volatile("dc civac, %0" : : "r"(at) : "memory");
    }
    asm volatile("dsb sy" : : : "memory");
}

void Tlb::after_map() { asm volatile("dsb ishst\n\tisb" : : : "memory"); }

void Tlb::invalidate(kernel::VirtAddr first, std::uint64_t pages) {
    asm volatile("dsb ishst" : : : "memory");
    if (pages > kMaxSinglePages) {
        asm volatile("tlbi vmalle1is" : : : "memory");
    } else {
        std::uint64_t const page = first.raw() >> mm::kFrameShift;
        for (std::uint64_t n = 0; n < pages; ++n) {
            // The operand holds VA[55:12] in bits 43:0.
            asm volatile("tlbi vaae1is, %0" : : "r"((page + n) & 0xfff'ffff'ffff) : "memory");
        }
    }
    asm volatile("dsb ish\n\tisb" : : : "memory");
}

}  // namespace arch
