// SPDX-License-Identifier: MIT
//
// The explorer leaves out what differs only in the order of steps that do not see each other. So
// nothing may come of an execution that was left out that has not come of one that was had: tried
// with random programs, of which it also goes through every interleaving.

#include "kernel/mm/trial/random.hpp"

#include "tests/concurrency/cases.hpp"
#include "tests/concurrency/explorer/view.hpp"
#include "tests/concurrency/session.hpp"
#include "tests/support/depth.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <string>

namespace concurrency {

namespace {

struct Instruction {
    enum class Kind : std::uint8_t { Load, Store, Add, Exchange, Fence, Await, Read, Write };

    Kind kind = Kind::Load;
    std::uint8_t word = 0;
    std::uint8_t value = 0;
    std::memory_order order = std::memory_order_relaxed;
};

constexpr unsigned kMostInstructions = 4;

/// What each core does. Two to three cores, so that all of it can be gone through.
struct Program {
    unsigned cores = 0;
    unsigned length = 0;
    std::array<std::array<Instruction, kMostInstructions>, kMostCores> code{};
};

Program program;  ///< That the scenario runs.

struct Interpreter {
    std::array<std::atomic<std::uint8_t>, 2> words{};
    std::uint8_t plain = 0;
    std::array<std::array<std::uint8_t, kMostInstructions>, kMostCores> seen{};

    void core(unsigned number) {
        for (unsigned index = 0; index < program.length; ++index) {
            seen[number][index] = run(program.code[number][index]);
        }
    }

    /// What was seen, and what is left: a number for each combination.
    std::uint64_t outcome() const {
        std::uint64_t sum = words[0].load() * 16U + words[1].load();
        for (auto const& core : seen) {
            for (std::uint8_t const each : core) {
                sum = sum * 1099511628211U + each;
            }
        }
        return sum;
    }

private:
    std::uint8_t run(Instruction const& it) {
        auto& word = words[it.word];
        switch (it.kind) {
            case Instruction::Kind::Load: return word.load(it.order);
            case Instruction::Kind::Store: word.store(it.value, it.order); return 0;
            case Instruction::Kind::Add: return word.fetch_add(it.value, it.order);
            case Instruction::Kind::Exchange: {
                std::uint8_t expected = it.value;
                word.compare_exchange_strong(expected, 3, it.order, std::memory_order_relaxed);
                return expected;
            }
            case Instruction::Kind::Fence: std::atomic_thread_fence(it.order); return 0;
            case Instruction::Kind::Await:
                while (word.load(it.order) == 0) {
                    wait_for_news(&word);
                }
                return 1;
            case Instruction::Kind::Read: return plain;
            case Instruction::Kind::Write: plain = it.value; return 0;
        }
        return 0;
    }
};

/// An order that C++ allows there.
std::memory_order order_for(Instruction::Kind kind, unsigned choice) {
    using Kind = Instruction::Kind;
    constexpr std::array kLoads{std::memory_order_relaxed, std::memory_order_acquire,
                                std::memory_order_seq_cst};
    constexpr std::array kStores{std::memory_order_relaxed, std::memory_order_release,
                                 std::memory_order_seq_cst};
    constexpr std::array kBoth{std::memory_order_relaxed, std::memory_order_acq_rel,
                               std::memory_order_seq_cst};
    constexpr std::array kFences{std::memory_order_acquire, std::memory_order_release,
                                 std::memory_order_seq_cst};
    return (kind == Kind::Load || kind == Kind::Await ? kLoads
            : kind == Kind::Store                     ? kStores
            : kind == Kind::Fence                     ? kFences
                                                      : kBoth)[choice];
}

Program random_program(mm::Random& random) {
    Program made;
    made.cores = 2 + static_cast<unsigned>(random.below(2));
    made.length = made.cores == 2 ? kMostInstructions : 2;
    // Most programs with these end in a race or a deadlock.
    std::array<std::uint64_t, 4> const kinds{5, 5, 6, 8};
    std::uint64_t const kind_count = kinds[random.below(kinds.size())];
    for (auto& core : made.code) {
        for (Instruction& each : core) {
            each.kind = static_cast<Instruction::Kind>(random.below(kind_count));
            each.word = static_cast<std::uint8_t>(random.below(2));
            each.value = static_cast<std::uint8_t>(1 + random.below(2));
            each.order = order_for(each.kind, static_cast<unsigned>(random.below(3)));
        }
    }
    return made;
}

bool has_same_outcomes(Report const& some, Report const& all) {
    return std::equal(some.outcomes.begin(), some.outcomes.end(), all.outcomes.begin(),
                      all.outcomes.end(),
                      [](auto const& one, auto const& other) { return one.first == other.first; });
}

}  // namespace

bool reduction() {
    Session session;
    mm::Random random{20};
    std::uint64_t had = 0;
    std::uint64_t of = 0;
    unsigned const programs = test::everyday_or(300U, 3000U);
    for (unsigned number = 0; number < programs; ++number) {
        program = random_program(random);
        Report const all = explore<Interpreter>({.cores = program.cores, .reduces = false});
        Report const some = explore<Interpreter>({.cores = program.cores});
        had += some.executions + some.cut;
        of += all.executions;
        bool const agrees = some.finding.empty() == all.finding.empty() &&
                            (!some.finding.empty() || has_same_outcomes(some, all));
        session.expect(("random program " + std::to_string(number)).c_str(), agrees, all);
    }
    std::printf("%llu of %llu executions need to be had\n", static_cast<unsigned long long>(had),
                static_cast<unsigned long long>(of));
    return session.end();
}

}  // namespace concurrency
