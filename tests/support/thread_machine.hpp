// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/lock_machine.hpp"
#include "kernel/lock_rank.hpp"
#include "kernel/require.hpp"

#include <atomic>
#include <cstdint>
#include <thread>

namespace test {

/// Threads that are cores, for locks: each says once which it is.
struct ThreadMachine : kernel::HandlersStayOut {
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
        kernel::unreachable("no thread waits too long");
    }
    [[noreturn]] static void refuse(kernel::RankedLock const& /*lock*/,
                                    kernel::RankedLock const& /*held*/) {
        kernel::unreachable("no thread takes two locks");
    }
};

}  // namespace test
