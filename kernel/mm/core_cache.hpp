// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/mm/order.hpp"
#include "kernel/mm/run.hpp"

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <optional>

namespace mm {

/// What one core keeps of one allocator: for each small order the free blocks of two runs that were
/// lent to it. Used by that core alone, with its interrupts masked; the rest is CachedBuddies'.
class alignas(64) CoreCache {
public:
    /// Orders below this are kept.
    static constexpr unsigned kOrders = 4;

    /// A block of `order`; none if there is none at hand.
    [[gnu::always_inline]] std::optional<Block> take(Order order) {
        if (order.value() < kOrders) {
            Run& run = runs_[order.value()].current;
            std::uint64_t const free = run.free.get();
            if (free != 0) [[likely]] {
                run.free.put(free & (free - 1));
                auto const position = static_cast<unsigned>(std::countr_zero(free));
                return Block{FrameNumber{run.first + position}, order};
            }
        }
        return std::nullopt;
    }

    /// Keeps the block of `order` that begins at `first`. False if it does not belong here, or is
    /// no block that anybody has.
    [[gnu::always_inline]] bool put(FrameNumber first, Order order) {
        return order.value() < kOrders && runs_[order.value()].current.take_home(first);
    }

    /// How many allocations were counted, for people; this core counts.
    std::uint64_t allocations() const { return allocations_.get(); }
    void count_allocation() { allocations_.put(allocations_.get() + 1); }

private:
    friend class CachedBuddies;

    /// A word that is written by one core at a time and may be looked at by another meanwhile,
    /// which finds what was there or what is there.
    class Word {
    public:
        std::uint64_t get() const { return value_.load(std::memory_order_relaxed); }
        void put(std::uint64_t value) { value_.store(value, std::memory_order_relaxed); }

    private:
        std::atomic<std::uint64_t> value_{0};
    };

    /// A run that is lent, or none. In the sets a bit stands for the frame that a block begins
    /// with:
    ///
    ///     blocks | returned   the allocated blocks of the order in the run, as its allocator sees
    ///     it free                those of `blocks` that nobody has
    struct Run {
        /// No frame is near it.
        static constexpr std::uint64_t kNone = std::uint64_t{1} << 63;

        Word free;                    ///< Only its core writes this.
        std::uint64_t first = kNone;  ///< Number of its first frame. Its core writes it, and locks.
        Word blocks;                  ///< Who writes it locks.
        std::uint64_t returned = 0;   ///< Other cores have freed these. Under the lock only.

        bool is_none() const { return first == kNone; }

        [[gnu::always_inline]] bool take_home(FrameNumber frame) {
            std::uint64_t const position = frame.raw() - first;
            if (position >= kRunFrames) {
                return false;
            }
            std::uint64_t const now = free.get();
            if (((blocks.get() & ~now) >> position & 1) == 0) {
                return false;
            }
            free.put(now | std::uint64_t{1} << position);
            return true;
        }
    };

    /// The run that blocks come from, and one more: what was taken from it still comes home.
    struct Runs {
        Run current;
        Run other;
    };

    /// What its core knows of an order beside its runs.
    struct Habit {
        std::uint64_t missed = Run::kNone;  ///< The run that the last free past the cache went to.
        std::uint64_t misses = 0;           ///< So many did since another did.
        std::uint64_t direct = 0;           ///< So many allocations do not try to borrow.
    };

    std::array<Runs, kOrders> runs_;
    std::array<Habit, kOrders> habits_;
    std::atomic<bool> is_asked_{false};  ///< To give all of it back.
    Word allocations_;
};

}  // namespace mm
