// SPDX-License-Identifier: MIT
#include "tests/bench/timed/single.hpp"

#include "kernel/units.hpp"
#include "shell/bench/workloads.hpp"

#include <ctime>

namespace bench {
namespace {

constexpr std::uint64_t kFrames = kernel::kGiB / mm::kFrameBytes;
constexpr std::uint64_t kPairs = 500'000;

double thread_nanoseconds() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

/// How long `work` takes, by its share of `count`.
template <typename Work>
double each(std::uint64_t count, Work work) {
    double const start = thread_nanoseconds();
    work();
    return (thread_nanoseconds() - start) / static_cast<double>(count);
}

}  // namespace

SingleThread::SingleThread(Bench& bench) : bench_{bench}, places_{zeroes<Place>(kFrames)} {}

void SingleThread::measure(Row const& row, Figures& figures) {
    pairs_of_frames(row, figures);
    whole_memory(row, figures);
}

void SingleThread::pairs_of_frames(Row const& row, Figures& figures) {
    PlainCalls const calls{row};
    bench_.begin(row, kernel::kGiB);
    scatter(calls, places_);
    pairs(calls, kPairs / 100, 0);
    figures.note(row, "pair", each(kPairs, [&] { pairs(calls, kPairs, 0); }));
}

void SingleThread::whole_memory(Row const& row, Figures& figures) {
    PlainCalls const calls{row};
    bench_.begin(row, kernel::kGiB);
    figures.note(row, "fill", each(kFrames, [&] { fill(calls, places_); }));
    figures.note(row, "free in order", each(kFrames, [&] { free_each(calls, places_); }));
    fill(calls, places_);
    mm::Random random{1};
    shuffle(places_, random);
    figures.note(row, "free at random", each(kFrames, [&] { free_each(calls, places_); }));
    figures.note(row, "fill again", each(kFrames, [&] { fill(calls, places_); }));
}

}  // namespace bench
