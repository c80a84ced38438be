// SPDX-License-Identifier: MIT
#include "kernel/arch/per_core.hpp"

#include "kernel/require.hpp"

#include <array>

namespace arch {

namespace {

constinit std::array<PerCore, kernel::kMostCores> cores{};
constinit unsigned first_core = 0;

}  // namespace

PerCore& per_core(unsigned number) {
    kernel::require(number < cores.size(), "a core's number is below kMostCores");
    return cores[number];
}

void become_core(unsigned number) {
    PerCore& core = per_core(number);
    core.number = number;
    asm volatile("msr tpidr_el1, %0\n\tisb" : : "r"(&core) : "memory");
}

void become_boot_core(unsigned number) {
    first_core = number;
    become_core(number);
}

unsigned boot_core() { return first_core; }

}  // namespace arch
