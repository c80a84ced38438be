// SPDX-License-Identifier: MIT
//
// fragmentation [ROW...]
//
// How much of what is free can be had in blocks of 2 MiB after long use, and what else depends on
// nothing but the allocator: the size of its metadata. The same on every machine. Prints a line for
// each, `ROW<tab>MEASURE<tab>VALUE`, of all rows or of those that are named.
#include "kernel/units.hpp"
#include "shell/bench/trace.hpp"
#include "shell/bench/workloads.hpp"
#include "shell/rows/row.hpp"

#include "tests/bench/bench.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace bench;

constexpr std::uint64_t kMixedSteps = 6'000'000;

void print(Row const& row, std::string const& measure, double value) {
    std::printf("%s\t%s\t%.4f\n", row.name.data(), measure.c_str(), value);
}

/// The share of `free_frames` that blocks of 2 MiB have.
double share_in_huge_blocks(Row const& row, std::uint64_t free_frames) {
    row.drain();
    std::vector<Place> places(free_frames >> kHuge);
    std::size_t const blocks = huge_blocks(PlainCalls{row}, places);
    return static_cast<double>(blocks << kHuge) / static_cast<double>(free_frames);
}

struct Outcome {
    double share = 0;  ///< Of what is free, in blocks of 2 MiB.
    std::uint64_t refused = 0;
};

/// Mixed orders, nine tenths of memory taken.
Outcome mixed_once(Bench& bench, Row const& row, std::uint64_t frames, std::uint64_t seed) {
    PlainCalls const calls{row};
    std::vector<Place> places(frames);
    std::vector<std::uint8_t> orders(frames);
    MixedTrace trace{frames / 10 * 9, orders, seed};
    bench.begin(row, frames * mm::kFrameBytes);
    Outcome outcome;
    auto const take = [&] {
        Step const step = trace.next();
        outcome.refused += take_step(calls, step, places, trace.held()) ? 0U : 1U;
    };
    while (!trace.is_full()) {
        take();
    }
    for (std::uint64_t i = 0; i < kMixedSteps; ++i) {
        take();
    }
    std::uint64_t taken = 0;
    for (std::uint32_t i = 0; i < trace.held(); ++i) {
        taken += places[i] == kNone ? 0 : std::uint64_t{1} << orders[i];
    }
    outcome.share = share_in_huge_blocks(row, frames - taken);
    return outcome;
}

/// On average over so many traces that each size has as much memory: 2 GiB has few such blocks.
void mixed(Bench& bench, Row const& row, unsigned gibibytes) {
    unsigned const traces = 8 / gibibytes;
    Outcome sum;
    for (unsigned seed = 1; seed <= traces; ++seed) {
        auto const [share, refused] =
            mixed_once(bench, row, gibibytes * kernel::kGiB / mm::kFrameBytes, seed);
        sum.share += share;
        sum.refused += refused;
    }
    std::string const name = "mixed on " + std::to_string(gibibytes) + " GiB";
    print(row, name, sum.share / traces);
    print(row, name + ", refused", static_cast<double>(sum.refused));
}

/// All of 1 GiB, frame by frame, and then worn.
void single_frames(Bench& bench, Row const& row) {
    PlainCalls const calls{row};
    std::vector<Place> places(kernel::kGiB / mm::kFrameBytes);
    bench.begin(row, kernel::kGiB);
    fill(calls, places);
    std::span<Place> const kept = wear(calls, places);
    print(row, "single frames", share_in_huge_blocks(row, places.size() - kept.size()));
}

void metadata(Row const& row) {
    std::uint64_t const frames = kernel::kGiB / mm::kFrameBytes;
    mm::FrameRange const span{mm::FrameNumber{0}, mm::FrameNumber{frames}};
    std::uint64_t const bits = row.bytes_for(span, kMostCores) * 8;
    print(row, "metadata", static_cast<double>(bits) / static_cast<double>(frames));
}

}  // namespace

int main(int argc, char** argv) {
    std::vector<std::string_view> const names(argv + 1, argv + argc);
    Bench bench;
    for (Row const& row : rows()) {
        if (!names.empty() && std::find(names.begin(), names.end(), row.name) == names.end()) {
            continue;
        }
        metadata(row);
        if (row.largest_order >= kHuge) {
            single_frames(bench, row);
            for (unsigned const gibibytes : {2U, 4U, 8U}) {
                mixed(bench, row, gibibytes);
            }
        }
    }
}
