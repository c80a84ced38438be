// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/require.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace shell {

/// What each of many calls cost, and how that is spread. Exact: it keeps them all.
class Samples {
public:
    static constexpr std::size_t kMost = 1024;

    void clear() { count_ = 0; }

    void add(std::uint32_t cost) {
        kernel::require(count_ < kMost, "there is room for the sample");
        costs_[count_] = cost;
        ++count_;
    }

    /// Needed after the last add() and before everything below.
    void sort() {
        // std::sort calls itself; this does not, so that the depth of the stack is known.
        std::make_heap(costs_.begin(), costs_.begin() + count_);
        std::sort_heap(costs_.begin(), costs_.begin() + count_);
    }

    std::size_t count() const { return count_; }

    /// So many in a thousand cost this or less: 0 gives the least, 1000 the most. There is one.
    std::uint32_t quantile(unsigned per_mille) const {
        return costs_[(count_ - 1) * per_mille / 1000];
    }

    /// How many cost from `begin` on and less than `end`.
    std::size_t between(std::uint64_t begin, std::uint64_t end) const {
        auto const all = std::span{costs_}.first(count_);
        auto const low = std::lower_bound(all.begin(), all.end(), begin);
        return static_cast<std::size_t>(std::lower_bound(low, all.end(), end) - low);
    }

    /// Where a step of a histogram begins. The first four are 1 wide; from there on each doubling
    /// has four, so that a width is to its place as in any other row: 4, 5, 6, 7, 8, 10, 12, 14.
    static constexpr std::uint64_t step_begin(unsigned step) {
        return step < 4 ? step : std::uint64_t{4 + step % 4} << (step / 4 - 1);
    }
    static constexpr unsigned kSteps = 4 * 31 + 1;  ///< Every 32-bit cost lies before the last.

private:
    std::array<std::uint32_t, kMost> costs_{};
    std::size_t count_ = 0;
};
static_assert(Samples::step_begin(Samples::kSteps - 1) == std::uint64_t{1} << 32);

}  // namespace shell
