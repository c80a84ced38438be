// SPDX-License-Identifier: MIT
// The exception vectors. The kernel runs on SP_EL0, exceptions on SP_EL1: an overflow of the one
// stack is handled on the other. Each slot makes room for a Trap (exceptions.hpp) and goes on with
// save_and_handle; x0 waits in TPIDRRO_EL0 meanwhile, which nothing else uses.

    .cfi_sections .debug_frame      // Not in the image.

    .equ    TRAP_BYTES, 304
    .equ    TRAP_SP, 248            // Followed by pc, state, syndrome, fault address,
    .equ    TRAP_PC, 256
    .equ    TRAP_SYNDROME, 272
    .equ    TRAP_RECORD, 288        // and a frame record, so that stack walks pass through.

    // A stack of exceptions is 16 KiB, aligned, its lowest page the guard: with bits 13:12 zero
    // the Trap would lie there. What overflowed is lost then; the report starts at the top again.
    .macro  vector number
    .balign 128
    msr     tpidrro_el0, x0
    mov     x0, sp
    sub     x0, x0, #TRAP_BYTES
    and     x0, x0, #~15            // Else a misaligned SP_EL1 faults here for ever.
    tst     x0, #0x3000
    b.ne    1f
    orr     x0, x0, #0x3fff
    add     x0, x0, #1
    sub     x0, x0, #TRAP_BYTES
1:  mov     sp, x0
    str     x1, [sp, #8]
    mov     x1, #\number
    b       save_and_handle
    .endm

    .section .text.vectors, "ax"
    .balign 2048
    .global exception_vectors
    .type   exception_vectors, %function
exception_vectors:
    .irp    number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    vector  \number
    .endr
    .size   exception_vectors, . - exception_vectors

    .text
    .type   save_and_handle, %function
save_and_handle:
    // For gdb, which then sees through an exception: where the Trap has each register. It is right
    // once all of them are there. (DWARF for AArch64, 4.1: 31 is sp, 32 pc.)
    .cfi_startproc simple
    .cfi_signal_frame
    .cfi_return_column 32
    .cfi_def_cfa sp, TRAP_BYTES
    .irp    number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, \
                    22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32
    .cfi_offset \number, 8 * \number - TRAP_BYTES
    .endr
    mrs     x0, tpidrro_el0
    str     x0, [sp, #0]
    stp     x2, x3, [sp, #16]
    stp     x4, x5, [sp, #32]
    stp     x6, x7, [sp, #48]
    stp     x8, x9, [sp, #64]
    stp     x10, x11, [sp, #80]
    stp     x12, x13, [sp, #96]
    stp     x14, x15, [sp, #112]
    stp     x16, x17, [sp, #128]
    stp     x18, x19, [sp, #144]
    stp     x20, x21, [sp, #160]
    stp     x22, x23, [sp, #176]
    stp     x24, x25, [sp, #192]
    stp     x26, x27, [sp, #208]
    stp     x28, x29, [sp, #224]

    // The stack that was in use: SP_EL0, but for an exception inside an exception (4 to 7).
    mrs     x2, sp_el0
    add     x3, sp, #TRAP_BYTES
    sub     x4, x1, #4
    cmp     x4, #4
    csel    x2, x3, x2, lo
    stp     x30, x2, [sp, #TRAP_SP - 8]
    mrs     x2, elr_el1
    mrs     x3, spsr_el1
    stp     x2, x3, [sp, #TRAP_PC]
    mrs     x4, esr_el1
    mrs     x5, far_el1
    stp     x4, x5, [sp, #TRAP_SYNDROME]
    stp     x29, x2, [sp, #TRAP_RECORD]

    add     x29, sp, #TRAP_RECORD
    mov     x0, sp
    bl      handle_exception

    ldp     x2, x3, [sp, #TRAP_PC]
    msr     elr_el1, x2
    msr     spsr_el1, x3
    ldp     x0, x1, [sp, #0]
    ldp     x2, x3, [sp, #16]
    ldp     x4, x5, [sp, #32]
    ldp     x6, x7, [sp, #48]
    ldp     x8, x9, [sp, #64]
    ldp     x10, x11, [sp, #80]
    ldp     x12, x13, [sp, #96]
    ldp     x14, x15, [sp, #112]
    ldp     x16, x17, [sp, #128]
    ldp     x18, x19, [sp, #144]
    ldp     x20, x21, [sp, #160]
    ldp     x22, x23, [sp, #176]
    ldp     x24, x25, [sp, #192]
    ldp     x26, x27, [sp, #208]
    ldp     x28, x29, [sp, #224]
    ldr     x30, [sp, #TRAP_SP - 8]
    add     sp, sp, #TRAP_BYTES
    eret
    .cfi_endproc
    .size   save_and_handle, . - save_and_handle
