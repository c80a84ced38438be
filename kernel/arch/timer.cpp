// SPDX-License-Identifier: MIT
#include "kernel/arch/timer.hpp"

#include "kernel/field.hpp"

#include <cstdint>

namespace arch {

namespace {

constexpr std::uint64_t kMicrosecondsPerSecond = 1'000'000;

/// MIDR_EL1.PartNum.
using PartNum = kernel::Field<15, 4>;
constexpr std::uint64_t kCortexA53 = 0xd03;

std::uint64_t frequency() {
    std::uint64_t frequency = 0;
    asm("mrs %0, cntfrq_el0" : "=r"(frequency));
    if (frequency != 0) {
        return frequency;
    }
    std::uint64_t midr = 0;
    asm("mrs %0, midr_el1" : "=r"(midr));
    // The crystals of BCM2837, and of BCM2711 and BCM2712.
    return PartNum::in(midr) == kCortexA53 ? 19'200'000 : 54'000'000;
}

}  // namespace

Timer::Timer() : ticks_per_second_{frequency()} {}

std::uint64_t counter_ticks() {
    std::uint64_t ticks = 0;
    // Not before what comes before it in the program.
    asm volatile("isb\n\tmrs %0, cntpct_el0" : "=r"(ticks) : : "memory");
    return ticks;
}

std::uint64_t Timer::microseconds() const {
    std::uint64_t const now = counter_ticks();
    // In two parts: the product of all ticks would overflow after four days.
    return now / ticks_per_second_ * kMicrosecondsPerSecond +
           now % ticks_per_second_ * kMicrosecondsPerSecond / ticks_per_second_;
}

std::uint64_t core_cycles() {
    std::uint64_t cycles = 0;
    asm volatile("isb\n\tmrs %0, pmccntr_el0" : "=r"(cycles) : : "memory");
    return cycles;
}

}  // namespace arch
