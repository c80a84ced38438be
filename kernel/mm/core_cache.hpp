// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/mm/bit_tree.hpp"
#include "kernel/mm/frame.hpp"
#include "kernel/mm/lent_runs.hpp"
#include "kernel/mm/order.hpp"
#include "kernel/mm/run.hpp"

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <optional>

namespace mm {

/// What one core keeps of one allocator: for each order below a run's, runs that were lent to it.
/// Used by that core alone, with its interrupts masked; the rest is CachedBuddies'.
class alignas(128) CoreCache {
public:
    /// Orders below this are kept: those of blocks that are smaller than a run.
    static constexpr unsigned kOrders = kRunOrder;

    /// What put() has done.
    enum class Put : std::uint8_t {
        Kept,
        KeptWhole,  ///< And no block of that run is anybody's now.
        Refused,    ///< It does not belong here, or is no block that anybody has.
    };

    /// A block of `order`; none if there is none at hand.
    [[gnu::always_inline]] std::optional<Block> take(Order order) {
        if (order.value() < kOrders) {
            Runs& runs = runs_[order.value()];
            std::uint64_t const free = runs.current.free.get();
            if (free != 0) [[likely]] {
                return runs.current.take_first(free, order);
            }
            return take_elsewhere(runs, order);
        }
        return std::nullopt;
    }

    /// Keeps the block of `order` that begins at `first`.
    [[gnu::always_inline]] Put put(FrameNumber first, Order order) {
        if (order.value() >= kOrders) {
            return Put::Refused;
        }
        Runs& runs = runs_[order.value()];
        std::uint64_t const position = first.raw() - runs.current.first;
        if (position < kRunFrames) [[likely]] {
            return runs.current.put(position) ? Put::Kept : Put::Refused;
        }
        return put_elsewhere(runs, first);
    }

    /// How many allocations were counted, for people; this core counts.
    std::uint64_t allocations() const { return allocations_.get(); }
    void count_allocation() { allocations_.put(allocations_.get() + 1); }

private:
    friend class CachedBuddies;

    static constexpr std::uint64_t kNoRun = ~std::uint64_t{0};
    /// So many blocks may wait, but for drains.
    static constexpr std::uint64_t kMostReturned = 256;

    static constexpr std::uint64_t bit_at(std::uint64_t position) {
        return std::uint64_t{1} << position % kRunFrames;
    }

    /// A word that is written by one core at a time and may be looked at by another meanwhile,
    /// which finds what was there or what is there.
    class Word {
    public:
        std::uint64_t get() const { return value_.load(std::memory_order_relaxed); }
        void put(std::uint64_t value) { value_.store(value, std::memory_order_relaxed); }

    private:
        std::atomic<std::uint64_t> value_{0};
    };

    /// The run that blocks of an order are taken from as long as it has any, or none. It is in no
    /// tree, and what is free of it is noted here.
    struct Run {
        /// No frame is near it.
        static constexpr std::uint64_t kNone = std::uint64_t{1} << 63;

        Word free;                        ///< Only its core writes this.
        std::uint64_t first = kNone;      ///< Number of its first frame. Who writes it locks.
        std::uint64_t* blocks = nullptr;  ///< As LentRuns has it; none: the core's nothing_.

        bool is_none() const { return first == kNone; }
        std::uint64_t blocks_now() const {
            return std::atomic_ref{*blocks}.load(std::memory_order_relaxed);
        }

        [[gnu::always_inline]] Block take_first(std::uint64_t now, Order order) {
            free.put(now & (now - 1));
            return {FrameNumber{first + static_cast<unsigned>(std::countr_zero(now))}, order};
        }

        [[gnu::always_inline]] bool put(std::uint64_t position) {
            std::uint64_t const now = free.get();
            if (((blocks_now() & ~now) >> position & 1) == 0) {
                return false;
            }
            free.put(now | std::uint64_t{1} << position);
            return true;
        }
    };

    /// The runs for one order.
    struct alignas(128) Runs {
        Run current;
        Borrower borrower;  ///< This core, for that order.
        BitTree partial;    ///< All others of them in which something is free.
    };

    /// From the lowest run that has any: but if that has so many that it is worth becoming the
    /// current one, CachedBuddies has to see to that.
    std::optional<Block> take_elsewhere(Runs& runs, Order order) {
        std::uint64_t const number = runs.partial.first_or_beyond();
        if (number >= runs.partial.bits()) {
            return std::nullopt;
        }
        std::uint64_t const free = lent_.free(number).load(std::memory_order_relaxed);
        std::uint64_t const left = free & (free - 1);
        if (is_worthwhile(left) || free == 0) {
            return std::nullopt;
        }
        lent_.free(number).store(left, std::memory_order_relaxed);
        --kept_;
        if (left == 0) {
            runs.partial.erase(number);
        }
        auto const position = static_cast<unsigned>(std::countr_zero(free));
        return Block{FrameNumber{lent_.first_frame(number) + position}, order};
    }

    /// True of two blocks and more.
    static constexpr bool is_worthwhile(std::uint64_t blocks) {
        return (blocks & (blocks - 1)) != 0;
    }

    Put put_elsewhere(Runs& runs, FrameNumber first) {
        std::uint64_t const number = lent_.number_of(first.raw());
        if (number >= lent_.count() || lent_.borrower(number) != runs.borrower) {
            return Put::Refused;
        }
        std::uint64_t const free = lent_.free(number).load(std::memory_order_relaxed);
        std::uint64_t const blocks = lent_.blocks(number).load(std::memory_order_relaxed);
        std::uint64_t const bit = bit_at(first.raw());
        if ((blocks & ~free & bit) == 0) {
            return Put::Refused;
        }
        lent_.free(number).store(free | bit, std::memory_order_relaxed);
        ++kept_;
        if (free == 0) {
            runs.partial.set(number);
        }
        return (free | bit) == blocks ? Put::KeptWhole : Put::Kept;
    }

    /// True if it is time to look at what other cores have freed.
    bool returns_enough() const { return returned_blocks_ >= kMostReturned || whole_ != kNoRun; }

    /// Where to look: where nobody has anything; else in the next one by address, in turn. So what
    /// one core takes and another frees comes round, and nobody looks where it is freed just now.
    std::uint64_t next_returned() const {
        if (whole_ != kNoRun) {
            return whole_;
        }
        std::uint64_t const next = returned_.find_from(collected_);
        return next == returned_.bits() ? returned_.find_first() : next;
    }

    std::array<Runs, kOrders> runs_;
    LentRuns lent_;
    std::uint64_t kept_ = 0;  ///< So many blocks are free in runs that are not current.

    // Written under the lock, by others too: in lines of their own.
    alignas(64) BitTree returned_;       ///< Its runs to which other cores have freed something.
    std::uint64_t returned_blocks_ = 0;  ///< So many blocks.
    std::uint64_t whole_ = kNoRun;       ///< One of them of which nobody had anything then.
    std::uint64_t collected_{};          ///< The last in which it has looked.
    std::uint64_t borrowed_ = 0;         ///< So many runs.
    std::uint64_t next_ = 0;             ///< From there on it goes on giving back all of them.
    std::uint64_t abandoned_ = 0;        ///< So many of them it has abandoned.

    std::atomic<bool> is_asked_{false};  ///< To give all of it back.
    Word allocations_;
    std::uint64_t nothing_ = 0;  ///< The blocks of no run.
};

}  // namespace mm
