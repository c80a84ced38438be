// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/lock_machine.hpp"
#include "kernel/lock_rank.hpp"

#include <atomic>
#include <cstdint>

namespace kernel {

/// A fair lock: each core draws a number and waits for its turn (Reed and Kanodia, CACM 22(2),
/// 1979). It uses atomic read-modify-writes: not before the MMU and the caches are on. Taken out of
/// order it is refused at once, whether or not anybody waits.
///
/// `Machine`: see kernel/lock_machine.hpp.
template <typename Machine>
class TicketLock final : public RankedLock {
public:
    using Word = std::atomic<std::uint32_t>;

    /// `name` says what it protects: `the heap`.
    constexpr TicketLock(char const* name, LockRank rank) : RankedLock{name, rank} {}

    void lock() override {
        auto const mask = Machine::mask();
        if (RankedLock const* const obstacle = Machine::held().obstacle(*this)) {
            Machine::refuse(*this, *obstacle);
        }
        std::uint32_t const mine = drawn_.fetch_add(1, std::memory_order_relaxed);
        if (turn_.load(std::memory_order_acquire) == mine) [[likely]] {
            note_holder(mask);
        } else {
            wait_for(mine, mask);
        }
    }

    void unlock() override {
        auto const mask = mask_;
        Machine::held().remove(*this, before_);
        holder_.store(kNobody, std::memory_order_relaxed);
        // Only who has it writes this.
        turn_.store(turn_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
        Machine::unmask(mask);
    }

private:
    static constexpr unsigned kNobody = ~0U;

    /// It is this core's now.
    [[gnu::always_inline]] void note_holder(typename Machine::Mask mask) {
        holder_.store(Machine::core(), std::memory_order_relaxed);
        before_ = Machine::held().add(*this);
        mask_ = mask;
    }

    // Apart and the last, so that who need not wait saves no registers for it.
    [[gnu::noinline]] void wait_for(std::uint32_t mine, typename Machine::Mask mask) {
        std::uint64_t const deadline = Machine::deadline();
        for (;;) {
            std::uint32_t const turn = turn_.load(std::memory_order_acquire);
            if (turn == mine) {
                note_holder(mask);
                return;
            }
            if (Machine::now() > deadline) {
                Machine::give_up(name(), holder_.load(std::memory_order_relaxed));
            }
            Machine::wait_while(turn_, turn);
        }
    }

    RankedLock const* before_ = nullptr;                   ///< What its holder took before it.
    [[no_unique_address]] typename Machine::Mask mask_{};  ///< Before its holder asked for it.
    Word drawn_{0};
    Word turn_{0};
    std::atomic<unsigned> holder_{kNobody};
};

}  // namespace kernel
