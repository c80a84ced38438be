// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/cpu.hpp"

#include <algorithm>
#include <cstdint>

namespace shell {

/// Takes the time of single calls by this core's own counter: cycles; in QEMU with -icount shift=0,
/// instructions.
class Stopwatch {
public:
    /// What it costs to do `nothing`, and to look at the counter, is left out from then on; but for
    /// the `own` cycles that do nothing.
    template <typename Action>
    explicit Stopwatch(kernel::Cpu const& cpu, Action nothing, std::uint64_t own = 0) : cpu_{&cpu} {
        std::uint64_t least = ~std::uint64_t{0};
        for (unsigned n = 0; n < kTries; ++n) {
            least = std::min(least, cost_of(nothing));
        }
        overhead_ = least - std::min(least, own);
    }

    // Not inlined: so that of actions of one type the same instructions are left out.
    template <typename Action>
    [[gnu::noinline]] std::uint64_t cost_of(Action& action) const {
        std::uint64_t const begin = cpu_->cycles();
        action();
        std::uint64_t const cost = cpu_->cycles() - begin;
        return cost - std::min(cost, overhead_);
    }

private:
    static constexpr unsigned kTries = 16;

    kernel::Cpu const* cpu_;
    std::uint64_t overhead_ = 0;
};

}  // namespace shell
