// SPDX-License-Identifier: MIT
#include "kernel/mm/cached_buddies.hpp"

#include "kernel/require.hpp"

#include <algorithm>

namespace mm {

using kernel::Error;
using kernel::Result;

namespace {

/// So many runs are given back at a time, or so many are looked at: some 20 us.
constexpr std::uint64_t kRunsAtATime = 64;
constexpr std::uint64_t kLooksAtATime = 2048;
/// With so many blocks at hand a core that takes runs over gives back others.
constexpr std::uint64_t kEnough = 64;

std::uint64_t bit_of(FrameNumber frame) { return std::uint64_t{1} << frame.raw() % kRunFrames; }

}  // namespace

CachedBuddies::CachedBuddies(BuddyAllocator& buddies, std::span<CoreCache> caches,
                             std::span<std::uint64_t> metadata, kernel::Lock* lock)
    : buddies_{buddies}, caches_{caches}, lock_{lock} {
    kernel::require(caches.size() <= Borrower::kMostCores, "a byte says which core it is");
    std::uint64_t const runs = buddies.runs();
    kernel::require(metadata.size() >= metadata_words(buddies.span(), caches.size()),
                    "the metadata has room for all caches");
    std::uint64_t const head = words_of_borrowers(runs);
    std::fill_n(metadata.begin(), head, std::uint64_t{0});
    // Bytes in memory of words: that is always allowed.
    auto* const borrowers = reinterpret_cast<std::uint8_t*>(metadata.data());
    lent_ = LentRuns{buddies.first_of_runs(), runs, buddies.run_words(), borrowers};
    metadata = metadata.subspan(head);
    for (unsigned core = 0; core < caches.size(); ++core) {
        CoreCache& cache = caches[core];
        cache.lent_ = lent_;
        for (unsigned tree = 0; tree < kTreesPerCore; ++tree) {
            if (tree < CoreCache::kOrders) {
                cache.current_.begin(tree, {core, tree});
                forget_current(cache, tree);
            }
            BitTree& its = tree < CoreCache::kOrders ? cache.partial_[tree] : cache.returned_;
            its = BitTree{metadata, runs};
            metadata = metadata.subspan(BitTree::words(runs));
        }
    }
}

/// What is damaged shows wherever somebody looks next.
inline void CachedBuddies::answer_locked(CoreCache& mine) {
    if (mine.is_asked_.load(std::memory_order_relaxed)) {
        drain_some_locked(mine);
    }
}

Result<Block> CachedBuddies::allocate_slowly(CoreCache& mine, Order order) {
    kernel::Locked const locked{lock_};
    answer_locked(mine);
    bool const is_kept = order.value() < CoreCache::kOrders && closed_ == 0;
    return is_kept ? refill(mine, order) : buddies_.allocate(order);
}

/// A block where none is at hand.
inline Result<Block> CachedBuddies::refill(CoreCache& mine, Order order) {
    auto const next = next_run(mine, order);
    if (!next) {
        return next.error();
    }
    if (!next->is_run) {
        return Block{next->first, order};
    }
    become_current(mine, order, next->first);
    return mine.current_.take_first(order, next->free);
}

/// Where that block comes from, and all others in its run:
///
///     the lowest run that has several
///     what other cores have freed in one run (a call looks at one, so that none takes long), but
///         not as long as it is little, and they are about to free more there
///     a run that is borrowed now
///
/// Or the block alone. The run is noted as nothing yet: it has to become the current one.
inline Result<LentRun> CachedBuddies::next_run(CoreCache& mine, Order order) {
    BitTree& partial = mine.partial_[order.value()];
    if (mine.returns_enough() && partial.empty()) {
        std::uint64_t const run = mine.next_returned();
        auto const is_whole = collect(mine, run);
        if (!is_whole) {
            return is_whole.error();
        }
        if (*is_whole) {
            forget_whole(mine, run);  // Not given back, only to be lent again.
            begin(mine, run, order);
            return LentRun{FrameNumber{lent_.first_frame(run)}, unit_set::kAligned[order.value()],
                           true};
        }
        if (std::uint64_t const free = mine.current_.free(order.value()); free != 0) {
            return LentRun{.first = mine.current_.take_first(order, free).first};
        }
    }
    std::uint64_t const lowest = partial.first_or_beyond();
    if (lowest >= partial.bits()) {
        return borrow(mine, order);
    }
    std::uint64_t const free = lent_.free(lowest).load(std::memory_order_relaxed);
    if (free == 0) {
        return Error::Corrupt;
    }
    partial.erase(lowest);
    mine.kept_ -= unit_set::count(free);
    return LentRun{FrameNumber{lent_.first_frame(lowest)}, free, true};
}

inline Result<LentRun> CachedBuddies::borrow(CoreCache& mine, Order order) {
    auto const lent = buddies_.lend(order);
    if (lent && lent->is_run) {
        begin(mine, lent_.number_of(lent->first.raw()), order);
    }
    return lent;
}

/// From now on it is lent to `mine`, for blocks of `order`.
inline void CachedBuddies::begin(CoreCache& mine, std::uint64_t run, Order order) {
    lent_.blocks(run).store(unit_set::kAligned[order.value()], std::memory_order_relaxed);
    ++mine.borrowed_;
}

/// Nothing is free in what was current before; who calls takes a block of the run that begins at
/// `first`, and notes the rest.
inline void CachedBuddies::become_current(CoreCache& mine, Order order, FrameNumber first) {
    std::uint64_t const run = lent_.number_of(first.raw());
    leave_current(mine, order);
    lent_.note_borrower(run, mine.current_.borrower(order.value()).as_current());
    lent_.free(run).store(0, std::memory_order_relaxed);
    mine.current_.become(order.value(), first.raw(), lent_.word_of_blocks(run));
}

/// None is current of `order`.
inline void CachedBuddies::forget_current(CoreCache& mine, unsigned order) {
    mine.current_.become(order, CurrentRuns::kNowhere, &mine.nothing_);
}

/// Nothing is free in the current run, if there is one. Where others have freed nothing either it
/// is abandoned: it belongs to whoever frees a block of it first, which may well be another core.
/// (SLUB leaves its full slabs to them likewise.)
inline void CachedBuddies::leave_current(CoreCache& mine, Order order) {
    std::uint64_t const run = lent_.number_of(mine.current_.first(order.value()));
    if (run >= lent_.count()) {
        return;  // There is none; or where it begins is damaged, which verify() shows.
    }
    Borrower borrower = mine.current_.borrower(order.value());
    if (mine.current_.blocks(order.value()) == unit_set::kAligned[order.value()]) {
        borrower = borrower.as_abandoned();
        ++mine.abandoned_;
    }
    lent_.note_borrower(run, borrower);
}

/// What others have freed in `run` is free. True if nobody has anything of it then, and it is not
/// the current one.
Result<bool> CachedBuddies::collect(CoreCache& mine, std::uint64_t run) {
    Borrower const borrower = run < lent_.count() ? lent_.borrower(run) : Borrower{};
    if (!is_there(borrower) || &caches_[borrower.core()] != &mine) {
        return Error::Corrupt;
    }
    std::uint64_t const all = unit_set::kAligned[borrower.order()];
    std::uint64_t const returned = take_returned(mine, run, all);
    unsigned const order = borrower.order();
    if (borrower.is_current()) {
        mine.current_.note_free(order, mine.current_.free(order) | returned);
        return false;
    }
    std::uint64_t const kept = lent_.free(run).load(std::memory_order_relaxed);
    std::uint64_t const free = kept | returned;
    lent_.free(run).store(free, std::memory_order_relaxed);
    mine.kept_ += unit_set::count(returned & ~kept);  // Two may have freed one at the same moment.
    mine.partial_[order].set(run);
    return free == all;
}

/// Which blocks of `run` wait for `mine`: they do no longer. `all` are its blocks.
std::uint64_t CachedBuddies::take_returned(CoreCache& mine, std::uint64_t run, std::uint64_t all) {
    std::uint64_t const returned = all & ~lent_.blocks(run).load(std::memory_order_relaxed);
    lent_.blocks(run).store(all, std::memory_order_relaxed);
    mine.returned_.erase(run);
    mine.collected_ = run;
    mine.returned_blocks_ -= unit_set::count(returned);
    if (mine.whole_ == run) {
        mine.whole_ = CoreCache::kNoRun;
    }
    return returned;
}

/// Of a run that is all free, and not the current one.
inline void CachedBuddies::forget_whole(CoreCache& mine, std::uint64_t run) {
    unsigned const order = lent_.borrower(run).order();
    mine.partial_[order].erase(run);
    mine.kept_ -= kRunFrames >> order;
    --mine.borrowed_;
}

Result<void> CachedBuddies::free_slowly(CoreCache& mine, FrameNumber first, Order order,
                                        CoreCache::Put put) {
    kernel::Locked const locked{lock_};
    std::uint64_t const run = lent_.number_of(first.raw());
    if (put == CoreCache::Put::KeptWhole) {
        return give_back_whole(mine, run);
    }
    answer_locked(mine);
    if (run < lent_.count()) {
        if (Borrower const borrower = lent_.borrower(run)) {
            return free_in_lent(mine, {run, borrower}, first, order);
        }
    }
    return buddies_.free(first, order);
}

/// Nobody has a block of `run`, which is not the current one. (Others may have freed some.)
inline Result<void> CachedBuddies::give_back_whole(CoreCache& mine, std::uint64_t run) {
    if (mine.returned_.test(run)) {
        std::uint64_t const all = unit_set::kAligned[lent_.borrower(run).order()];
        std::uint64_t const kept = lent_.free(run).load(std::memory_order_relaxed);
        mine.kept_ += unit_set::count(take_returned(mine, run, all) & ~kept);  // As in collect().
    }
    forget_whole(mine, run);
    lent_.note_borrower(run, {});
    return buddies_.take_back(FrameNumber{lent_.first_frame(run)});
}

/// In a run that some core has borrowed: a block of its order waits there for that core, or goes to
/// who takes over what that has abandoned.
inline Result<void> CachedBuddies::free_in_lent(CoreCache& mine, Loan loan, FrameNumber first,
                                                Order order) {
    auto const [run, borrower] = loan;
    if (!is_there(borrower)) {
        return Error::Corrupt;
    }
    std::uint64_t const bit = bit_of(first);
    std::uint64_t const allocated =
        unit_set::kAligned[borrower.order()] & ~free_blocks(run, borrower);
    if ((allocated & bit) == 0 || order.value() != borrower.order()) {
        return why_not_freed(first, borrower.order(), allocated);
    }
    CoreCache& owner = caches_[borrower.core()];
    if (borrower.is_abandoned()) {
        if (allocated != unit_set::kAligned[borrower.order()]) {
            return Error::Corrupt;
        }
        if (closed_ == 0) {
            return take_over(mine, loan, bit);
        }
        --owner.abandoned_;
        // Its owner's again, who was asked to give back all he has. What is noted as `free` stays
        // as he left it: he may use it without the lock now.
        lent_.note_borrower(run, owner.current_.borrower(borrower.order()));
    }
    std::uint64_t const blocks = lent_.blocks(run).load(std::memory_order_relaxed);
    lent_.blocks(run).store(blocks & ~bit, std::memory_order_relaxed);
    ++owner.returned_blocks_;
    owner.returned_.set(run);
    if (allocated == bit) {
        owner.whole_ = run;
    }
    return {};
}

/// A run that its owner has abandoned is lent to `mine` from now on; one of its blocks is free.
inline Result<void> CachedBuddies::take_over(CoreCache& mine, Loan loan, std::uint64_t bit) {
    CoreCache& owner = caches_[loan.borrower.core()];
    unsigned const order = loan.borrower.order();
    if (mine.kept_ >= kEnough && &owner != &mine) {
        if (auto const back = give_back_lowest(mine, order); !back) {
            return back;
        }
    }
    lent_.note_borrower(loan.run, mine.current_.borrower(order));
    lent_.free(loan.run).store(bit, std::memory_order_relaxed);
    mine.partial_[order].set(loan.run);
    ++mine.kept_;
    --owner.abandoned_;
    --owner.borrowed_;
    ++mine.borrowed_;
    return {};
}

/// Who takes runs from others and has enough gives back one for each: else memory would gather
/// where it is freed, and be missing where it is allocated.
Result<void> CachedBuddies::give_back_lowest(CoreCache& mine, unsigned order) {
    BitTree const& partial = mine.partial_[order];
    std::uint64_t const lowest = partial.first_or_beyond();
    if (lowest >= partial.bits()) {
        return {};
    }
    Borrower const borrower = mine.current_.borrower(order);
    return lent_.borrower(lowest) == borrower ? give_back(mine, {lowest, borrower})
                                              : Error::Corrupt;
}

/// Of a frame in a run with blocks of `order`, of which these are allocated.
Error CachedBuddies::why_not_freed(FrameNumber first, unsigned order, std::uint64_t allocated) {
    FrameNumber const start{first.raw() >> order << order};
    if ((allocated & bit_of(start)) == 0) {
        return Error::AlreadyFree;
    }
    return start == first ? Error::WrongOrder : Error::InsideBlock;
}

/// Ends a loan to `mine`.
Result<void> CachedBuddies::give_back(CoreCache& mine, Loan loan) {
    auto const [run, borrower] = loan;
    unsigned const order = borrower.order();
    std::uint64_t const noted = lent_.free(run).load(std::memory_order_relaxed);
    std::uint64_t free = noted;
    if (mine.returned_.test(run)) {
        free |= take_returned(mine, run, unit_set::kAligned[order]);
    }
    if (borrower.is_current()) {
        free |= mine.current_.free(order);
        mine.current_.note_free(order, 0);
        forget_current(mine, order);
    }
    mine.abandoned_ -= std::uint64_t{borrower.is_abandoned()};
    mine.partial_[order].erase(run);
    mine.kept_ -= unit_set::count(noted);
    --mine.borrowed_;
    lent_.note_borrower(run, {});
    return buddies_.take_back(FrameNumber{lent_.first_frame(run)}, Order::of(order), free);
}

bool CachedBuddies::drain_some(CoreCache& mine) {
    kernel::Locked const locked{lock_};
    return drain_some_locked(mine);
}

/// False when nothing is left.
bool CachedBuddies::drain_some_locked(CoreCache& mine, Result<void>* outcome) {
    std::uint64_t given = 0;
    std::uint64_t const end = std::min(lent_.count(), mine.next_ + kLooksAtATime);
    while (mine.borrowed_ != 0 && mine.next_ < end && given != kRunsAtATime) {
        Borrower const borrower = lent_.borrower(mine.next_);
        if (is_there(borrower) && &caches_[borrower.core()] == &mine) {
            ++given;
            auto const back = give_back(mine, {mine.next_, borrower});
            if (outcome != nullptr && !back) {
                *outcome = back;
            }
        }
        ++mine.next_;
    }
    if (mine.borrowed_ != 0 && mine.next_ < lent_.count()) {
        return true;
    }
    mine.next_ = 0;
    mine.is_asked_.store(false, std::memory_order_release);
    return false;
}

Result<void> CachedBuddies::drain(CoreCache& mine) {
    kernel::Locked const locked{lock_};
    Result<void> outcome{};
    mine.next_ = 0;
    while (drain_some_locked(mine, &outcome)) {
    }
    return outcome;
}

void CachedBuddies::close() {
    kernel::Locked const locked{lock_};
    ++closed_;
    for (CoreCache& cache : caches_) {
        if (cache.borrowed_ != 0) {
            cache.next_ = 0;
            cache.is_asked_.store(true, std::memory_order_relaxed);
        }
    }
}

void CachedBuddies::open() {
    kernel::Locked const locked{lock_};
    kernel::require(closed_ != 0, "caches are opened as often as they were closed");
    --closed_;
}

bool CachedBuddies::answer(CoreCache& mine) {
    kernel::Locked const locked{lock_};
    answer_locked(mine);
    return mine.is_asked_.load(std::memory_order_relaxed);
}

}  // namespace mm
