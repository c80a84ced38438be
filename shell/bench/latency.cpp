// SPDX-License-Identifier: MIT
// What each call of the frame allocator costs, one by one, on the core that the command runs on.
#include "kernel/mm/frame_allocator.hpp"
#include "kernel/mm/trial/random.hpp"
#include "shell/bench/quantiles.hpp"
#include "shell/bench/samples.hpp"
#include "shell/bench/stopwatch.hpp"
#include "shell/handlers.hpp"
#include "shell/json.hpp"
#include "shell/machine.hpp"
#include "shell/numbers.hpp"

#include <algorithm>
#include <array>
#include <new>
#include <optional>

namespace shell {
namespace {

using kernel::Error;
using kernel::Result;

constexpr std::size_t kBlocks = 16;  ///< Held at once.
constexpr std::size_t kMostCalls = 1024;
constexpr std::uint64_t kMostRounds = kMostCalls / kBlocks;
constexpr std::uint64_t kSeed = 1;
constexpr std::uint64_t kWidestBar = 50;

struct Request {
    std::uint64_t rounds = kMostRounds;
    std::optional<mm::Order> order{};  ///< None: all of them.
};

/// What an argument counts, and how far it goes.
struct Limits {
    std::string_view what;
    std::uint64_t least;
    std::uint64_t most;
};
constexpr Limits kRounds{"rounds", 1, kMostRounds};
constexpr Limits kOrders{"orders", 0, mm::Order::kMax};

std::optional<std::uint64_t> parse(Call& call, std::string_view word, Limits const& limits) {
    auto const number = parse_count(word);
    if (!number) {
        fail(call, word, number.error());
        return {};
    }
    if (*number < limits.least || *number > limits.most) {
        fail_because(call, word, "{} go from {} to {}", limits.what, limits.least, limits.most);
        return {};
    }
    return *number;
}

std::optional<Request> parse(Call& call) {
    Request request;
    auto words = call.arguments;
    if (!words.empty() && words.front() == "-n") {
        if (words.size() < 2) {
            usage(call);
            return {};
        }
        auto const rounds = parse(call, words[1], kRounds);
        if (!rounds) {
            return {};
        }
        request.rounds = *rounds;
        words = words.subspan(2);
    }
    if (words.size() > 1) {
        usage(call);
        return {};
    }
    if (!words.empty()) {
        auto const order = parse(call, words.front(), kOrders);
        if (!order) {
            return {};
        }
        request.order = mm::Order::from(*order);
    }
    return request;
}

/// Takes blocks of one order and gives them back in random order, and notes what each call costs.
class Latency {
public:
    explicit Latency(Machine const& machine)
        : frames_{machine.frames}, watch_{machine.cpu, kNothing} {}

    /// All that a round took is given back. Errors: those of the allocator.
    Result<void> measure(mm::Order order, std::uint64_t rounds) {
        allocating_.clear();
        freeing_.clear();
        for (std::uint64_t round = 0; round < rounds; ++round) {
            auto const taken = take(order);
            give_back();
            if (!taken) {
                return taken;
            }
        }
        allocating_.sort();
        freeing_.sort();
        return {};
    }

    Samples const& allocating() const { return allocating_; }
    Samples const& freeing() const { return freeing_; }

private:
    Result<void> take(mm::Order order) {
        while (held_ < kBlocks) {
            // Made where it is kept: a copy of it would cost a quarter of what the call does.
            Result<mm::Allocation> block = Error::OutOfMemory;
            auto const allocate = [&] { new (&block) Result{frames_.allocate(order)}; };
            std::uint64_t const cost = watch_.cost_of(allocate);
            if (!block) {
                return block.error();
            }
            allocating_.add(cost);
            blocks_[held_] = *block;
            ++held_;
        }
        return {};
    }

    void give_back() {
        while (held_ != 0) {
            std::swap(blocks_[random_.below(held_)], blocks_[held_ - 1]);
            --held_;
            bool is_freed = false;
            auto const free = [&] { is_freed = static_cast<bool>(frames_.free(*blocks_[held_])); };
            freeing_.add(watch_.cost_of(free));
            kernel::require(is_freed, "what was taken can be given back");
        }
    }

    static constexpr auto kNothing = [] {};

    mm::FrameAllocator& frames_;
    Stopwatch watch_;
    mm::Random random_{kSeed};
    std::array<std::optional<mm::Allocation>, kBlocks> blocks_{};
    std::size_t held_ = 0;
    std::array<std::array<std::uint32_t, kMostCalls>, 2> room_{};
    Samples allocating_{room_[0]};
    Samples freeing_{room_[1]};
};

/// A row for each order and operation, in words or in JSON.
class Table {
public:
    explicit Table(Call& call) : call_{call}, json_{call.out} {
        if (call_.wants_json()) {
            json_.open_object().key("latency").open_array();
        } else {
            call_.out.write("          order  calls     min  median     99%     max\n");
        }
    }

    void add(mm::Order order, Latency const& latency) {
        add("allocate", order, latency.allocating());
        add("free", order, latency.freeing());
    }

    void end() {
        if (call_.wants_json()) {
            json_.close_array().close_object().end_line();
        }
    }

private:
    void add(std::string_view operation, mm::Order order, Samples const& samples) {
        if (!call_.wants_json()) {
            kernel::print(call_.out, "{:8}  {:>5}  {:>5}", operation, order.value(),
                          samples.count());
            print_quantiles(call_.out, samples);
            call_.out.write("\n");
            return;
        }
        json_.open_object().text("operation", operation).number("order", order.value());
        add_quantiles(json_, samples);
        json_.close_object();
    }

    Call& call_;
    Json json_;
};

void draw(kernel::TextOutput& out, std::string_view operation, Samples const& samples) {
    std::array<std::size_t, Samples::kSteps> counts{};
    for (unsigned step = 0; step + 1 < Samples::kSteps; ++step) {
        counts[step] = samples.between(Samples::step_begin(step), Samples::step_begin(step + 1));
    }
    std::size_t const most = *std::max_element(counts.begin(), counts.end());
    kernel::print(out, "{}\n", operation);
    for (unsigned step = 0; step < Samples::kSteps; ++step) {
        if (counts[step] == 0) {
            continue;
        }
        kernel::print(out, "  {:>6}..{:6}  {:>5}  ", Samples::step_begin(step),
                      Samples::step_begin(step + 1) - 1, counts[step]);
        for (std::uint64_t n = 0; n < (counts[step] * kWidestBar + most - 1) / most; ++n) {
            out.write("#");
        }
        out.write("\n");
    }
}

}  // namespace

Outcome latency(Call& call) {
    auto const request = parse(call);
    if (!request) {
        return Outcome::Failure;
    }
    Table table{call};
    Latency latency{call.machine};
    mm::Order const last = request->order.value_or(mm::Order::of(mm::Order::kMax));
    mm::Order order = request->order.value_or(mm::Order{});
    auto outcome = latency.measure(order, request->rounds);
    while (outcome) {
        table.add(order, latency);
        if (order == last || is_interrupted(call)) {
            break;
        }
        order = mm::Order::of(order.value() + 1);
        outcome = latency.measure(order, request->rounds);
    }
    table.end();
    if (!outcome) {
        return fail_because(call, call.command.name, "order {}: {}", order.value(),
                            kernel::describe(outcome.error()));
    }
    if (order < last) {
        return interrupted(call);
    }
    if (request->order && !call.wants_json()) {
        draw(call.out, "allocate", latency.allocating());
        draw(call.out, "free", latency.freeing());
    }
    return Outcome::Success;
}

}  // namespace shell
