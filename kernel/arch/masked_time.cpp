// SPDX-License-Identifier: MIT
#include "kernel/arch/masked_time.hpp"

#include "kernel/arch/timer.hpp"
#include "kernel/stretch.hpp"

namespace arch {

namespace {

constinit kernel::LongestStretch masked;

}  // namespace

void masked_time_begins() { masked.begin(counter_ticks()); }

void masked_time_ends() { masked.end(counter_ticks()); }

std::uint64_t longest_masked_time() {
    constexpr std::uint64_t kNanosecondsPerSecond = 1'000'000'000;
    return masked.longest() * kNanosecondsPerSecond / Timer{}.ticks_per_second();
}

}  // namespace arch
