// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/lock_rank.hpp"

#include <cstdint>

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
inline void become(Core* core) { the_core = core; }

#else

// As in the kernel: one instruction. Nothing here has thread-local variables, and the kernel itself
// keeps what a core has in TPIDR_EL1.
inline Core& this_core() {
    Core* core = nullptr;
    asm("mrs %0, tpidr_el0" : "=r"(core));
    return *core;
}
inline void become(Core* core) { asm volatile("msr tpidr_el0, %0" : : "r"(core) : "memory"); }

#endif

#if __STDC_HOSTED__

/// Keeps interrupt handlers of this core out as long as it lives: here there are none.
struct Masked {};

#else

/// Keeps interrupt handlers of this core out as long as it lives.
class Masked {
public:
    Masked() : before_{mask()} {}
    ~Masked() { asm volatile("msr daif, %0" : : "r"(before_) : "memory"); }
    Masked(Masked const&) = delete;
    Masked& operator=(Masked const&) = delete;

private:
    // A variable of its own is in no memory.
    static std::uint64_t mask() {
        std::uint64_t before = 0;
        asm volatile("mrs %0, daif\n\tmsr daifset, #2" : "=r"(before) : : "memory");
        return before;
    }

    std::uint64_t before_;  ///< DAIF.
};

#endif

}  // namespace bench
