// SPDX-License-Identifier: MIT
//
// counted [ours]
//
// Makes the calls whose instructions probe.cpp counts, of all allocators or of ours alone. Runs as
// a program of Linux on AArch64 with nothing behind it, compiled as the kernel is. Prints
//
//   row NAME
//   measure NAME
//
// each measure before the probe's report of it. What leads to a measure has one of its own,
// `before NAME`.
#include "kernel/mm/order.hpp"
#include "kernel/require.hpp"
#include "kernel/units.hpp"

#include "tests/bench/bench.hpp"
#include "tests/bench/row.hpp"
#include "tests/bench/trace.hpp"
#include "tests/bench/workloads.hpp"

#include <cstdint>
#include <span>
#include <string_view>

// calls.S
extern "C" {
bench::Place counted_allocate(decltype(bench::Row::allocate) function, std::uint64_t order);
void counted_free(decltype(bench::Row::free) function, bench::Place place, std::uint64_t order);
void counted_begin(decltype(bench::Row::begin) function, bench::Space const* space);
void report_counts();
void write_text(char const* text, std::uint64_t bytes);
[[noreturn]] void end_program(int status);
[[noreturn]] void count_all(std::uint64_t arguments, char const* const* texts);
}

namespace {

using namespace bench;

constexpr std::uint64_t kPairs = 1000;
constexpr std::uint64_t kMixedSteps = 200'000;
constexpr std::uint64_t kSpace = kernel::kGiB;

void write(std::string_view text) { write_text(text.data(), text.size()); }

class CountedCalls {
public:
    explicit CountedCalls(Row const& row) : row_{row} {}

    Place allocate(unsigned order) const { return counted_allocate(row_.allocate, order); }
    void free(Place place, unsigned order) const { counted_free(row_.free, place, order); }

private:
    Row const& row_;
};

/// The probe reports all calls since the last report.
void report(std::string_view measure, std::string_view before = {}) {
    write("measure ");
    write(before);
    write(measure);
    write("\n");
    report_counts();
}
void report_before(std::string_view measure) { report(measure, "before "); }

/// One row after the other, with memory for all of them.
class Counter {
public:
    Counter()
        : places_{zeroes<Place>(kSpace / mm::kFrameBytes)},
          orders_{zeroes<std::uint8_t>(kSpace / mm::kFrameBytes)} {}

    void count(Row const& row) {
        write("row ");
        write(row.name);
        write("\n");
        single_frames(row);
        whole_memory(row);
        if (row.is_shared) {
            free_elsewhere(row);
        }
        if (row.largest_order >= MixedTrace::kLargestOrder) {
            large_blocks(row);
            mixed(row);
        }
    }

private:
    /// Pairs, once the first have left behind what they leave behind.
    void steady_pairs(Row const& row, std::string_view measure, unsigned order) {
        CountedCalls const calls{row};
        pairs(calls, kPairs / 10, order);
        report_before(measure);
        pairs(calls, kPairs, order);
        report(measure);
    }

    void single_frames(Row const& row) {
        begin(row, kSpace);
        steady_pairs(row, "fresh", 0);

        begin(row, kSpace);
        scatter(CountedCalls{row}, places_);
        steady_pairs(row, "warm", 0);
        batches(CountedCalls{row}, kPairs / 32, places_.first(32));
        report("batch");

        begin(row, mm::Order::of(mm::Order::kMax).bytes());
        steady_pairs(row, "one block", 0);
    }

    void whole_memory(Row const& row) {
        CountedCalls const calls{row};
        begin(row, kSpace);
        kernel::require(fill(calls, places_) == places_.size(), "every frame can be taken");
        report("fill");
        free_each(calls, places_);
        report("free in order");
        fill(calls, places_);
        mm::Random random{1};
        shuffle(places_, random);
        report_before("free at random");
        free_each(calls, places_);
        report("free at random");
        fill(calls, places_);
        report("fill again");
    }

    /// What one core takes, another frees.
    void free_elsewhere(Row const& row) {
        CountedCalls const calls{row};
        begin(row, kSpace, 2);
        scatter(calls, places_);
        report_before("free elsewhere");
        for (std::uint64_t i = 0; i < kPairs; ++i) {
            bench_.become_core(row, 0);
            Place const place = calls.allocate(0);
            bench_.become_core(row, 1);
            calls.free(place, 0);
        }
        report("free elsewhere");
    }

    void large_blocks(Row const& row) {
        begin(row, kSpace);
        kernel::require(row.allocate(9) != kNone, "1 GiB has blocks of 2 MiB");
        steady_pairs(row, "order 9", 9);
    }

    void mixed(Row const& row) {
        CountedCalls const calls{row};
        begin(row, kSpace);
        MixedTrace trace{places_.size() / 4 * 3, orders_, 1};
        while (!trace.is_full()) {
            step(calls, trace);
        }
        report_before("mixed");
        for (std::uint64_t i = 0; i < kMixedSteps; ++i) {
            step(calls, trace);
        }
        report("mixed");
    }

    void step(CountedCalls calls, MixedTrace& trace) {
        Step const next = trace.next();
        kernel::require(take_step(calls, next, places_, trace.held()), "a quarter is free");
    }

    /// The set-up is a measure too: that of 1 GiB, and that of a block.
    void begin(Row const& row, std::uint64_t bytes, unsigned cores = 1) {
        Space const space = bench_.space_for(row, bytes, cores);
        counted_begin(row.begin, &space);
        report(bytes == kSpace ? "set-up" : "set-up of one block");
        bench_.become_core(row, 0);
    }

    Bench bench_;
    std::span<Place> places_;
    std::span<std::uint8_t> orders_;
};

}  // namespace

namespace kernel {

void broken_promise(char const* promise, char const* file, int) {
    write("broken promise: ");
    write(promise);
    write(" (");
    write(file);
    write(")\n");
    end_program(1);
}

}  // namespace kernel

void count_all(std::uint64_t arguments, char const* const* texts) {
    bool const ours = arguments > 1 && std::string_view{texts[1]} == "ours";
    Counter counter;
    for (Row const& row : rows()) {
        if (!ours || row.largest_order > 0) {
            counter.count(row);
        }
    }
    end_program(0);
}
