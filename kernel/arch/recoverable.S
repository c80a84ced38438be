// SPDX-License-Identifier: MIT
// Loads and stores that survive an abort: handle_exception sends what was taken between
// recoverable_begin and recoverable_end to recoverable_fault, with ESR_EL1 in x0.
//
//   uint64_t recoverable_load_N(uint64_t address, uint64_t* value)
//   uint64_t recoverable_store_N(uint64_t address, uint64_t value)
//
// Return 0, or the syndrome of the abort. The barriers wait until the bus has answered: it may
// refuse by an SError, which must come here too.

    .macro  recoverable name, done, access:vararg
    .global \name
    .type   \name, %function
\name:
    \access
    b       \done
    .size   \name, . - \name
    .endm

    .text
    .global recoverable_begin, recoverable_end, recoverable_fault
recoverable_begin:
    recoverable recoverable_load_1, loaded, ldrb w2, [x0]
    recoverable recoverable_load_2, loaded, ldrh w2, [x0]
    recoverable recoverable_load_4, loaded, ldr w2, [x0]
    recoverable recoverable_load_8, loaded, ldr x2, [x0]
    recoverable recoverable_store_1, stored, strb w1, [x0]
    recoverable recoverable_store_2, stored, strh w1, [x0]
    recoverable recoverable_store_4, stored, str w1, [x0]
    recoverable recoverable_store_8, stored, str x1, [x0]
loaded:
    dsb     sy
    isb
    b       1f
stored:
    dsb     sy
    isb
    b       2f
recoverable_end:
1:  str     x2, [x1]
2:  mov     x0, #0
recoverable_fault:
    ret
