// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/lock_rank.hpp"

namespace bench {

inline constexpr unsigned kMostCores = 4;

/// What a core of the kernel finds through TPIDR_EL1: here of a thread.
struct alignas(64) Core {
    unsigned number = 0;
    kernel::HeldLocks locks;
    void* cache = nullptr;  ///< What the row keeps for this core.
};

#if __STDC_HOSTED__

// Without constinit each use would ask whether it is initialised.
extern constinit thread_local Core* the_core;
inline Core& this_core() { return *the_core; }
inline void become(Core& core) { the_core = &core; }

#else

// As in the kernel: one instruction. Nothing here has thread-local variables.
inline Core& this_core() {
    Core* core = nullptr;
    asm("mrs %0, tpidr_el0" : "=r"(core));
    return *core;
}
inline void become(Core& core) { asm volatile("msr tpidr_el0, %0" : : "r"(&core) : "memory"); }

#endif

/// Stands for the masking of interrupts, which user mode may not do: as many instructions, `mrs`
/// and `msr` at the beginning, `msr` at the end.
class Masked {
public:
    Masked() { asm volatile("nop\n\tnop" : : : "memory"); }
    ~Masked() { asm volatile("nop" : : : "memory"); }
    Masked(Masked const&) = delete;
    Masked& operator=(Masked const&) = delete;
};

}  // namespace bench
