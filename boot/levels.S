// SPDX-License-Identifier: MIT
// From whatever exception level we were entered at to EL1 on SP_EL0, with every register written
// that matters to EL1: at reset they hold anything (ARM DDI 0487J.a, D19.2; what the firmware's
// stub sets is known, what other loaders set is not).

#include "boot/assembly.inc"

    .equ    STATE_EL1T, 0x3c4       // SPSR: EL1 with SP_EL0, all interrupts masked.
    .equ    STATE_EL2H, 0x3c9

    .section .text.boot, "ax"
// Comes back at EL1. SCTLR and HCR_EL2 of the level we run at are written already. Uses x9 to x11.
function drop_to_el1
    mov     x11, x30
    mrs     x9, CurrentEL
    lsr     x9, x9, #2
    cmp     x9, #EXCEPTION_LEVEL_2
    b.lo    at_el1
    b.eq    at_el2

at_el3:
    address_of x9, early_vectors
    msr     vbar_el3, x9
    mov     x9, #0x5b1              // RW, HCE, SMD, RES1, NS: smc is undefined below.
    msr     scr_el3, x9
    msr     cptr_el3, xzr
    msr     mdcr_el3, xzr
    msr     cntps_ctl_el1, xzr      // The secure timer interrupts nobody.

    // The firmware's stub would have done this. CPUECTLR_EL1.SMPEN (bit 6) before the caches are
    // on; ACTLR_EL3 leaves that register to the lower levels (Cortex-A53 TRM, 4.3.22 and 4.3.30).
    mrs     x9, midr_el1
    ubfx    x9, x9, #4, #12
    cmp     x9, #PART_CORTEX_A53
    mov     x10, #PART_CORTEX_A57
    ccmp    x9, x10, #4, ne
    mov     x10, #PART_CORTEX_A72
    ccmp    x9, x10, #4, ne
    b.ne    1f
    mov     x9, #0x73
    msr     actlr_el3, x9
    mrs     x9, s3_1_c15_c2_1
    orr     x9, x9, #(1 << 6)
    msr     s3_1_c15_c2_1, x9
1:
    // CNTFRQ_EL0 is written by the highest level or by nobody: 19.2 MHz on a Pi 3, else 54 MHz.
    mrs     x9, cntfrq_el0
    cbnz    x9, 2f
    mrs     x9, midr_el1
    ubfx    x9, x9, #4, #12
    cmp     x9, #PART_CORTEX_A53
    load_constant x9, 54000000
    load_constant x10, 19200000
    csel    x9, x10, x9, eq
    msr     cntfrq_el0, x9
2:
    isb
    address_of x9, at_el1
    mov     x10, #STATE_EL1T
    bl      prepare_el1
    mrs     x0, id_aa64pfr0_el1
    tst     x0, #0xf00              // No EL2: straight down.
    b.eq    3f
    load_constant x9, (1 << 31) | (1 << 19)
    msr     hcr_el2, x9
    load_constant x9, CONTROL_OFF_EL2
    msr     sctlr_el2, x9
    address_of x9, at_el2
    mov     x10, #STATE_EL2H
3:  msr     elr_el3, x9
    msr     spsr_el3, x10
    isb
    eret

at_el2:
    // What hvc and smc of EL1 meet: vectors that hand them back as an exception of EL1.
    address_of x9, early_vectors
    msr     vbar_el2, x9
    mov     x9, #3                  // EL1 may read the counter and use the physical timer.
    msr     cnthctl_el2, x9
    msr     cntvoff_el2, xzr
    msr     cnthp_ctl_el2, xzr      // No timer of this level interrupts.
    mov     x9, #0x33ff             // No traps; the rest is RES1.
    msr     cptr_el2, x9
    msr     hstr_el2, xzr
    msr     vttbr_el2, xzr
    mrs     x9, midr_el1
    msr     vpidr_el2, x9
    mrs     x9, mpidr_el1
    msr     vmpidr_el2, x9
    mrs     x9, pmcr_el0
    ubfx    x9, x9, #11, #5         // EL1 has all event counters.
    msr     mdcr_el2, x9
    bl      prepare_el1
    address_of x9, at_el1
    msr     elr_el2, x9
    mov     x10, #STATE_EL1T
    msr     spsr_el2, x10
    isb
    eret

at_el1:
    msr     spsel, #0
    bl      prepare_el1
    msr     cpacr_el1, xzr          // Floating point traps: this kernel has none.
    msr     contextidr_el1, xzr
    msr     tpidr_el1, xzr
    msr     tpidr_el0, xzr
    msr     tpidrro_el0, xzr
    msr     amair_el1, xzr
    msr     csselr_el1, xzr
    msr     mdscr_el1, xzr          // No debug exceptions but brk.
    mov     x9, #0xc4               // EVNTEN, EVNTI 12: a waiting wfe looks again every 8192 ticks.
    msr     cntkctl_el1, x9
    msr     cntp_ctl_el0, xzr
    msr     cntv_ctl_el0, xzr

    // The cycle counter runs from here on, with 64 bits, and interrupts nobody.
    msr     pmuserenr_el0, xzr
    mov     x9, #0xffffffff
    msr     pmintenclr_el1, x9
    msr     pmovsclr_el0, x9
    msr     pmccfiltr_el0, xzr
    mov     x9, #(1 << 31)
    msr     pmcntenset_el0, x9
    mov     x9, #0b1000101          // LC, C (cycle counter to 0), E.
    msr     pmcr_el0, x9
    isb
    ret     x11

// What must hold at EL1 before its first instruction.
prepare_el1:
    load_constant x0, CONTROL_OFF_EL1
    msr     sctlr_el1, x0
    isb
    ret
end_function drop_to_el1
