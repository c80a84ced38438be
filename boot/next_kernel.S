// SPDX-License-Identifier: MIT
// How this kernel makes room for another one (kernel/start/successor.cpp).

#include "boot/assembly.inc"

    .equ    ARGUMENTS, 16           // Of start::Departure.
    .equ    IDENTITY, 48

    .section .text.vectors, "ax"    // In what the last vector before it leaves free.
// void leave_kernel(start::Departure const* departure)
//
// Leaves the window, MMU and caches of this core, and goes on at a physical address, at EL2 if this
// kernel was entered there or above. Writes nothing: no line of any cache becomes dirty here.
function leave_kernel
    msr     daifset, #0xf
    msr     cntp_ctl_el0, xzr
    msr     cntv_ctl_el0, xzr
    ldp     x6, x7, [x0, #IDENTITY] // Root of an identity map; level at entry.
    ldp     x2, x3, [x0, #ARGUMENTS]
    ldp     x4, x5, [x0, #ARGUMENTS + 16]
    ldp     x0, x1, [x0]

    address_of x9, early_tables
    sub     x9, x9, x6              // From a physical to its window address.
    mrs     x10, tcr_el1
    bic     x10, x10, #TRANSLATION_EPD0
    msr     ttbr0_el1, x6
    msr     tcr_el1, x10
    isb
    adr     x10, 1f
    sub     x10, x10, x9
    br      x10
1:  load_constant x10, CONTROL_OFF_EL1
    msr     sctlr_el1, x10
    isb
    ic      iallu
    dsb     sy
    isb
    cmp     x7, #EXCEPTION_LEVEL_2
    b.lo    2f
    hvc     #CALL_LEAVE             // To x0.
2:  br      x0
end_function leave_kernel

    .text
    .balign 8
// Lies where nothing will be written any more, and runs there with the MMU off.
//
//   [x1, x2)  the file: whole words of 16 bytes     [x3, x4)  its place, whole frames
//   x5        the device tree
function enter_next_kernel
    // What this kernel left there in a cache would be written over the new one later on.
    bl      drop_cached
    mov     x9, x3
1:  ldp     x10, x11, [x1], #16
    stp     x10, x11, [x9], #16
    cmp     x1, x2
    b.lo    1b

    // And what the caches have fetched since, unasked, is not what is there now.
    bl      drop_cached
    ic      iallu
    dsb     sy
    isb
    mov     x9, x3
    mov     x0, x5
    mov     x1, xzr
    mov     x2, xzr
    mov     x3, xzr
    br      x9

drop_cached:
    mrs     x6, ctr_el0
    ubfx    x6, x6, #16, #4         // CTR_EL0.DminLine: log2 of the words in a line.
    mov     x7, #4
    lsl     x6, x7, x6
    mov     x7, x3
2:  dc      civac, x7
    add     x7, x7, x6
    cmp     x7, x4
    b.lo    2b
    dsb     sy
    ret
end_function enter_next_kernel
    .balign 8
    .global enter_next_kernel_end
enter_next_kernel_end:

// What a core does that waits for its release: as the firmware's, but here it says that it came, by
// clearing the word before this. In x1 the address of the word where its release is written.
function wait_for_release
    str     xzr, [x1]
    dsb     sy
    adr     x2, wait_for_release
    str     xzr, [x2, #-8]
1:  wfe
    ldr     x4, [x1]
    cbz     x4, 1b
    mov     x0, xzr
    mov     x1, xzr
    mov     x2, xzr
    mov     x3, xzr
    br      x4
end_function wait_for_release
    .balign 8
    .global wait_for_release_end
wait_for_release_end:
