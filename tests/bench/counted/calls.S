// SPDX-License-Identifier: MIT
//
// The calls that are counted, and what a program needs of Linux (AArch64: the number in x8).
#include "tests/bench/counted/marks.hpp"

#define MMAP 222
#define WRITE 64
#define EXIT 93

// NAME(function, arguments): function(arguments), between marks.
.macro counted name, mark
    .global \name
\name:
    stp     x29, x30, [sp, #-16]!
    mov     x29, sp
    mov     x9, x0
    mov     x0, x1
    mov     x1, x2
    hint    #\mark
    blr     x9
    hint    #MARK_END
    ldp     x29, x30, [sp], #16
    ret
.endm

.section .text.calls, "ax"
    counted counted_allocate, MARK_ALLOCATE
    counted counted_free, MARK_FREE
    counted counted_begin, MARK_BEGIN

    .global report_counts
report_counts:
    hint    #MARK_REPORT
    ret

// count_all(arguments, and where they are): the stack begins with them.
    .global _start
_start:
    mov     x29, xzr
    mov     x30, xzr
    ldr     x0, [sp]
    add     x1, sp, #8
    bl      count_all

// end_program(status)
    .global end_program
end_program:
    mov     x8, #EXIT
    svc     #0

// write_text(text, bytes): to standard output.
    .global write_text
write_text:
    mov     x2, x1
    mov     x1, x0
    mov     x0, #1
    mov     x8, #WRITE
    svc     #0
    ret

// map_memory(bytes): private, anonymous, nothing behind it before it is touched.
    .global map_memory
map_memory:
    mov     x1, x0
    mov     x0, xzr
    mov     x2, #3                      // PROT_READ | PROT_WRITE
    mov     x3, #0x4022                 // MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
    mov     x4, #-1
    mov     x5, xzr
    mov     x8, #MMAP
    svc     #0
    ret
