// SPDX-License-Identifier: MIT
#pragma once

#include "shell/bench/trace.hpp"
#include "shell/rows/row.hpp"

#include "tests/bench/bench.hpp"
#include "tests/bench/timed/figures.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace bench {

/// What two threads do that share a row: nanoseconds of the clock, by the number of calls or frames
/// that all threads together do. For rows that may be shared.
class TwoThreads {
public:
    explicit TwoThreads(Bench& bench);

    /// Batches of frames and mixed orders, by one thread and by two; and frames that one takes and
    /// the other frees.
    void measure(Row const& row, Figures& figures);

private:
    /// Steps of mixed orders, and the blocks of who takes them.
    struct Part {
        std::vector<Step> filling;
        std::vector<Step> steps;
        std::span<Place> places;
        std::uint32_t held = 0;
    };

    double batches_by(Row const& row, unsigned threads);
    double mixed_by(Row const& row, unsigned threads);
    double from_one_to_the_other(Row const& row);

    Bench& bench_;
    std::span<Place> places_;
    std::array<Part, 2> parts_;
};

}  // namespace bench
