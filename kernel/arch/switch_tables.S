// SPDX-License-Identifier: MIT
// From one root of the kernel's tables to another. Both may map the same page by entries of
// different size, and a TLB that holds both is not to be trusted (ARM DDI 0487J.a, D8.13.1). So the
// upper half is switched off and forgotten in between, and meanwhile this runs where it lies in
// physical memory.

    .equ    EPD0, 1 << 7
    .equ    EPD1, 1 << 23

    .text
// void switch_tables(uint64_t root, uint64_t identity_root, uint64_t distance)
//
// Physical addresses of the new root and of an identity map of the text; what to add to a physical
// address of the image for its virtual one. Interrupts and SErrors are masked by the caller.
    .global switch_tables
    .type   switch_tables, %function
switch_tables:
    dsb     sy
    mrs     x9, tcr_el1
    bic     x10, x9, #EPD0
    msr     ttbr0_el1, x1
    msr     tcr_el1, x10
    isb
    adr     x11, 1f
    sub     x11, x11, x2
    br      x11
1:  orr     x11, x10, #EPD1
    msr     tcr_el1, x11
    isb
    tlbi    vmalle1
    dsb     nsh
    isb
    msr     ttbr1_el1, x0
    isb
    msr     tcr_el1, x10
    isb
    adr     x11, 2f
    add     x11, x11, x2
    br      x11
2:  msr     ttbr0_el1, xzr
    msr     tcr_el1, x9             // With EPD0: the identity map is gone.
    isb
    tlbi    vmalle1
    dsb     nsh
    isb
    ret
    .size   switch_tables, . - switch_tables
