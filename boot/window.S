// SPDX-License-Identifier: MIT
// From physical addresses into the early window.

#include "boot/assembly.inc"

    .text
// x0 = distance from a physical to its window address. Comes back in the window, MMU and caches on,
// the identity map gone, C++'s vectors in place. SP and x29 are still physical.
function enter_early_window
    load_constant x9, MEMORY_TYPES
    msr     mair_el1, x9

    load_constant x9, TRANSLATION
    mrs     x10, id_aa64mmfr0_el1
    and     x10, x10, #0xf          // PARange, which IPS takes as it is, up to 48 bits.
    mov     x11, #5
    cmp     x10, x11
    csel    x10, x11, x10, hi
    orr     x9, x9, x10, lsl #32
    msr     tcr_el1, x9

    address_of x10, early_tables
    add     x11, x10, #4096
    msr     ttbr0_el1, x10          // The identity map and the window: one frame, and the next.
    msr     ttbr1_el1, x11
    isb
    tlbi    vmalle1
    ic      iallu
    dsb     sy
    isb
    load_constant x10, CONTROL_ON_EL1
    msr     sctlr_el1, x10
    isb

    adr     x10, 1f
    add     x10, x10, x0
    br      x10
1:  address_of x10, exception_vectors
    msr     vbar_el1, x10
    msr     ttbr0_el1, xzr
    orr     x9, x9, #TRANSLATION_EPD0
    msr     tcr_el1, x9
    isb
    tlbi    vmalle1
    dsb     sy
    isb
    add     x30, x30, x0
    ret
end_function enter_early_window
