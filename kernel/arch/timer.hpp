// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/clock.hpp"

#include <cstdint>

namespace arch {

/// The generic timer's physical counter, which starts at 0 when the power comes on.
class Timer final : public kernel::Clock {
public:
    /// Takes the frequency from CNTFRQ_EL0, or where nobody wrote that, from what the SoC of this
    /// CPU has.
    Timer();

    std::uint64_t microseconds() const override;

    std::uint64_t ticks_per_second() const { return ticks_per_second_; }

private:
    std::uint64_t ticks_per_second_;
};

/// What the generic timer's physical counter (CNTPCT_EL0) shows.
std::uint64_t counter_ticks();

/// Cycles of this core since it was started (PMCCNTR_EL0, which start.S started).
std::uint64_t core_cycles();

}  // namespace arch
