// SPDX-License-Identifier: MIT
// What `crash` needs and C++ cannot say.

    .text
// void run_on_exception_stack(void (*function)(arch::Crashes&), arch::Crashes&)
//
// Leaves a frame record there, so that a stack walk comes back to the caller.
    .global run_on_exception_stack
    .type   run_on_exception_stack, %function
run_on_exception_stack:
    mov     x9, x0
    mov     x0, x1
    msr     spsel, #1
    stp     x29, x30, [sp, #-16]!
    mov     x29, sp
    blr     x9
    ldp     x29, x30, [sp], #16
    msr     spsel, #0
    ret
    .size   run_on_exception_stack, . - run_on_exception_stack

// void enter_vector(uint64_t number)
//
// Goes to a slot as the hardware would, had an exception of that kind happened here.
    .global enter_vector
    .type   enter_vector, %function
enter_vector:
    adr     x9, enter_vector
    msr     elr_el1, x9
    mrs     x9, daif
    msr     spsr_el1, x9
    msr     esr_el1, xzr
    msr     daifset, #0xf
    msr     spsel, #1
    adrp    x9, exception_vectors
    add     x9, x9, :lo12:exception_vectors
    add     x9, x9, x0, lsl #7
    br      x9
    .size   enter_vector, . - enter_vector
