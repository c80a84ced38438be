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

// Without constinit each use would ask whether they are initialised.
inline constinit thread_local Core* the_core = nullptr;
extern "C" {
inline constinit thread_local void* the_cache = nullptr;
}
inline Core& this_core() { return *the_core; }
inline void become(Core* core) { the_core = core; }
inline void keep(void* cache) { the_cache = cache; }

/// What keep() was told last on this core.
inline void* kept() {
#if defined(__aarch64__) && !defined(__PIC__)
    // What the compiler makes of it leaves room for thread-local variables of 16 MiB: two
    // instructions more. The linker refuses if they are larger than 4 KiB.
    void* cache = nullptr;
    asm volatile("mrs %0, tpidr_el0\n\tldr %0, [%0, #:tprel_lo12:the_cache]" : "=r"(cache));
    return cache;
#else
    return the_cache;
#endif
}

#else

// As in the kernel: one instruction. Nothing here has thread-local variables, and the kernel itself
// keeps what a core has in TPIDR_EL1.
inline Core& this_core() {
    Core* core = nullptr;
    asm("mrs %0, tpidr_el0" : "=r"(core));
    return *core;
}
inline void become(Core* core) { asm volatile("msr tpidr_el0, %0" : : "r"(core) : "memory"); }

/// Keeps something for this core.
inline void keep(void* cache) { this_core().cache = cache; }
/// That.
inline void* kept() { return this_core().cache; }

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
