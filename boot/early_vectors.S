// SPDX-License-Identifier: MIT
// Vectors until C++ has its own, for EL3, EL2 and EL1 alike; EL2 keeps them for ever. They use no
// memory but their own text, so they work with the MMU off and on.

#include "boot/assembly.inc"

    .macro  vector target
    .balign 128
    b       \target
    .endm

    .section .text.vectors, "ax"
    .balign 2048
function early_vectors
    vector  survive_copy            // Current level, SP_EL0: the boot code at EL1.
    .rept   7
    vector  stop_here
    .endr
    vector  hand_back               // Lower level, synchronous.
    .rept   7
    vector  stop_here
    .endr
end_function early_vectors

    .section .text.boot, "ax"
// bool copy_guarded(void* to, void const* from, size_t bytes)
//
// Copies `bytes`, a multiple of 8, between places aligned to 8. False if an access of `from` was
// answered by an abort; EL1 with early_vectors only.
function copy_guarded
guarded_begin:
    subs    x2, x2, #32
    b.lo    2f
1:  ldp     x9, x10, [x1], #16
    ldp     x11, x12, [x1], #16
    stp     x9, x10, [x0], #16
    stp     x11, x12, [x0], #16
    subs    x2, x2, #32
    b.hs    1b
2:  adds    x2, x2, #32
    b.eq    4f
3:  ldr     x9, [x1], #8
    str     x9, [x0], #8
    subs    x2, x2, #8
    b.hi    3b
guarded_end:
4:  mov     w0, #1
    ret
copy_failed:
    mov     w0, #0
    ret
end_function copy_guarded

// x9 and x10 are free where an abort is survived.
survive_copy:
    mrs     x9, elr_el1
    address_of x10, guarded_begin
    cmp     x9, x10
    b.lo    stop_here
    address_of x10, guarded_end
    cmp     x9, x10
    b.hs    stop_here
    address_of x10, copy_failed
    msr     elr_el1, x10
    eret

// hvc and smc of EL1: handed back as an exception of EL1, with EL2's syndrome, so that EL1's report
// names them. Five hvc alone are answered. After three of them EL1 has an SError, a FIQ or an IRQ
// pending that no device has raised, for `crash`. One calls the firmware: EL1's own smc is trapped,
// so that only who means to can reach it. The last one stays at EL2.
hand_back:
    msr     tpidr_el2, x9
    mrs     x9, CurrentEL
    cmp     x9, #(EXCEPTION_LEVEL_2 << 2)
    b.ne    stop_here
    mrs     x9, esr_el2
    lsr     x9, x9, #24
    cmp     x9, #0x5a               // EC 0x16 (hvc), IL.
    mrs     x9, esr_el2
    and     x9, x9, #0xffff
    sub     x9, x9, #MAKE_SERROR_PENDING
    ccmp    x9, #(CALL_LEAVE - MAKE_SERROR_PENDING), #2, eq  // Higher, where it was not hvc.
    b.ls    answer
    mrs     x9, esr_el2
    msr     esr_el1, x9
    mrs     x9, far_el2
    msr     far_el1, x9
    mrs     x9, elr_el2
    msr     elr_el1, x9
    mrs     x9, spsr_el2
    msr     spsr_el1, x9
    tst     x9, #1                  // SPSR.M[0]: it ran on SP_EL1.
    mrs     x9, vbar_el1
    b.eq    1f
    add     x9, x9, #0x200
1:  msr     elr_el2, x9
    mov     x9, #0x3c5              // EL1 with SP_EL1, all interrupts masked.
    msr     spsr_el2, x9
    mrs     x9, tpidr_el2
    eret

answer:
    cmp     x9, #(CALL_FIRMWARE - MAKE_SERROR_PENDING)
    b.lo    make_pending
    b.hi    leave

    // With EL1's registers, and back to it with the answer.
    mrs     x9, tpidr_el2
    .inst   0xd4000003              // smc #0
    eret

leave:
    msr     elr_el2, x0
    mov     x9, #0x3c9              // EL2 with SP_EL2, all interrupts masked.
    msr     spsr_el2, x9
    eret

// x9 = 0, 1, 2. HCR_EL2.VSE needs AMO, VF needs FMO, VI needs IMO.
make_pending:
    cmp     x9, #1
    mrs     x9, hcr_el2
    b.lo    1f
    b.eq    2f
    orr     x9, x9, #(1 << 7)
    orr     x9, x9, #(1 << 4)
    b       3f
1:  orr     x9, x9, #(1 << 8)
    orr     x9, x9, #(1 << 5)
    b       3f
2:  orr     x9, x9, #(1 << 6)
    orr     x9, x9, #(1 << 3)
3:  msr     hcr_el2, x9
    mrs     x9, tpidr_el2
    eret
