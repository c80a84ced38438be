// SPDX-License-Identifier: MIT
// Calls of the firmware. Arguments and answer are in C++'s own registers, and what the firmware may
// change (x0 to x17), a function may, too: ARM DEN 0028, 2.6.

#include "boot/assembly.inc"

    .text
// To whoever was above EL1 before this kernel came.
function call_by_hvc
    hvc     #0
    ret
end_function call_by_hvc

// The same, past an EL2 where nobody is.
function call_by_smc
    .inst   0xd4000003              // smc #0
    ret
end_function call_by_smc

// To this kernel's own vectors of EL2, which go on with an smc: boot/early_vectors.S.
function call_by_el2
    hvc     #CALL_FIRMWARE
    ret
end_function call_by_el2
