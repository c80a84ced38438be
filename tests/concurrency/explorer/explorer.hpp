// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <vector>

// Runs a scenario under every interleaving of its cores, and every value that C++20's memory model
// lets their loads see.
//
// A scenario is a struct. Its data members are all the memory that cores share; whoever constructs
// it is done before the first core begins. It is compiled with -fsanitize=thread, so that the
// compiler tells of each access, and linked with hooks.cpp, which hears of it. The sources that it
// includes are those of the kernel, unchanged.
//
//     void core(unsigned number)      what each core does
//     void interrupt()                optional: what interrupts a core, at each of its steps
//     void check()                    optional: what holds when all cores have ended
//     std::uint64_t outcome() const   optional: what came of it, to be counted
//
// What cores write to plain memory outside the scenario, or on each other's stacks, is refused, for
// it would not be put back.
namespace concurrency {

/// How much is explored.
struct Limits {
    unsigned cores = 2;
    /// How often a core that could go on is left for another one; none: as often as can be.
    std::optional<unsigned> preemptions = std::nullopt;
    /// With no bound: leave out what differs only in the order of steps that do not see each other.
    bool reduces = true;
    std::optional<unsigned> interrupted =
        std::nullopt;                              ///< The core that `interrupt` comes to, if any.
    unsigned interrupts = 1;                       ///< How often, at most.
    std::uint64_t executions = ~std::uint64_t{0};  ///< Stop after so many.
};

/// What came of an exploration. It ends with the first finding.
struct Report {
    std::uint64_t executions = 0;    ///< Until every core had ended, or something was found.
    std::uint64_t cut = 0;           ///< Left where they could only repeat others.
    std::uint64_t steps = 0;         ///< Atomic operations, and ends of waits.
    bool is_whole = false;           ///< Nothing is left to explore.
    std::string finding;             ///< Empty if there is none.
    std::vector<std::string> trace;  ///< The steps that led to it.
    std::map<std::uint64_t, std::uint64_t> outcomes;
};

// --- What a scenario may ask ---------------------------------------------------------------------

/// Which core this is; 0 before the first begins, and when all have ended.
unsigned this_core();

/// Ends the exploration: `what` must not happen.
[[noreturn]] void fail(char const* what);

/// Comes back when `word`, which is atomic, has a newer value than this core has seen.
void wait_for_news(void const* word);

/// Comes back when `word`, which is one more at each write, is `count`. There is no need to wait
/// where there are no others.
void wait_for_count(void const* word, std::uint32_t count);

/// Time: higher at each call in an execution.
std::uint64_t now();

/// From now on this core is not interrupted, until unmask() has been called as often.
void mask();
void unmask();

/// As long as it lives, this core is not interrupted.
class Masked {
public:
    Masked() { mask(); }
    ~Masked() { unmask(); }
    Masked(Masked const&) = delete;
    Masked& operator=(Masked const&) = delete;
};

/// As long as it lives, nobody takes notice of what this core reads and writes: for what belongs to
/// the test. It makes no atomic operation and asks nothing of the above.
class Unwatched {
public:
    Unwatched();
    ~Unwatched();
    Unwatched(Unwatched const&) = delete;
    Unwatched& operator=(Unwatched const&) = delete;

private:
    bool was_watched_;
};

// --- Exploring -----------------------------------------------------------------------------------

/// A scenario without its type.
struct Scenario {
    void* state;
    std::size_t bytes;
    void (*core)(void* state, unsigned number);
    void (*interrupt)(void* state);
    void (*check)(void* state);
    std::uint64_t (*outcome)(void const* state);
};

Report explore(Scenario const& scenario, Limits const& limits);

/// The scenario that is explored, or about to be constructed.
void* current_state();
void begin_with_state(void* state);
template <typename T>
T& current() {
    return *static_cast<T*>(current_state());
}

template <typename T>
Report explore(Limits const& limits = {}) {
    struct alignas(T) Storage {
        std::array<std::byte, sizeof(T)> bytes;
    };
    auto const storage = std::make_unique<Storage>();
    begin_with_state(storage.get());
    T* const state = std::construct_at(reinterpret_cast<T*>(storage.get()));
    Scenario scenario{
        .state = state,
        .bytes = sizeof(T),
        .core = [](void* self, unsigned number) { static_cast<T*>(self)->core(number); },
        .interrupt = nullptr,
        .check = nullptr,
        .outcome = nullptr};
    if constexpr (requires(T & each) { each.interrupt(); }) {
        scenario.interrupt = [](void* self) { static_cast<T*>(self)->interrupt(); };
    }
    if constexpr (requires(T & each) { each.check(); }) {
        scenario.check = [](void* self) { static_cast<T*>(self)->check(); };
    }
    if constexpr (requires(T const& each) { each.outcome(); }) {
        scenario.outcome = [](void const* self) { return static_cast<T const*>(self)->outcome(); };
    }
    Report report = explore(scenario, limits);
    std::destroy_at(state);
    return report;
}

}  // namespace concurrency
