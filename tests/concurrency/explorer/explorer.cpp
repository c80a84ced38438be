// SPDX-License-Identifier: MIT
#include "tests/concurrency/explorer/explorer.hpp"

#include "kernel/require.hpp"

#include "tests/concurrency/explorer/engine.hpp"

namespace kernel {

/// A promise that is broken is a finding.
void broken_promise(char const* promise, char const* file, int line) {
    concurrency::engine().fail("broken promise: " + std::string{promise} + " (" + file + ":" +
                               std::to_string(line) + ")");
}

}  // namespace kernel

namespace concurrency {

unsigned this_core() {
    unsigned const fiber = engine().core();
    return fiber < kMostCores ? fiber : 0;
}

void fail(char const* what) { engine().fail(what); }

void wait_for_news(void const* word) { engine().wait_for_news(word); }

void wait_for_count(void const* word, std::uint32_t count) { engine().wait_for_count(word, count); }

std::uint64_t now() { return engine().now(); }

void mask() { engine().mask(); }

void unmask() { engine().unmask(); }

Unwatched::Unwatched() : was_watched_{engine().is_running()} { engine().watch(false); }

Unwatched::~Unwatched() { engine().watch(was_watched_); }

Report explore(Scenario const& scenario, Limits const& limits) {
    return engine().explore(scenario, limits);
}

void* current_state() { return engine().state(); }

void begin_with_state(void* state) { engine().begin_with_state(state); }

}  // namespace concurrency
