// SPDX-License-Identifier: MIT
#include "kernel/arch/alarm.hpp"

namespace arch {

namespace {

/// CNTP_CTL_EL0.
constexpr std::uint64_t kEnable = 1;

}  // namespace

void Alarm::set(std::uint64_t ticks) {
    asm volatile("msr cntp_cval_el0, %0\n\tmsr cntp_ctl_el0, %1\n\tisb"
                 :
                 : "r"(ticks), "r"(kEnable)
                 : "memory");
}

void Alarm::cancel() { asm volatile("msr cntp_ctl_el0, xzr\n\tisb" : : : "memory"); }

}  // namespace arch
