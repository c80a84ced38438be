// SPDX-License-Identifier: MIT
// What each call of the frame allocator costs, one by one, on the core that the command runs on.
#include "kernel/cpu.hpp"
#include "kernel/mm/frame_allocator.hpp"
#include "kernel/mm/trial/random.hpp"
#include "shell/bench/samples.hpp"
#include "shell/handlers.hpp"
#include "shell/json.hpp"
#include "shell/machine.hpp"
#include "shell/numbers.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace shell {
namespace {

using kernel::Error;
using kernel::Result;

constexpr std::size_t kBlocks = 16;  ///< Held at once.
constexpr std::uint64_t kMostRounds = Samples::kMost / kBlocks;
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
    explicit Latency(Machine const& machine) : cpu_{machine.cpu}, frames_{machine.frames} {
        for (unsigned n = 0; n < kBlocks; ++n) {
            overhead_ = std::min(overhead_, cost_of([] {}));
        }
    }

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
    /// Without what looking at the counter costs, as far as that is known.
    template <typename Action>
    std::uint32_t cost_of(Action action) {
        std::uint64_t const begin = cpu_.cycles();
        action();
        auto const cost = static_cast<std::uint32_t>(cpu_.cycles() - begin);
        return cost - (overhead_ < cost ? overhead_ : 0);
    }

    Result<void> take(mm::Order order) {
        while (held_ < kBlocks) {
            Result<mm::Allocation> block = Error::OutOfMemory;
            std::uint32_t const cost = cost_of([&] { block = frames_.allocate(order); });
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
            freeing_.add(
                cost_of([&] { is_freed = static_cast<bool>(frames_.free(*blocks_[held_])); }));
            kernel::require(is_freed, "what was taken can be given back");
        }
    }

    kernel::Cpu const& cpu_;
    mm::FrameAllocator& frames_;
    mm::Random random_{kSeed};
    std::uint32_t overhead_ = ~std::uint32_t{0};
    std::array<std::optional<mm::Allocation>, kBlocks> blocks_{};
    std::size_t held_ = 0;
    Samples allocating_;
    Samples freeing_;
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
            kernel::print(call_.out, "{:8}  {:>5}  {:>5}  {:>6}", operation, order.value(),
                          samples.count(), samples.quantile(0));
            kernel::print(call_.out, "  {:>6}  {:>6}  {:>6}\n", samples.quantile(500),
                          samples.quantile(990), samples.quantile(1000));
            return;
        }
        json_.open_object().key("operation").text(operation).key("order").number(order.value());
        json_.key("calls").number(samples.count()).key("min").number(samples.quantile(0));
        json_.key("median").number(samples.quantile(500));
        json_.key("p99").number(samples.quantile(990));
        json_.key("max").number(samples.quantile(1000)).close_object();
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
