// SPDX-License-Identifier: MIT
// Entry point: firmware, QEMU or a chain loader jumps here, on one core or on all, at EL3, EL2 or
// EL1. The MMU and the caches are off. Nothing but x0 is known, and x0 may be anything.
//
//   x19  x0 as found            x22  this core's number
//   x20  CNTPCT at entry        x23  the base of RAM: where we run, rounded down to 1 GiB
//   x21  exception level found  x24  where the image begins now
//
//   1 this level's control register   2 one core goes on   3 move into place   4 drop to EL1
//   5 vectors and stacks   6 tree's copy and early map   7 MMU on, jump   8 clear .bss   9 C++
//
// kernel_main begins at EL1 on SP_EL0, with exceptions on SP_EL1, all interrupts masked.

#include "boot/assembly.inc"

    .equ    EARLY_STACK_BYTES, 8192 // More than boot_prepare uses of the stack.

    .global image_text_offset
    .equ    image_text_offset, TEXT_OFFSET

    .section .text.start, "ax"

// Documentation/arch/arm64/booting.rst of Linux: loaders place the image by this header.
    .global _start
_start:
    b       entry
    .word   0
    .quad   TEXT_OFFSET             // Distance from a 2 MiB boundary.
    .quad   image_bytes             // With bss and stacks: a loader puts nothing there.
    .quad   0b1010                  // Little endian, 4 KiB pages, anywhere in memory.
    .quad   0, 0, 0
    .ascii  "ARM\x64"
    .word   0

entry:
    msr     daifset, #0xf
    mov     x19, x0
    mrs     x20, cntpct_el0
    mrs     x21, CurrentEL
    lsr     x21, x21, #2

    // 1. Before the first load or store: they depend on it.
    bl      reset_control

    // 2.
    bl      find_place
    bl      elect_boot_core
    cbz     x0, park

    // 3. Where the image belongs, the link address is a fixed distance away.
place:
    address_of x24, _start
    add     x9, x23, #TEXT_OFFSET
    cmp     x24, x9
    b.ne    move_image
    bl      announce_place

    // 4.
    bl      drop_to_el1

    // 5. Physical addresses for now.
    address_of x9, early_vectors
    msr     vbar_el1, x9
    isb
    bl      use_kernel_stacks

    // 6. Returns the end of what it wrote.
    mov     x0, x19
    mov     x1, x20
    mov     x2, x21
    mov     x3, x22
    bl      boot_prepare

    // 7. Written with caches off: no cache may hold anything older.
    mov     x1, x0
    address_of x0, early_written_begin
    bl      invalidate_range
    address_of x1, boot_stack_end
    sub     x0, x1, #EARLY_STACK_BYTES
    bl      invalidate_range

    address_of x0, early_tables     // The identity map, and behind it the early map.
    add     x1, x0, #4096
    bl      enter_early_window
    bl      use_kernel_stacks

    // 8. Through the caches, and so without maintenance.
    bl      clear_bss

    // 9. The end of every stack walk.
    mov     x29, xzr
    mov     x30, xzr
    b       boot_continue

function stop_here
    wfi
    b       stop_here
end_function stop_here

// x22 to x24. MPIDR_EL1.MT says where the core's number is: Pi 5 counts in Aff1, the others in Aff0.
function find_place
    mrs     x22, mpidr_el1
    ubfx    x9, x22, #8, #8
    tst     x22, #(1 << 24)
    and     x22, x22, #0xff
    csel    x22, x9, x22, ne
    address_of x24, _start
    and     x23, x24, #~((1 << 30) - 1)
    ret
end_function find_place

// SCTLR of the level we run at, which x21 names.
function reset_control
    cmp     x21, #EXCEPTION_LEVEL_2
    load_constant x9, CONTROL_OFF_EL2
    b.lo    1f
    b.eq    2f
    msr     sctlr_el3, x9
    isb
    ret
    // First the whole of HCR_EL2: E2H changes what the other registers of EL2 mean. RW: EL1 is
    // AArch64. TSC: smc comes to EL2, where vectors report it; on a Pi nobody else does.
2:  load_constant x10, (1 << 31) | (1 << 19)
    msr     hcr_el2, x10
    isb
    msr     sctlr_el2, x9
    isb
    ret
1:  load_constant x9, CONTROL_OFF_EL1
    msr     sctlr_el1, x9
    isb
    ret
end_function reset_control

// Copies the file to where it belongs and goes on there at `place`. Where that overlaps the file
// itself, one more copy is made behind it first: .bss is ours too, and longer than the file.
move_image:
    address_of x10, file_end
    sub     x10, x10, x24           // Bytes.
    subs    x11, x24, x9
    cneg    x11, x11, lo            // Distance.
    cmp     x11, x10
    add     x12, x24, x10
    csel    x9, x12, x9, lo         // To.
    mov     x11, x24                // From.
    mov     x12, x9
1:  ldp     x13, x14, [x11], #16
    stp     x13, x14, [x12], #16
    subs    x10, x10, #16
    b.hi    1b

    address_of x13, place
    sub     x13, x13, x24
    add     x25, x9, x13
    mov     x0, x9
    mov     x1, x12
    bl      invalidate_range
    ic      iallu
    dsb     sy
    isb
    br      x25

// SP is SP_EL0, exceptions have SP_EL1.
use_kernel_stacks:
    msr     spsel, #1
    address_of x9, exception_stack_end
    mov     sp, x9
    msr     spsel, #0
    address_of x9, boot_stack_end
    mov     sp, x9
    ret

// Makes every cache forget [x0, x1), whole frames that were written past the caches. To clean them
// first would write a stale line over what is there now.
function invalidate_range
    mrs     x2, ctr_el0
    ubfx    x2, x2, #16, #4         // CTR_EL0.DminLine: log2 of the words in a line.
    mov     x3, #4
    lsl     x2, x3, x2
1:  dc      ivac, x0
    add     x0, x0, x2
    cmp     x0, x1
    b.lo    1b
    dsb     sy
    ret
end_function invalidate_range

// .bss is whole pages, and DC ZVA clears a part of a page.
clear_bss:
    address_of x0, bss_begin
    address_of x1, bss_end
    mrs     x2, dczid_el0
    tbnz    x2, #4, 2f              // DCZID_EL0.DZP: prohibited.
    and     x2, x2, #0xf
    mov     x3, #4
    lsl     x2, x3, x2
1:  cmp     x0, x1
    b.hs    3f
    dc      zva, x0
    add     x0, x0, x2
    b       1b
2:  cmp     x0, x1
    b.hs    3f
    stp     xzr, xzr, [x0], #16
    b       2b
3:  ret
