// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/address.hpp"
#include "kernel/cores.hpp"
#include "kernel/mm/descriptor.hpp"
#include "kernel/symbols.hpp"

#include <array>
#include <cstddef>
#include <optional>

// From boot/kernel.ld. The address of a symbol is its value: a physical address before the jump
// into the early window, a virtual one after it.
extern "C" {
extern char const image_begin[];
extern char const text_begin[];
extern char const text_end[];
extern char const rodata_begin[];
extern char const rodata_end[];
extern char const data_begin[];
extern char const boot_stack_guard[];
extern char const boot_stack_begin[];
extern char const boot_stack_end[];
extern char const exception_stack_guard[];
extern char const exception_stack_begin[];
extern char const exception_stack_end[];
extern char const symbols_begin[];
extern char const symbols_end[];
extern char const image_end[];
extern char tree_copy_begin[];
extern char tree_copy_end[];
}

namespace arch {

/// Pages of the image with the same rights.
struct ImagePart {
    kernel::VirtRange pages;
    mm::Access access;
};

/// The image but for its guard pages, up to `end`: how any tables must map it.
std::array<ImagePart, 5> image_parts(kernel::VirtAddr end);

/// The page below a stack, which is never mapped: whose, and which of the core's two.
struct GuardPage {
    kernel::VirtRange page{kernel::VirtAddr{0}, kernel::VirtAddr{0}};
    unsigned core = 0;
    char const* stack = "";
};
/// The two in the image come first, those of the core that boots; then the others', whether these
/// cores run or not.
std::array<GuardPage, kernel::kMostStacks> guard_pages();

/// The function that `address` lies in; none if it is not in the kernel's text.
std::optional<kernel::CodePlace> code_place(kernel::VirtAddr address);

}  // namespace arch
