// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/cpu.hpp"
#include "kernel/lock.hpp"
#include "shell/bench/bench_table.hpp"
#include "shell/bench/room.hpp"
#include "shell/bench/samples.hpp"
#include "shell/bench/stopwatch.hpp"
#include "shell/rows/core.hpp"
#include "shell/rows/row.hpp"

#include <array>
#include <cstdint>
#include <string_view>

namespace shell {

/// Makes the calls of a bench::Suite, and measures each of them with interrupts masked.
class Meter {
public:
    Meter(Room const& room, BenchTable& table, kernel::Cpu& cpu, kernel::Lock* lock);
    ~Meter();
    Meter(Meter const&) = delete;
    Meter& operator=(Meter const&) = delete;

    void begin(bench::Row const& row, std::uint64_t frames, unsigned cores);
    /// What it cost to begin last time.
    std::uint64_t set_up() const { return set_up_; }

    void become_core(unsigned number);
    bench::Place allocate(unsigned order);
    void free(bench::Place place, unsigned order);

    /// Adds a line to the table.
    void report(std::string_view measure);
    void report_before(std::string_view /*measure*/) { forget(); }
    /// It has been measured like any other call.
    void note_refusal() {}

private:
    struct Call;
    /// Calls of one kind: all that a call costs beside the row's function, and what they cost.
    struct Kind {
        Stopwatch stopwatch;
        Samples samples;
    };

    bench::Place measure(Kind& kind, Call call);
    void forget();

    std::array<bench::Core, bench::kMostCores> cores_{};
    Room const& room_;
    BenchTable& table_;
    kernel::Cpu& cpu_;
    kernel::Lock* lock_;
    Kind allocations_;
    Kind frees_;
    bench::Row const* row_ = nullptr;
    std::uint64_t set_up_ = 0;
};

}  // namespace shell
