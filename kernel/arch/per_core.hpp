// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/cores.hpp"
#include "kernel/lock_rank.hpp"
#include "kernel/stretch.hpp"

#include <atomic>
#include <cstdint>

namespace arch {

/// What each core has for itself. TPIDR_EL1 of the core points to it.
struct alignas(64) PerCore {
    unsigned number = 0;
    unsigned asked_by = 0;  ///< The core that its work came from.
    std::atomic<kernel::CoreState> state{kernel::CoreState::Absent};
    std::atomic<kernel::Work*> work{nullptr};
    std::atomic<std::uint64_t> interrupts{0};  ///< It alone writes this.
    kernel::LongestStretch masked;             ///< Interrupts were masked.
    kernel::HeldLocks locks;
};

/// Of the core this runs on.
inline PerCore& this_core() {
    PerCore* core = nullptr;
    asm("mrs %0, tpidr_el1" : "=r"(core));
    return *core;
}

/// Of core `number`, below kernel::kMostCores.
PerCore& per_core(unsigned number);

/// Makes the core this runs on core `number`: the first thing that C++ does on each.
void become_core(unsigned number);
/// The same on the core that boots.
void become_boot_core(unsigned number);

/// The core that boots.
unsigned boot_core();

}  // namespace arch
