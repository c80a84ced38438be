// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/lock.hpp"
#include "kernel/mm/buddy_allocator.hpp"
#include "kernel/mm/core_cache.hpp"
#include "kernel/mm/frame.hpp"
#include "kernel/mm/order.hpp"
#include "kernel/result.hpp"

#include <cstdint>
#include <optional>
#include <span>

namespace mm {

/// A buddy allocator for several cores, each of which hands out small blocks by itself.
///
/// A core borrows whole runs of 64 frames, each for blocks of one order, as many as it needs: so a
/// set of a run's blocks is one word. Allocating takes a bit out of that word, freeing puts it
/// back: no lock, no atomic read-modify-write. A run all of whose blocks are free again goes back
/// to the buddy allocator, so that caches do not tear free memory apart. What another core frees
/// waits in its run for the core that borrowed that; but a current run that is used up, and left,
/// is lent to the core that frees a block of it first, unless that has enough.
///
/// Whoever calls says which core's cache is `mine`, and masks that core's interrupts: then handlers
/// may call, too. The lock must be one that a handler may take.
///
/// Every free is checked completely, with one gap: a block that two cores free at the same moment
/// may be taken back twice. No check without a fence could tell (Attiya et al., "Laws of order",
/// POPL 2011).
class CachedBuddies {
public:
    /// Words of metadata for `cores` caches in front of an allocator of `span`: about 0.13 bits per
    /// frame, and 0.11 for each core.
    [[gnu::cold, gnu::noinline]] static constexpr std::uint64_t metadata_words(
        FrameRange span, std::uint64_t cores) {
        std::uint64_t const runs = BuddyAllocator::runs_over(span);
        return words_of_borrowers(runs) + cores * kTreesPerCore * BitTree::words(runs);
    }

    /// All outlive this. `caches`, 8 at most, are new: nothing else used them; the first
    /// metadata_words() of `metadata` are written. While it lives nobody else has runs of `buddies`
    /// lent to it; and who calls `buddies` itself to take or to free certain frames has `lock`, and
    /// made sure that none of their runs is lent.
    [[gnu::cold]] CachedBuddies(BuddyAllocator& buddies, std::span<CoreCache> caches,
                                std::span<std::uint64_t> metadata, kernel::Lock* lock);

    /// As BuddyAllocator::allocate; but if it refuses, caches may still hold what is missing.
    [[gnu::always_inline]] kernel::Result<Block> allocate(CoreCache& mine, Order order) {
        auto const block = mine.take(order);
        return block ? kernel::Result{*block} : allocate_slowly(mine, order);
    }

    /// As BuddyAllocator::free, by whichever core.
    [[gnu::always_inline]] kernel::Result<void> free(CoreCache& mine, FrameNumber first,
                                                     Order order) {
        auto const put = mine.put(first, order);
        return put == CoreCache::Put::Kept ? kernel::Result<void>{}
                                           : free_slowly(mine, first, order, put);
    }

    /// The same where CoreCache::take() or put() has been tried. (Apart, so that who asks the cache
    /// first saves no registers for this.)
    kernel::Result<Block> allocate_slowly(CoreCache& mine, Order order);
    kernel::Result<void> free_slowly(CoreCache& mine, FrameNumber first, Order order,
                                     CoreCache::Put put);

    /// Gives back all that `mine` keeps.
    ///
    /// Errors: Corrupt; what else there is was given back.
    kernel::Result<void> drain(CoreCache& mine);

    /// Gives back a part of it, in some 20 us: true as long as something is left.
    bool drain_some(CoreCache& mine);

    /// From now on until as many calls of open() no run is borrowed, and each core that has any is
    /// asked to give them back: by answer().
    void close();
    void open();
    /// True from then on, until it has. What it gave back can be had then.
    bool is_asked(unsigned number) const {
        return caches_[number].is_asked_.load(std::memory_order_acquire);
    }
    /// The same as drain_some() if somebody has asked for it.
    bool answer(CoreCache& mine);

    std::span<CoreCache> caches() const { return caches_; }

    // What follows is exact while no core allocates or frees. It is for people: small, not fast.

    /// Bytes beside what `buddies` needs: the caches and their metadata.
    [[gnu::cold]] std::uint64_t metadata_bytes() const {
        return metadata_words(buddies_.span(), caches_.size()) * sizeof(std::uint64_t) +
               caches_.size_bytes();
    }

    /// Free frames that `cache` keeps.
    [[gnu::cold]] std::uint64_t frames_in(CoreCache const& cache) const;
    /// Those of all cores.
    [[gnu::cold]] std::uint64_t cached_frames() const;
    /// What `frame` is, as BuddyAllocator::inspect; but blocks of runs that are lent are what they
    /// are to who has borrowed them.
    [[gnu::cold]] FrameState inspect(FrameNumber frame) const;
    /// The core that keeps `frame`, which is free then.
    [[gnu::cold]] std::optional<unsigned> keeper(FrameNumber frame) const;
    /// True if a run with frames of `range` is lent.
    [[gnu::cold]] bool has_lent(FrameRange range) const;

    /// BuddyAllocator::verify, and that caches and table agree about each run that is lent. A bit
    /// flipped in what either notes of frames is found; not in what says where trees and tables lie
    /// or where a core goes on to look.
    [[gnu::cold]] kernel::Result<VerifyReport> verify() const;

private:
    static constexpr std::uint64_t kTreesPerCore = CoreCache::kOrders + 1;

    /// A table has a multiple of 16 runs.
    static constexpr std::uint64_t words_of_borrowers(std::uint64_t runs) {
        return runs / sizeof(std::uint64_t);
    }

    struct Loan {
        std::uint64_t run{};
        Borrower borrower;
    };

    // Under the lock.
    [[gnu::always_inline]] kernel::Result<Block> refill(CoreCache& mine, Order order);
    [[gnu::always_inline]] kernel::Result<LentRun> next_run(CoreCache& mine, Order order);
    [[gnu::always_inline]] kernel::Result<LentRun> borrow(CoreCache& mine, Order order);
    [[gnu::always_inline]] void begin(CoreCache& mine, std::uint64_t run, Order order);
    [[gnu::always_inline]] void become_current(CoreCache& mine, Order order, FrameNumber first);
    [[gnu::always_inline]] static void forget_current(CoreCache& mine, unsigned order);
    [[gnu::always_inline]] void leave_current(CoreCache& mine, Order order);
    [[gnu::cold]] kernel::Result<bool> collect(CoreCache& mine, std::uint64_t run);
    [[gnu::cold]] std::uint64_t take_returned(CoreCache& mine, std::uint64_t run,
                                              std::uint64_t all);
    [[gnu::always_inline]] void forget_whole(CoreCache& mine, std::uint64_t run);
    [[gnu::always_inline]] kernel::Result<void> give_back_whole(CoreCache& mine, std::uint64_t run);
    [[gnu::always_inline]] kernel::Result<void> free_in_lent(CoreCache& mine, Loan loan,
                                                             FrameNumber first, Order order);
    [[gnu::always_inline]] kernel::Result<void> take_over(CoreCache& mine, Loan loan,
                                                          std::uint64_t bit);
    [[gnu::cold]] kernel::Result<void> give_back_lowest(CoreCache& mine, unsigned order);
    [[gnu::cold]] static kernel::Error why_not_freed(FrameNumber first, unsigned order,
                                                     std::uint64_t allocated);
    [[gnu::cold]] kernel::Result<void> give_back(CoreCache& mine, Loan loan);
    [[gnu::cold]] bool drain_some_locked(CoreCache& mine, kernel::Result<void>* outcome = nullptr);
    [[gnu::always_inline]] void answer_locked(CoreCache& mine);

    /// False if it is damaged.
    [[gnu::always_inline]] bool is_there(Borrower borrower) const {
        return borrower && borrower.core() < caches_.size() &&
               borrower.order() < CoreCache::kOrders;
    }
    /// Of the run that `borrower` has borrowed: what he has at hand, and what waits for him.
    [[gnu::always_inline]] std::uint64_t free_blocks(std::uint64_t run, Borrower borrower) const {
        CurrentRuns const& current = caches_[borrower.core()].current_;
        std::uint64_t const free = borrower.is_current()
                                       ? current.free(borrower.order())
                                       : lent_.free(run).load(std::memory_order_relaxed);
        std::uint64_t const blocks = lent_.blocks(run).load(std::memory_order_relaxed);
        return free | (unit_set::kAligned[borrower.order()] & ~blocks);
    }

    [[gnu::cold]] Loan loan_of(FrameNumber frame) const;

    struct Sums;
    static bool lists(CoreCache const& cache, std::uint64_t run, std::optional<unsigned> order,
                      bool has_returned);
    [[gnu::cold]] bool is_sound(CoreCache const& cache, std::uint64_t run, Sums& sums) const;
    [[gnu::cold]] bool is_sound(CoreCache const& cache, Sums const& sums) const;
    [[gnu::cold]] std::optional<std::uint64_t> sound_runs(CoreCache const& cache) const;

    BuddyAllocator& buddies_;
    std::span<CoreCache> caches_;
    kernel::Lock* lock_;
    LentRuns lent_;
    unsigned closed_ = 0;
};

}  // namespace mm
