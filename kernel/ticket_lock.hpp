// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/lock.hpp"

#include <atomic>
#include <cstdint>

namespace kernel {

/// A fair lock: each core draws a number and waits for its turn (Reed and Kanodia, CACM 22(2),
/// 1979). It uses atomic read-modify-writes: not before the MMU and the caches are on.
///
/// `Machine` is what it needs to know of where it runs:
///
///     unsigned core()                        who draws
///     void wait_while(Word const&, number)   comes back when the word may have another value
///     uint64_t now(), deadline()             ticks, and the last at which to give up
///     give_up(name, holder)                  nobody may wait so long; does not return
template <typename Machine>
class TicketLock final : public Lock {
public:
    using Word = std::atomic<std::uint32_t>;

    /// `name` says what it protects: `the heap`.
    explicit constexpr TicketLock(char const* name) : name_{name} {}

    void lock() override {
        unsigned const me = Machine::core();
        if (holder_.load(std::memory_order_relaxed) == me) {
            Machine::give_up(name_, me);  // It would wait for itself.
        }
        std::uint32_t const mine = drawn_.fetch_add(1, std::memory_order_relaxed);
        if (turn_.load(std::memory_order_acquire) != mine) {
            wait_for(mine);
        }
        holder_.store(me, std::memory_order_relaxed);
    }

    void unlock() override {
        holder_.store(kNobody, std::memory_order_relaxed);
        // Only who has it writes this.
        turn_.store(turn_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
    }

private:
    static constexpr unsigned kNobody = ~0U;

    void wait_for(std::uint32_t mine) {
        std::uint64_t const deadline = Machine::deadline();
        for (;;) {
            std::uint32_t const turn = turn_.load(std::memory_order_acquire);
            if (turn == mine) {
                return;
            }
            if (Machine::now() > deadline) {
                Machine::give_up(name_, holder_.load(std::memory_order_relaxed));
            }
            Machine::wait_while(turn_, turn);
        }
    }

    char const* name_;
    Word drawn_{0};
    Word turn_{0};
    std::atomic<unsigned> holder_{kNobody};
};

}  // namespace kernel
