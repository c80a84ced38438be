// SPDX-License-Identifier: MIT
#include "shell/bench/bench_table.hpp"

#include "kernel/mm/frame.hpp"
#include "shell/bench/quantiles.hpp"

namespace shell {

BenchTable::BenchTable(Call& call, std::uint64_t frames) : call_{call}, json_{call.out} {
    if (call_.wants_json()) {
        json_.open_object().number("frames", frames).key("bench").open_array();
        return;
    }
    kernel::print(call_.out,
                  "with {}        allocate                            free\n"
                  "                     min  median     99%     max"
                  "     min  median     99%     max\n",
                  kernel::Size{frames * mm::kFrameBytes});
}

void BenchTable::begin_row(std::string_view name) {
    if (call_.wants_json()) {
        json_.open_object().text("row", name).key("measures").open_array();
    } else {
        kernel::print(call_.out, "{}\n", name);
    }
}

void BenchTable::add(std::string_view measure, Samples const& allocating, Samples const& freeing) {
    if (call_.wants_json()) {
        json_.open_object().text("measure", measure);
        add_json("allocate", allocating);
        add_json("free", freeing);
        json_.close_object();
        return;
    }
    kernel::print(call_.out, "  {:14}", measure);
    print_quantiles(call_.out, allocating);
    print_quantiles(call_.out, freeing);
    call_.out.write("\n");
}

void BenchTable::add_json(char const* operation, Samples const& samples) {
    json_.key(operation);
    if (samples.count() == 0) {
        json_.null();
        return;
    }
    json_.open_object();
    add_quantiles(json_, samples);
    json_.number("sum", samples.sum()).close_object();
}

void BenchTable::end_row(std::span<Figure const> figures) {
    if (call_.wants_json()) {
        json_.close_array();
        for (Figure const& figure : figures) {
            json_.number(figure.name, figure.value);
        }
        json_.close_object();
        return;
    }
    for (Figure const& figure : figures) {
        kernel::print(call_.out, "  {} {}", figure.name, figure.value);
    }
    call_.out.write("\n");
}

void BenchTable::end() {
    if (call_.wants_json()) {
        json_.close_array().close_object().end_line();
    }
}

}  // namespace shell
