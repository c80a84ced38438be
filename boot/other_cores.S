// SPDX-License-Identifier: MIT
// Where every core but the first enters, at EL3, EL2 or EL1, MMU and caches off, once
// kernel/arch/cores.cpp has released it: from the firmware's table, at the physical address.
//
//   x21  exception level found   x22  this core's number   x23  the base of RAM
//
//   1 this level's control register   2 drop to EL1   3 MMU on with the final tables   4 stacks
//   5 C++

#include "boot/assembly.inc"

    .equ    ROOT, 0                 // Of arch::OtherCoresStart.
    .equ    EXCEPTION_STACK, 8
    .equ    STACK, 16
    .equ    STRIDE, 24

    .section .text.boot, "ax"
function other_core_entry
    msr     daifset, #0xf
    mrs     x21, CurrentEL
    lsr     x21, x21, #2

    // 1. Before the first load or store.
    bl      reset_control
    bl      find_place

    // 2.
    bl      drop_to_el1
    address_of x9, early_vectors
    msr     vbar_el1, x9
    isb

    // 3. The root is all that is read past the caches, and was cleaned to memory for that. The walks
    // that follow are coherent with the other cores' caches.
    address_of x9, other_cores_start
    ldr     x1, [x9, #ROOT]
    address_of x0, early_tables
    bl      enter_early_window

    // 4. Core 0's would end there; each core's are one stride further up.
    address_of x9, other_cores_start
    ldp     x10, x11, [x9, #EXCEPTION_STACK]
    ldr     x12, [x9, #STRIDE]
    madd    x10, x22, x12, x10
    madd    x11, x22, x12, x11
    msr     spsel, #1
    mov     sp, x10
    msr     spsel, #0
    mov     sp, x11

    // 5. The end of every stack walk.
    mov     x29, xzr
    mov     x30, xzr
    mov     x0, x22
    b       other_core_continue
end_function other_core_entry
