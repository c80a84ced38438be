// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/lock_machine.hpp"
#include "kernel/lock_rank.hpp"

#include <atomic>
#include <cstdint>

namespace kernel {

/// A lock that whoever comes first takes: not fair, but one word, and nobody waits for a thread
/// that the operating system does not let run. So it is the one for host runs, where TicketLock is
/// the kernel's. Taken out of order it is refused at once, whether or not anybody waits.
///
/// `Machine`: see kernel/lock_machine.hpp.
template <typename Machine>
class TestAndSetLock final : public RankedLock {
public:
    using Word = std::atomic<std::uint32_t>;

    /// `name` says what it protects: `the heap`.
    constexpr TestAndSetLock(char const* name, LockRank rank) : RankedLock{name, rank} {}

    void lock() override {
        auto const mask = Machine::mask();
        HeldLocks& held = Machine::held();
        if (RankedLock const* const obstacle = held.obstacle(*this)) {
            Machine::refuse(*this, *obstacle);
        }
        if (taken_.exchange(kTaken, std::memory_order_acquire) != 0) {
            wait();
        }
        holder_.store(Machine::core(), std::memory_order_relaxed);
        before_ = held.add(*this);
        mask_ = mask;
    }

    void unlock() override {
        auto const mask = mask_;
        Machine::held().remove(*this, before_);
        holder_.store(kNobody, std::memory_order_relaxed);
        taken_.store(0, std::memory_order_release);
        Machine::unmask(mask);
    }

private:
    static constexpr std::uint32_t kTaken = 1;
    static constexpr unsigned kNobody = ~0U;

    // Apart, so that who need not wait saves no registers for it.
    [[gnu::noinline]] void wait() {
        std::uint64_t const deadline = Machine::deadline();
        do {
            // Looks before it takes: to take is to write, and to have the word from who has it.
            while (taken_.load(std::memory_order_relaxed) != 0) {
                if (Machine::now() > deadline) {
                    Machine::give_up(name(), holder_.load(std::memory_order_relaxed));
                }
                Machine::wait_while(taken_, kTaken);
            }
        } while (taken_.exchange(kTaken, std::memory_order_acquire) != 0);
    }

    RankedLock const* before_ = nullptr;                   ///< What its holder took before it.
    [[no_unique_address]] typename Machine::Mask mask_{};  ///< Before its holder asked for it.
    Word taken_{0};
    std::atomic<unsigned> holder_{kNobody};
};

}  // namespace kernel
