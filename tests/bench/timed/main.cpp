// SPDX-License-Identifier: MIT
//
// timed [ROUNDS]
//
// Nanoseconds of every allocator's calls, with all rows in each round, so that what else the
// machine does disturbs them alike. Ratios mean something, the rest is this machine's. Prints a
// line for each, `ROW<tab>MEASURE<tab>NANOSECONDS`.
#include "shell/rows/row.hpp"

#include "tests/bench/bench.hpp"
#include "tests/bench/timed/figures.hpp"
#include "tests/bench/timed/single.hpp"
#include "tests/bench/timed/threads.hpp"

#include <cstdlib>

int main(int argc, char** argv) {
    unsigned long const rounds = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 9;
    bench::Bench space;
    bench::SingleThread single{space};
    bench::TwoThreads threads{space};
    bench::Figures of_one;
    bench::Figures of_two;
    for (unsigned long round = 0; round < rounds; ++round) {
        for (bench::Row const& row : bench::rows()) {
            single.measure(row, of_one);
            if (row.is_shared) {
                threads.measure(row, of_two);
            }
        }
    }
    of_one.print_shortest();
    of_two.print_median();
}
