// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/mm/frame.hpp"
#include "kernel/mm/lent_runs.hpp"
#include "kernel/mm/order.hpp"
#include "kernel/mm/run.hpp"

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>

namespace mm {

/// A word that is written by one core at a time and may be looked at by another meanwhile, which
/// finds what was there or what is there.
class Word {
public:
    std::uint64_t get() const { return value_.load(std::memory_order_relaxed); }
    void put(std::uint64_t value) { value_.store(value, std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> value_{0};
};

/// For each order below a run's the run that a core takes blocks of that order from as long as it
/// has any, or none. What is free of it is noted here, and nowhere else: so it is noted twice.
///
/// Only the core itself writes what is free; who writes the rest holds the lock. An order that is
/// passed in is below kOrders. (Arrays of words, because what adds an order to an address is one
/// instruction where there are 8 bytes for each.)
class CurrentRuns {
public:
    static constexpr unsigned kOrders = kRunOrder;
    /// The first frame of none: no frame is near it.
    static constexpr std::uint64_t kNowhere = std::uint64_t{1} << 63;

    CurrentRuns() { first_.fill(kNowhere); }

    /// Their core, for that order. (In a word, so that each of its bits is compared.)
    Borrower borrower(unsigned order) const {
        return Borrower::from_raw(static_cast<std::uint8_t>(borrower_[order]));
    }
    bool is_borrower(unsigned order, Borrower some) const { return borrower_[order] == some.raw(); }
    void begin(unsigned order, Borrower borrower) { borrower_[order] = borrower.raw(); }

    /// Number of its first frame.
    std::uint64_t first(unsigned order) const { return first_[order]; }
    /// Its blocks that are free, a bit for the first frame of each.
    std::uint64_t free(unsigned order) const { return free_[order].get(); }
    /// Where its blocks are noted, but for those that other cores have freed (LentRuns::blocks).
    std::uint64_t* word_of_blocks(unsigned order) const { return blocks_[order]; }
    std::uint64_t blocks(unsigned order) const {
        return std::atomic_ref{*blocks_[order]}.load(std::memory_order_relaxed);
    }

    /// False if a bit has flipped in what is noted as free. Exact while its core does nothing.
    bool is_proven(unsigned order) const { return free(order) == free_again_[order]; }

    void become(unsigned order, std::uint64_t first, std::uint64_t* blocks) {
        first_[order] = first;
        blocks_[order] = blocks;
    }
    [[gnu::always_inline]] void note_free(unsigned order, std::uint64_t free) {
        free_[order].put(free);
        free_again_[order] = free;
    }

    /// The lowest block of those that are free, `now`, some.
    [[gnu::always_inline]] Block take_first(Order order, std::uint64_t now) {
        note_free(order.value(), now & (now - 1));
        auto const position = static_cast<unsigned>(std::countr_zero(now));
        return {FrameNumber{first_[order.value()] + position}, order};
    }
    /// False if nobody has a block that begins there.
    [[gnu::always_inline]] bool put(unsigned order, std::uint64_t position) {
        std::uint64_t const now = free(order);
        if (((blocks(order) & ~now) >> position & 1) == 0) {
            return false;
        }
        note_free(order, now | std::uint64_t{1} << position);
        return true;
    }

private:
    std::array<Word, kOrders> free_;
    std::array<std::uint64_t, kOrders> first_{};
    std::array<std::uint64_t, kOrders> free_again_{};
    std::array<std::uint64_t*, kOrders> blocks_{};
    std::array<std::uint64_t, kOrders> borrower_{};
};

}  // namespace mm
