// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/lock.hpp"
#include "kernel/lock_machine.hpp"
#include "kernel/lock_rank.hpp"

#include "tests/concurrency/explorer/explorer.hpp"
#include "tests/concurrency/explorer/view.hpp"

#include <array>
#include <atomic>
#include <cstdint>

namespace concurrency {

/// What a scenario with locks begins with: its first base.
struct WithLocks {
    std::array<kernel::HeldLocks, kMostCores> held;
};

/// What locks need to know of a machine, as the explorer has it. Nobody waits too long: who waits
/// for ever is a deadlock.
struct Machine : kernel::HandlersStayOut {
    static unsigned core() { return this_core(); }
    static kernel::HeldLocks& held() { return current<WithLocks>().held[this_core()]; }
    static std::uint64_t now() { return 0; }
    static std::uint64_t deadline() { return 0; }
    static void wait_while(std::atomic<std::uint32_t> const& word, std::uint32_t /*value*/) {
        wait_for_news(&word);
    }
    [[noreturn]] static void give_up(char const* /*name*/, unsigned /*holder*/) {
        fail("somebody waits too long for a lock");
    }
    [[noreturn]] static void refuse(kernel::RankedLock const& /*lock*/,
                                    kernel::RankedLock const& /*held*/) {
        fail("locks are taken out of order");
    }
};

/// A lock that leaves nothing open but who comes first: for what is not about locks. Handlers may
/// take it.
class FairLock final : public kernel::Lock {
public:
    FairLock(char const* /*name*/, kernel::LockRank /*rank*/) {}

    void lock() override {
        mask();
        wait_for_count(&turn_, drawn_.fetch_add(1, std::memory_order_relaxed));
        static_cast<void>(turn_.load(std::memory_order_acquire));
    }
    void unlock() override {
        turn_.store(turn_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
        unmask();
    }

private:
    std::atomic<std::uint32_t> drawn_{0};
    std::atomic<std::uint32_t> turn_{0};
};

/// The same for locks that handlers take.
struct MaskingMachine : Machine {
    static Mask mask() {
        concurrency::mask();
        return {};
    }
    static void unmask(Mask /*before*/) { concurrency::unmask(); }
};

}  // namespace concurrency
