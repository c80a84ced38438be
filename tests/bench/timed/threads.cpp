// SPDX-License-Identifier: MIT
#include "tests/bench/timed/threads.hpp"

#include "kernel/units.hpp"
#include "shell/bench/workloads.hpp"

#include <atomic>
#include <chrono>
#include <pthread.h>
#include <sched.h>
#include <thread>

namespace bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kFrames = kernel::kGiB / mm::kFrameBytes;
constexpr std::size_t kBatch = 32;
constexpr std::uint64_t kBatches = 30'000;
constexpr std::uint64_t kMixedSteps = 300'000;
constexpr std::uint64_t kPassedOn = 500'000;

/// Each thread has a processor of its own, if there are two.
void stay_on(unsigned processor) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(processor, &set);
    pthread_setaffinity_np(pthread_self(), sizeof set, &set);
}

/// Nanoseconds from the first thread's beginning to the last one's end. `prepare(number)` comes
/// before that, on the thread that then does `work(number)`.
template <typename Prepare, typename Work>
double duration(unsigned threads, Prepare prepare, Work work) {
    std::atomic<unsigned> waiting{threads};
    std::array<Clock::time_point, 2> begins{};
    std::array<Clock::time_point, 2> ends{};
    auto const body = [&](unsigned number) {
        stay_on(number);
        prepare(number);
        waiting.fetch_sub(1);
        while (waiting.load() != 0) {
        }
        begins[number] = Clock::now();
        work(number);
        ends[number] = Clock::now();
    };
    std::vector<std::thread> others;
    for (unsigned number = 0; number < threads; ++number) {
        others.emplace_back(body, number);
    }
    for (std::thread& other : others) {
        other.join();
    }
    auto const first = *std::min_element(begins.begin(), begins.begin() + threads);
    auto const last = *std::max_element(ends.begin(), ends.begin() + threads);
    return std::chrono::duration<double, std::nano>(last - first).count();
}

/// Who waits lets go of what the other one writes. (Else each of its stores, and with them whatever
/// locked instruction comes next, would wait for a line that is being asked for all the time: of
/// who has a lock that would be twice the time.)
void relax() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#else
    asm volatile("yield");
#endif
}

/// Frames on their way from one thread to another.
class Channel {
public:
    void put(Place place) {
        while (put_.load(std::memory_order_relaxed) - taken_.load(std::memory_order_acquire) ==
               places_.size()) {
            relax();
        }
        std::uint64_t const at = put_.load(std::memory_order_relaxed);
        places_[at % places_.size()] = place;
        put_.store(at + 1, std::memory_order_release);
    }

    Place take() {
        std::uint64_t const at = taken_.load(std::memory_order_relaxed);
        while (put_.load(std::memory_order_acquire) == at) {
            relax();
        }
        Place const place = places_[at % places_.size()];
        taken_.store(at + 1, std::memory_order_release);
        return place;
    }

private:
    std::array<Place, 1024> places_{};
    alignas(64) std::atomic<std::uint64_t> put_{0};
    alignas(64) std::atomic<std::uint64_t> taken_{0};
};

}  // namespace

TwoThreads::TwoThreads(Bench& bench) : bench_{bench}, places_{zeroes<Place>(kFrames)} {
    std::uint64_t seed = 1;
    for (Part& part : parts_) {
        std::vector<std::uint8_t> orders(kFrames);
        part.places = zeroes<Place>(kFrames);
        // Together they take three quarters.
        MixedTrace trace{kFrames / 8 * 3, orders, seed++};
        while (!trace.is_full()) {
            part.filling.push_back(trace.next());
        }
        for (std::uint64_t i = 0; i < kMixedSteps; ++i) {
            part.steps.push_back(trace.next());
        }
    }
}

void TwoThreads::measure(Row const& row, Figures& figures) {
    figures.note(row, "batches by 1", batches_by(row, 1));
    figures.note(row, "batches by 2", batches_by(row, 2));
    figures.note(row, "free elsewhere", from_one_to_the_other(row));
    if (row.largest_order >= MixedTrace::kLargestOrder) {
        figures.note(row, "mixed by 1", mixed_by(row, 1));
        figures.note(row, "mixed by 2", mixed_by(row, 2));
    }
}

double TwoThreads::batches_by(Row const& row, unsigned threads) {
    PlainCalls const calls{row};
    bench_.begin(row, kernel::kGiB, 2);
    scatter(calls, places_);
    double const nanoseconds = duration(
        threads, [&](unsigned number) { bench_.become_core(row, number); },
        [&](unsigned) {
            std::array<Place, kBatch> places{};
            batches(calls, kBatches, places);
        });
    return nanoseconds / static_cast<double>(threads * kBatches * kBatch * 2);
}

double TwoThreads::mixed_by(Row const& row, unsigned threads) {
    PlainCalls const calls{row};
    bench_.begin(row, kernel::kGiB, 2);
    auto const take = [&](Part& part, std::vector<Step> const& steps) {
        for (Step const step : steps) {
            bool const allocates = step.kind == Step::Kind::Allocate;
            part.held = allocates ? part.held + 1 : part.held - 1;
            take_step(calls, step, part.places, part.held);
        }
    };
    double const nanoseconds = duration(
        threads,
        [&](unsigned number) {
            bench_.become_core(row, number);
            parts_[number].held = 0;
            take(parts_[number], parts_[number].filling);
        },
        [&](unsigned number) { take(parts_[number], parts_[number].steps); });
    return nanoseconds / static_cast<double>(threads * kMixedSteps);
}

double TwoThreads::from_one_to_the_other(Row const& row) {
    PlainCalls const calls{row};
    bench_.begin(row, kernel::kGiB, 2);
    scatter(calls, places_);
    Channel channel;
    double const nanoseconds = duration(
        2, [&](unsigned number) { bench_.become_core(row, number); },
        [&](unsigned number) {
            for (std::uint64_t i = 0; i < kPassedOn; ++i) {
                if (number == 0) {
                    channel.put(calls.allocate(0));
                } else {
                    calls.free(channel.take(), 0);
                }
            }
        });
    return nanoseconds / static_cast<double>(kPassedOn);
}

}  // namespace bench
