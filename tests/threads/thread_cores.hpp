// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/mm/shared_buddies.hpp"

#include "tests/support/thread_machine.hpp"

#include <cstdint>
#include <thread>

namespace test {

/// Threads as the cores that share frames. Nothing interrupts them: each calls answer() often
/// enough, also when it has nothing else to do.
class ThreadCores final : public mm::CacheOwners {
public:
    Pin pin() override { return {ThreadMachine::number, 0}; }
    void unpin(Pin /*pin*/) override {
        if (is_waiting) {
            std::this_thread::yield();  // It may be this processor that the other one needs.
        }
    }
    bool call(unsigned /*core*/) override {
        is_waiting = true;
        return true;
    }
    std::uint64_t deadline() override { return 0; }
    void keep_waiting(unsigned /*core*/, std::uint64_t /*deadline*/) override {}  // For ever.
    /// Whatever this thread has called for is done.
    static void go_on() { is_waiting = false; }

private:
    static inline thread_local bool is_waiting = false;
};

}  // namespace test
