// SPDX-License-Identifier: MIT
#include "kernel/arch/masked_time.hpp"

#include "kernel/arch/per_core.hpp"
#include "kernel/arch/timer.hpp"

namespace arch {

void masked_time_begins() { this_core().masked.begin(counter_ticks()); }

void masked_time_ends() { this_core().masked.end(counter_ticks()); }

std::uint64_t longest_masked_time() {
    constexpr std::uint64_t kNanosecondsPerSecond = 1'000'000'000;
    return this_core().masked.longest() * kNanosecondsPerSecond / Timer{}.ticks_per_second();
}

}  // namespace arch
