// SPDX-License-Identifier: MIT
//
// simulate [--seed S] [--operations N] [--keep FILE] | --replay FILE
//
// Drives all allocators of kernel/mm together, in one small machine after the other, until N calls
// were compared with models. All follows from the seed. Where something differs it prints what, and
// as short a list of operations as it finds that leads there, also to FILE; --replay does that list
// again. Exit status 0 only if all agreed.

#include "kernel/require.hpp"

#include "tests/simulation/operation_list.hpp"
#include "tests/simulation/world.hpp"

#include <charconv>
#include <cinttypes>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace kernel {

void broken_promise(char const* promise, char const* file, int line) {
    throw std::logic_error{std::string{"broken promise: "} + promise + " (" + file + ":" +
                           std::to_string(line) + ")"};
}

}  // namespace kernel

namespace {

using simulation::OperationList;
using simulation::World;

constexpr std::uint64_t kOperationsPerWorld = 1 << 18;

struct Options {
    std::uint64_t seed = 1;
    std::uint64_t operations = 20'000'000;
    char const* keep = "build/simulate.txt";
    char const* replay = nullptr;
};

bool take_number(std::string_view text, std::uint64_t& value) {
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size();
}

std::optional<Options> parse(int argc, char** argv) {
    Options options;
    for (int index = 1; index < argc; index += 2) {
        std::string_view const name = argv[index];
        char const* const value = index + 1 < argc ? argv[index + 1] : "";
        bool is_right = *value != '\0';
        if (name == "--seed") {
            is_right = take_number(value, options.seed);
        } else if (name == "--operations") {
            is_right = take_number(value, options.operations);
        } else if (name == "--keep") {
            options.keep = value;
        } else if (name == "--replay") {
            options.replay = value;
        } else {
            is_right = false;
        }
        if (!is_right) {
            return std::nullopt;
        }
    }
    return options;
}

// What one world has done.
struct Report {
    simulation::Tally tally;
    std::uint64_t operations = 0;
    std::string failure;
};

Report run_world(std::uint64_t seed) {
    Report report;
    try {
        auto const world = std::make_unique<World>(seed);
        while (report.operations < kOperationsPerWorld && !world->judge().has_failed()) {
            world->run(simulation::operation_at(seed, report.operations++));
        }
        if (!world->judge().has_failed()) {
            world->finish();
        }
        report.tally = world->judge().tally;
        report.failure = world->judge().failure();
    } catch (std::logic_error const& broken) {
        report.failure = broken.what();
    }
    return report;
}

void print_failure(std::uint64_t world, Report const& report, Options const& options) {
    std::printf("DIVERGENCE seed %" PRIu64 ", world %" PRIu64 ", after %" PRIu64
                " operations: %s\n",
                options.seed, world, report.operations, report.failure.c_str());
    OperationList list{world, {}};
    for (std::uint64_t number = 0; number < report.operations; ++number) {
        list.operations.push_back(simulation::operation_at(world, number));
    }
    list = simulation::minimised(std::move(list));
    std::string const text = simulation::written(list);
    std::ofstream{options.keep} << text;
    std::printf("%zu operations lead there:\n%s", list.operations.size(), text.c_str());
    std::printf("do them again with: build/host/simulate --replay %s\n", options.keep);
}

int replay(char const* file) {
    std::ifstream in{file};
    std::string const text{std::istreambuf_iterator<char>{in}, {}};
    auto const list = simulation::read(text);
    if (!list) {
        std::printf("%s: not a list of operations\n", file);
        return 2;
    }
    auto const failure = simulation::run(list->world, list->operations);
    if (failure) {
        std::printf("replay: world %" PRIu64 ", after %zu of %zu operations: %s: FAILED\n",
                    list->world, failure->operations, list->operations.size(),
                    failure->what.c_str());
        return 1;
    }
    std::printf("replay: %zu operations: all agreed\n", list->operations.size());
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    auto const options = parse(argc, argv);
    if (!options) {
        std::puts("usage: simulate [--seed S] [--operations N] [--keep FILE] | --replay FILE");
        return 2;
    }
    if (options->replay != nullptr) {
        return replay(options->replay);
    }
    mm::Random worlds{options->seed};
    simulation::Tally tally;
    std::uint64_t count = 0;
    for (; tally.calls < options->operations; ++count) {
        std::uint64_t const world = worlds.next();
        Report const report = run_world(world);
        tally += report.tally;
        if (!report.failure.empty()) {
            print_failure(world, report, *options);
            return 1;
        }
    }
    std::printf("simulate: seed %" PRIu64 ", %" PRIu64 " worlds, %" PRIu64 " operations, %" PRIu64
                " refused, %" PRIu64 " of them on purpose, %" PRIu64
                " flipped bits found: all agreed\n",
                options->seed, count, tally.calls, tally.refusals, tally.struck, tally.flips);
    return 0;
}
