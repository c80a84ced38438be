// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/require.hpp"
#include "shell/bench/sort.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace shell {

/// What each of many calls cost, and how that is spread. Exact: it keeps them all.
class Samples {
public:
    /// Keeps as many as `room` has room for.
    explicit Samples(std::span<std::uint32_t> room) : room_{room} {}

    void clear() { count_ = 0; }

    void add(std::uint64_t cost) {
        kernel::require(count_ < room_.size(), "there is room for the sample");
        room_[count_] = static_cast<std::uint32_t>(cost);
        ++count_;
    }

    /// Needed after the last add() and before quantile() and between().
    void sort() { bench::sort(room_.first(count_)); }

    std::size_t count() const { return count_; }
    std::uint64_t sum() const {
        std::uint64_t sum = 0;
        for (std::uint32_t const cost : room_.first(count_)) {
            sum += cost;
        }
        return sum;
    }

    /// So many in a thousand cost this or less: 0 gives the least, 1000 the most. There is one.
    std::uint32_t quantile(unsigned per_mille) const {
        return room_[(count_ - 1) * per_mille / 1000];
    }

    /// How many cost from `begin` on and less than `end`.
    std::size_t between(std::uint64_t begin, std::uint64_t end) const {
        auto const all = room_.first(count_);
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
    std::span<std::uint32_t> room_;
    std::size_t count_ = 0;
};
static_assert(Samples::step_begin(Samples::kSteps - 1) == std::uint64_t{1} << 32);

}  // namespace shell
