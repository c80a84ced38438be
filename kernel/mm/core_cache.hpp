// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/mm/bit_tree.hpp"
#include "kernel/mm/current_runs.hpp"
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
    static constexpr unsigned kOrders = CurrentRuns::kOrders;

    /// What put() has done.
    enum class Put : std::uint8_t {
        Kept,
        KeptWhole,  ///< And no block of that run is anybody's now.
        Refused,    ///< It does not belong here, or is no block that anybody has.
    };

    /// A block of `order`; none if there is none at hand.
    [[gnu::always_inline]] std::optional<Block> take(Order order) {
        if (order.value() < kOrders) {
            std::uint64_t const free = current_.free(order.value());
            if (free != 0) [[likely]] {
                return current_.take_first(order, free);
            }
            return take_elsewhere(order);
        }
        return std::nullopt;
    }

    /// Keeps the block of `order` that begins at `first`.
    [[gnu::always_inline]] Put put(FrameNumber first, Order order) {
        if (order.value() >= kOrders) {
            return Put::Refused;
        }
        std::uint64_t const position = first.raw() - current_.first(order.value());
        if (position < kRunFrames) [[likely]] {
            return current_.put(order.value(), position) ? Put::Kept : Put::Refused;
        }
        return put_elsewhere(first, order);
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

    /// partial_ for `order`. What is computed from the order is hidden from the compiler: so that
    /// is done here, where it is rarely needed, and once, and costs no other call an instruction.
    [[gnu::always_inline]] BitTree& partial(Order order) {
        unsigned index = order.value();
        asm("" : "+r"(index));
        BitTree* partial = &partial_[index];
        asm("" : "+r"(partial));
        return *partial;
    }

    /// From the lowest run that has any: but if that has so many that it is worth becoming the
    /// current one, CachedBuddies has to see to that.
    std::optional<Block> take_elsewhere(Order order) {
        BitTree& partial = this->partial(order);
        std::uint64_t const number = partial.first_or_beyond();
        if (number >= partial.bits()) {
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
            partial.erase(number);
        }
        auto const position = static_cast<unsigned>(std::countr_zero(free));
        return Block{FrameNumber{lent_.first_frame(number) + position}, order};
    }

    /// True of two blocks and more.
    static constexpr bool is_worthwhile(std::uint64_t blocks) {
        return (blocks & (blocks - 1)) != 0;
    }

    Put put_elsewhere(FrameNumber first, Order order) {
        std::uint64_t const number = lent_.number_of(first.raw());
        if (number >= lent_.count() ||
            !current_.is_borrower(order.value(), lent_.borrower(number))) {
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
            partial(order).set(number);
        }
        return (free | bit) == blocks ? Put::KeptWhole : Put::Kept;
    }

    /// True if it is time to look at what other cores have freed.
    bool returns_enough() const {
        return returned_blocks_ != 0 && (returned_blocks_ >= kMostReturned || whole_ != kNoRun);
    }

    /// Where to look: where nobody has anything; else in the next one by address, in turn. So what
    /// one core takes and another frees comes round, and nobody looks where it is freed just now.
    std::uint64_t next_returned() const {
        if (whole_ != kNoRun) {
            return whole_;
        }
        std::uint64_t const next = returned_.find_from(collected_);
        return next == returned_.bits() ? returned_.find_first() : next;
    }

    CurrentRuns current_;
    std::array<BitTree, kOrders> partial_;  ///< For each order all others in which some is free.
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
