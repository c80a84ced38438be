// SPDX-License-Identifier: MIT
#pragma once

#include "shell/rows/row.hpp"

#include "tests/bench/bench.hpp"
#include "tests/bench/timed/figures.hpp"

#include <span>

namespace bench {

/// What one thread does: nanoseconds of its own CPU time for each pair, or for each frame.
class SingleThread {
public:
    explicit SingleThread(Bench& bench);

    /// Pairs, and all of 1 GiB frame by frame.
    void measure(Row const& row, Figures& figures);

private:
    void pairs_of_frames(Row const& row, Figures& figures);
    void whole_memory(Row const& row, Figures& figures);

    Bench& bench_;
    std::span<Place> places_;
};

}  // namespace bench
