// SPDX-License-Identifier: MIT
//
// counted [ours|floors]
//
// Makes the calls whose instructions probe.cpp counts, of all allocators or of some. Runs as
// a program of Linux on AArch64 with nothing behind it, compiled as the kernel is. Prints
//
//   row NAME
//   measure NAME
//
// each measure before the probe's report of it. What leads to a measure has one of its own,
// `before NAME`.
#include "kernel/mm/frame.hpp"
#include "kernel/require.hpp"
#include "kernel/units.hpp"
#include "shell/bench/suite.hpp"
#include "shell/rows/row.hpp"

#include "tests/bench/bench.hpp"

#include <cstdint>
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

constexpr std::uint64_t kFrames = kernel::kGiB / mm::kFrameBytes;
constexpr Lengths kLengths{.pairs = 1000, .mixed_steps = 200'000};

void write(std::string_view text) { write_text(text.data(), text.size()); }

/// Makes calls that the probe counts, and has it report them.
class Meter {
public:
    /// The set-up is a measure too: that of 1 GiB, and that of a block.
    void begin(Row const& row, std::uint64_t frames, unsigned cores) {
        row_ = &row;
        Space const space = bench_.space_for(row, frames * mm::kFrameBytes, cores);
        counted_begin(row.begin, &space);
        report(frames == kFrames ? "set-up" : "set-up of one block");
        become_core(0);
    }
    void become_core(unsigned number) { bench_.become_core(*row_, number); }

    Place allocate(unsigned order) { return counted_allocate(row_->allocate, order); }
    void free(Place place, unsigned order) { counted_free(row_->free, place, order); }

    void report(std::string_view measure) { report(measure, ""); }
    void report_before(std::string_view measure) { report(measure, "before "); }
    void note_refusal() { kernel::unreachable("a quarter of 1 GiB has a block of each order"); }

private:
    static void report(std::string_view measure, std::string_view before) {
        write("measure ");
        write(before);
        write(measure);
        write("\n");
        report_counts();
    }

    Bench bench_;
    Row const* row_ = nullptr;
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
    std::string_view const wanted = arguments > 1 ? texts[1] : "all";
    Meter meter;
    Suite suite{meter, zeroes<Place>(kFrames), zeroes<std::uint8_t>(kFrames), kLengths};
    for (Row const& row : rows()) {
        if (wanted == "all" || wanted == (row.largest_order > 0 ? "ours" : "floors")) {
            write("row ");
            write(row.name);
            write("\n");
            suite.run(row);
        }
    }
    end_program(0);
}
