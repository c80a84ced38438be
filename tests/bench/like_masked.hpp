// SPDX-License-Identifier: MIT
#pragma once

namespace bench {

/// Stands for the masking of interrupts, which user mode may not do: as many instructions, `mrs`
/// and `msr` at the beginning, `msr` at the end.
class LikeMasked {
public:
    LikeMasked() { asm volatile("nop\n\tnop" : : : "memory"); }
    ~LikeMasked() { asm volatile("nop" : : : "memory"); }
    LikeMasked(LikeMasked const&) = delete;
    LikeMasked& operator=(LikeMasked const&) = delete;
};

}  // namespace bench
