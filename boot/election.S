// SPDX-License-Identifier: MIT
// One core boots, whoever enters: core 0 where it comes, else the first that does.
//
// Exclusives do not work before the MMU and caches are on, so this is Lamport's fast mutual
// exclusion (ACM TOCS 5(1), 1987, algorithm 2), entered once and never left: it needs loads and
// stores only, in program order.

#include "boot/assembly.inc"

    .equ    COMPETES, 0             // A byte for each core.
    .equ    CORES, 8
    .equ    FIRST, 8                // Number + 1 of who came last to the first door,
    .equ    SECOND, 9               // and to the second.
    .equ    WINNER, 10
    .equ    IN_PLACE, 16            // IN_PLACE_MAGIC as soon as the image is where it belongs.

    .equ    HEAD_START, 1 << 22     // Ticks of the counter: a fifth of a second on a Pi 3.

    .data
    .balign 64                      // A line of its own: memory is written past the caches.
election:
    .fill   64, 1, 0

    .section .text.boot, "ax"
// x0 = 1 on the core that boots, 0 on the others. x22 is the core's number.
function elect_boot_core
    address_of x9, election
    and     x10, x22, #CORES - 1
    add     w11, w10, #1

    cbz     x10, 2f
    mrs     x12, cntpct_el0
    add     x12, x12, #HEAD_START
1:  ldrb    w13, [x9, #SECOND]
    cbnz    w13, lost
    mrs     x13, cntpct_el0
    cmp     x13, x12
    b.lo    1b

2:  mov     w13, #1
    strb    w13, [x9, x10]
    dmb     sy
    strb    w11, [x9, #FIRST]
    dmb     sy
    ldrb    w13, [x9, #SECOND]
    cbnz    w13, withdraw
    strb    w11, [x9, #SECOND]
    dmb     sy
    ldrb    w13, [x9, #FIRST]
    cmp     w13, w11
    b.eq    won

    // Somebody else is at the first door. Who is last at the second one wins, once all the others
    // have seen that they are not.
    strb    wzr, [x9, x10]
    dmb     sy
    mov     x12, #0
3:  ldrb    w13, [x9, #WINNER]
    cbnz    w13, lost
    ldrb    w13, [x9, x12]
    cbnz    w13, 3b
    add     x12, x12, #1
    cmp     x12, #CORES
    b.lo    3b
    ldrb    w13, [x9, #SECOND]
    cmp     w13, w11
    b.ne    lost

won:
    strb    w11, [x9, #WINNER]
    dmb     sy
    mov     x0, #1
    ret

withdraw:
    strb    wzr, [x9, x10]
lost:
    mov     x0, #0
    ret
end_function elect_boot_core

// The boot core runs at the right place: the others may come.
function announce_place
    address_of x9, election
    address_of x10, place_magic
    ldr     x11, [x10]
    str     x11, [x9, #IN_PLACE]
    dsb     sy
    ret
end_function announce_place

// Never returns. Waits where nobody overwrites it: in the image that is in place, whose frames are
// never handed out. x23 is the base of RAM, x24 where our own image begins.
function park
    add     x9, x23, #TEXT_OFFSET
    sub     x9, x9, x24             // The way from here to there.
    address_of x10, election
    add     x10, x10, x9
    address_of x11, place_magic
    ldr     x11, [x11]
1:  ldr     x12, [x10, #IN_PLACE]
    cmp     x12, x11
    b.ne    1b
    address_of x10, parked
    add     x10, x10, x9
    ic      iallu
    dsb     sy
    isb
    br      x10

parked:
    wfi
    b       parked
end_function park

    .balign 8
place_magic:
    .ascii  "in place"
