// SPDX-License-Identifier: MIT
#pragma once

#include "tests/concurrency/explorer/choices.hpp"
#include "tests/concurrency/explorer/explorer.hpp"
#include "tests/concurrency/explorer/fibers.hpp"
#include "tests/concurrency/explorer/memory.hpp"
#include "tests/concurrency/explorer/races.hpp"
#include "tests/concurrency/explorer/step.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace concurrency {

/// Some bytes of memory.
struct Place {
    void const* address;
    std::size_t bytes;
};

/// What a compare-and-exchange is asked for.
struct Exchange {
    std::uint64_t expected;
    std::uint64_t desired;
    std::memory_order success;
    std::memory_order failure;
};

/// Runs one execution after the other. There is one, for the hooks of the compiler have no argument
/// that could say which.
class Engine {
public:
    Engine();

    Report explore(Scenario const& scenario, Limits const& limits);

    // --- What the code under test does: see hooks.cpp
    // ---------------------------------------------

    bool is_running() const { return is_running_; }
    void watch(bool is_watching) { is_running_ = is_watching; }
    /// True if this is done by a core, to the scenario's memory.
    bool watches(void const* address) const {
        return is_running_ && begin_ <= address && address < end_;
    }

    void read(Place place);
    void write(Place place);
    /// A write outside the scenario.
    void write_elsewhere(void const* address);

    std::uint64_t load(Place place, std::memory_order order);
    void store(Place place, std::uint64_t value, std::memory_order order);
    /// The value that replace() is about to replace.
    std::uint64_t take(Place place, std::memory_order order);
    void replace(Place place, std::uint64_t value, std::memory_order order);
    /// The value that was compared; it was `expected` if `desired` has replaced it.
    std::uint64_t compare_exchange(Place place, Exchange const& exchange);
    void fence(std::memory_order order);

    // --- What a scenario asks
    // -----------------------------------------------------------------------

    unsigned core() const { return fibers_.current(); }
    void* state() const { return scenario_.state; }
    void begin_with_state(void* state) { scenario_.state = state; }
    std::uint64_t now() { return ++time_; }
    void wait_for_news(void const* word);
    void wait_for_count(void const* word, std::uint32_t count);
    void mask();
    void unmask();
    [[noreturn]] void fail(std::string what);

private:
    enum class Ending : std::uint8_t { Whole, Cut, Failed, MoreShared };

    struct Core {
        Step pending;
        bool has_ended = false;
        unsigned masks = 0;
    };
    // Who uses an atomic word. What one core keeps to itself has no messages and takes no turns.
    static constexpr std::uint8_t kUnused = 0xff;
    static constexpr std::uint8_t kShared = 0xfe;

    static constexpr unsigned kNobody = kMostCores;
    static constexpr std::uint64_t kMostSteps = 20'000;
    static constexpr std::size_t kAwaitedBytes = 4;

    // One execution.
    static void work(unsigned fiber);
    Ending execute();
    void reset();
    bool start_cores();
    [[noreturn]] void end(Ending ending);

    // Whose turn it is.
    void take_turn(Step step);
    void done(Dependencies::Done what);
    bool is_reducing() const { return limits_.reduces && !limits_.preemptions; }
    unsigned next();
    unsigned why_none(CoreSet can_run);
    Choice options() const;
    void wait(Place place, Stamp awaited);
    bool can_run(unsigned core) const;
    bool is_asleep(unsigned core) const;
    void be_interrupted();

    // What is at an address.
    std::size_t offset(void const* address) const {
        return static_cast<std::size_t>(static_cast<std::byte const*>(address) - begin_);
    }
    bool is_shared(Place place);
    std::uint8_t awaited_location(void const* word);
    std::uint8_t location(Place place);
    std::optional<std::uint8_t> turn_at(Place place, Step::Kind kind, std::memory_order order);
    void report_race(unsigned other, Place place);

    void note(char const* what, Place place, std::uint64_t value);
    std::string name(void const* address) const;

    Fibers fibers_;
    Choices choices_;
    Memory memory_;
    Races races_;
    Dependencies dependencies_;

    Scenario scenario_{};
    Limits limits_;
    std::byte* begin_ = nullptr;
    std::byte* end_ = nullptr;
    std::vector<std::byte> initial_;         ///< The scenario's memory before the first core.
    std::vector<std::uint8_t> users_;        ///< Of the word at each offset. Kept over executions.
    std::vector<std::uint8_t> location_of_;  ///< The location at each offset, counted from 1.
    std::vector<std::size_t> located_;       ///< The offsets that have one.

    std::array<Core, kMostCores> cores_{};
    Clock asleep_{};
    std::size_t choice_ = 0;        ///< That gave this turn.
    unsigned last_core_ = kNobody;  ///< Whose turn it was.
    unsigned preemptions_ = 0;
    unsigned interrupts_ = 0;  ///< That may still come.
    std::uint64_t steps_ = 0;
    std::uint64_t time_ = 0;
    bool is_running_ = false;
    bool is_starting_ = false;
    Ending ending_ = Ending::Whole;
    std::string finding_;
    std::vector<std::string>* trace_ = nullptr;
};

extern Engine the_engine;
inline Engine& engine() { return the_engine; }

}  // namespace concurrency
