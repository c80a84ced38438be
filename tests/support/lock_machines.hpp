// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/lock_rank.hpp"
#include "kernel/require.hpp"

#include "tests/support/broken_promise.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>

namespace test {

/// One thread that is whichever core the test says; who waits has something else happen.
struct OneThread {
    static inline unsigned number = 0;
    static inline std::uint64_t ticks = 0;
    static inline std::function<void()> meanwhile;
    static inline std::string given_up;
    static inline std::array<kernel::HeldLocks, 4> locks;

    static unsigned core() { return number; }
    static kernel::HeldLocks& held() { return locks[number]; }
    static std::uint64_t now() { return ++ticks; }
    static std::uint64_t deadline() { return ticks + 10; }
    static void wait_while(std::atomic<std::uint32_t> const& /*word*/, std::uint32_t /*value*/) {
        if (meanwhile) {
            meanwhile();
        }
    }
    [[noreturn]] static void give_up(char const* name, unsigned holder) {
        given_up = std::string{name} + " by " + std::to_string(holder);
        kernel::broken_promise("it is given back", "", 0);
    }
    [[noreturn]] static void refuse(kernel::RankedLock const& lock,
                                    kernel::RankedLock const& held) {
        given_up = std::string{lock.name()} + " while " + held.name();
        kernel::broken_promise("locks are taken in order", "", 0);
    }
};

/// Threads that are cores.
struct Threads {
    static inline thread_local unsigned number = 0;
    static inline thread_local kernel::HeldLocks locks;

    static unsigned core() { return number; }
    static kernel::HeldLocks& held() { return locks; }
    static std::uint64_t now() { return 0; }
    static std::uint64_t deadline() { return 0; }
    static void wait_while(std::atomic<std::uint32_t> const& word, std::uint32_t value) {
        if (word.load(std::memory_order_relaxed) == value) {
            std::this_thread::yield();
        }
    }
    [[noreturn]] static void give_up(char const* /*name*/, unsigned /*holder*/) {
        test::give_up("no thread waits too long");
    }
    [[noreturn]] static void refuse(kernel::RankedLock const& /*lock*/,
                                    kernel::RankedLock const& /*held*/) {
        test::give_up("no thread takes two");
    }
};

}  // namespace test
