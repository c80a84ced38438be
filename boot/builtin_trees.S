// SPDX-License-Identifier: MIT
// The built-in device trees, as dtc compiled them. boot/builtin_trees.hpp gives them to C++.

.macro tree name
        .balign 8
        .global \name\()_tree_begin, \name\()_tree_end
\name\()_tree_begin:
        .incbin "boot/\name\().dtb"
\name\()_tree_end:
.endm

        .section .rodata
        tree bcm2837
        tree bcm2711
        tree bcm2712

        .section .note.GNU-stack, "", %progbits
