// SPDX-License-Identifier: MIT
// A kernel of a few KiB that only tells how it was started: what `load` promises. It runs wherever
// it is put, on a raspi3b and on virt, and uses no MMU.

    .section .text.start, "ax"
    .global landing_begin
landing_begin:
    b       first
    .word   0
    .quad   0x80000                 // text_offset
    .quad   0x40000                 // image_size: up to the end of the stacks
    .quad   0b1010
    .quad   0, 0, 0
    .ascii  "ARM\x64"
    .word   0

    .macro  stack core
    adr     x9, landing_begin
    add     x9, x9, #0x20000
    add     x9, x9, \core, lsl #14
    add     x9, x9, #0x4000
    mov     sp, x9
    .endm

first:
    mov     x10, xzr
    stack   x10
    bl      land
1:  wfi
    b       1b

    .global other_core
other_core:
    mrs     x10, mpidr_el1
    and     x10, x10, #3
    stack   x10
    bl      land_other
1:  wfi
    b       1b

// uint64_t call_firmware(function, core, entry): PSCI, by smc from EL2, by hvc from EL1.
    .global call_firmware
call_firmware:
    mov     x3, xzr
    mrs     x9, CurrentEL
    cmp     x9, #(2 << 2)
    b.eq    2f
    hvc     #0
    ret
2:  .inst   0xd4000003              // smc #0
    ret

// What a loader may damage without anybody noticing: 64 KiB by a rule.
    .section .rodata
    .balign 8
    .global cargo, cargo_end
cargo:
    .set    value, 1
    .rept   512
    .quad   value
    .set    value, value * 0x5851f42d4c957f2d + 1
    .endr
cargo_end:
