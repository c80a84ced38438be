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

/// A buddy allocator for several cores, each of which keeps small blocks for itself.
///
/// A core borrows a whole run of 64 frames, so that a set of its blocks is one word. Allocating
/// takes a bit out of that word, freeing puts it back: no lock, no atomic read-modify-write. A
/// block goes home to the run it is part of, wherever it is freed, and a run goes home to the buddy
/// allocator as a whole: caches do not tear free memory apart.
///
/// Whoever calls says which core's cache is `mine`, and masks that core's interrupts: then handlers
/// may call, too. The lock must be one that a handler may take.
///
/// Every free is checked completely, with one gap: a block that two cores free at the same moment
/// may be taken back twice. No check without a fence could tell (Attiya et al., "Laws of order",
/// POPL 2011).
class CachedBuddies {
public:
    /// All outlive this. `caches` are empty. While it lives nobody else has runs of `buddies` lent
    /// to it; and who calls `buddies` itself to take or to free certain frames has `lock`, and
    /// made sure that none of their runs is lent.
    CachedBuddies(BuddyAllocator& buddies, std::span<CoreCache> caches, kernel::Lock* lock)
        : buddies_{buddies}, caches_{caches}, lock_{lock} {}

    /// As BuddyAllocator::allocate. Before it refuses, it drains `mine`; those of others may still
    /// hold what is missing.
    [[gnu::always_inline]] kernel::Result<Block> allocate(CoreCache& mine, Order order) {
        auto const block = mine.take(order);
        return block ? kernel::Result{*block} : allocate_slowly(mine, order);
    }

    /// As BuddyAllocator::free, by whichever core.
    [[gnu::always_inline]] kernel::Result<void> free(CoreCache& mine, FrameNumber first,
                                                     Order order) {
        return mine.put(first, order) ? kernel::Result<void>{} : free_slowly(mine, first, order);
    }

    /// The same where CoreCache::take() or put() has been tried. (Apart, so that who asks the cache
    /// first saves no registers for this.)
    kernel::Result<Block> allocate_slowly(CoreCache& mine, Order order);
    kernel::Result<void> free_slowly(CoreCache& mine, FrameNumber first, Order order);

    /// Gives back all that `mine` keeps.
    ///
    /// Errors: Corrupt; the run in question stays lent for ever.
    kernel::Result<void> drain(CoreCache& mine);

    /// From now on until as many calls of open() no cache is filled, and each core that keeps
    /// anything is asked to drain its own: it does so when it next takes the lock, or calls
    /// answer().
    void close();
    void open();
    /// True from then on, until it has. What it gave back can be had then.
    bool is_asked(unsigned number) const {
        return caches_[number].is_asked_.load(std::memory_order_acquire);
    }
    /// Drains `mine` if somebody has asked for it.
    void answer(CoreCache& mine);

    std::span<CoreCache> caches() const { return caches_; }

    // What follows is exact while no core allocates or frees. It is for people: small, not fast.

    /// Free frames that `cache` keeps.
    [[gnu::cold]] static std::uint64_t frames_in(CoreCache const& cache);
    /// Those of all cores.
    [[gnu::cold]] std::uint64_t cached_frames() const;
    /// The core that keeps `frame`, if any. It is free then; the buddy allocator takes it for
    /// allocated.
    [[gnu::cold]] std::optional<unsigned> keeper(FrameNumber frame) const;
    /// True if a run with frames of `range` is lent.
    [[gnu::cold]] bool has_lent(FrameRange range) const;

    /// BuddyAllocator::verify, and that caches and table agree about each run that is lent. A bit
    /// flipped in a word of a cache is found, but for those that say which of its blocks are free:
    /// of these nobody else knows.
    [[gnu::cold]] kernel::Result<VerifyReport> verify() const;

private:
    using Run = CoreCache::Run;

    kernel::Result<void> turn_to_other(CoreCache& mine, Order order);

    // Under the lock.
    kernel::Result<Block> allocate_last(CoreCache& mine, Order order);
    [[gnu::always_inline]] kernel::Result<Block> refill(CoreCache& mine, Order order);
    [[gnu::always_inline]] kernel::Result<Block> borrow_next(CoreCache& mine, Order order);
    [[gnu::always_inline]] static Block take_from(Run& run, Order order);
    [[gnu::always_inline]] static bool has_missed_before(CoreCache::Habit& habit,
                                                         FrameNumber first);
    [[gnu::always_inline]] bool borrow_for(CoreCache::Runs& runs, FrameNumber first, Order order);
    kernel::Result<void> free_in_lent(FrameNumber first, Order order);
    [[gnu::always_inline]] kernel::Result<void> take_back(Run& run, Order order);
    kernel::Result<void> give_back(Run& run, Order order);
    kernel::Result<void> give_back_all(CoreCache& mine);
    void answer_locked(CoreCache& mine);
    Run* borrower(FrameNumber frame, Order order) const;

    static void forget(Run& run);
    static void swap(Run& one, Run& another);
    static void move(Run const& from, Run& to);
    static void borrow(Run& run, LentRun const& lent);
    [[gnu::always_inline]] static void collect(Run& run);

    template <typename Visit>
    static bool each_run(CoreCache const& cache, Visit visit);
    template <typename Visit>
    bool each_run(Visit visit) const;
    [[gnu::cold]] bool is_sound(Run const& run, Order order) const;

    BuddyAllocator& buddies_;
    std::span<CoreCache> caches_;
    kernel::Lock* lock_;
    unsigned closed_ = 0;
};

}  // namespace mm
