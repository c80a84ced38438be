// SPDX-License-Identifier: MIT
// From physical addresses into the early window.

#include "boot/assembly.inc"

    .section .text.boot, "ax"
// x0 = root of an identity map, x1 = root of the upper half, both physical; x23 = the base of RAM.
// Comes back in the window, MMU and caches on, the identity map gone, C++'s vectors in place. SP and
// x29 are still physical.
function enter_early_window
    mov     x11, #0xffffffff80000000  // VIRTUAL_BASE
    sub     x12, x11, x23           // From a physical to its window address.
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

    msr     ttbr0_el1, x0
    msr     ttbr1_el1, x1
    isb
    tlbi    vmalle1
    ic      iallu
    dsb     sy
    isb
    load_constant x10, CONTROL_ON_EL1
    msr     sctlr_el1, x10
    isb

    adr     x10, 1f
    add     x10, x10, x12
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
    add     x30, x30, x12
    ret
end_function enter_early_window
