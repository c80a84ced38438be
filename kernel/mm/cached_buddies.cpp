// SPDX-License-Identifier: MIT
#include "kernel/mm/cached_buddies.hpp"

#include "kernel/units.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace mm {

using kernel::Error;
using kernel::Result;

namespace {

/// A run with less than that is not worth the trouble of having it lent.
constexpr unsigned kLeastBlocks = 4;
/// After such a run so many blocks come from the buddy allocator, without a look at the next.
constexpr std::uint64_t kDirect = 15;
/// So many frees in a row in a run that is not at hand make room for it.
constexpr std::uint64_t kMisses = 3;

std::uint64_t run_of(FrameNumber frame) { return kernel::align_down(frame.raw(), kRunFrames); }

std::uint64_t bit_of(FrameNumber frame) { return std::uint64_t{1} << frame.raw() % kRunFrames; }

}  // namespace

Result<Block> CachedBuddies::allocate_slowly(CoreCache& mine, Order order) {
    kernel::Locked const locked{lock_};
    answer_locked(mine);
    bool const is_kept = order.value() < CoreCache::kOrders && closed_ == 0;
    auto const block = is_kept ? refill(mine, order) : buddies_.allocate(order);
    if (block || block.error() != Error::OutOfMemory) {
        return block;
    }
    return allocate_last(mine, order);
}

/// With what `mine` keeps.
Result<Block> CachedBuddies::allocate_last(CoreCache& mine, Order order) {
    auto const drained = give_back_all(mine);
    return drained ? buddies_.allocate(order) : drained.error();
}

/// A block, and if possible more for later.
inline Result<Block> CachedBuddies::refill(CoreCache& mine, Order order) {
    CoreCache::Runs& runs = mine.runs_[order.value()];
    collect(runs.current);
    collect(runs.other);
    if (runs.current.free.get() == 0) {
        if (runs.other.free.get() == 0) {
            return borrow_next(mine, order);
        }
        swap(runs.current, runs.other);
    }
    return take_from(runs.current, order);
}

/// A block, where nothing is at hand: from the next run, or alone if such a run was found to be of
/// little use lately.
inline Result<Block> CachedBuddies::borrow_next(CoreCache& mine, Order order) {
    CoreCache::Habit& habit = mine.habits_[order.value()];
    if (habit.direct != 0) {
        --habit.direct;
        return buddies_.allocate(order);
    }
    auto const lent = buddies_.lend(order, kLeastBlocks);
    if (!lent) {
        return lent.error();
    }
    if (lent->blocks == 0) {
        habit.direct = kDirect;
        return Block{lent->first + static_cast<unsigned>(std::countr_zero(lent->taken)), order};
    }
    CoreCache::Runs& runs = mine.runs_[order.value()];
    auto const given =
        runs.other.is_none() ? Result<void>{} : buddies_.take_back(FrameNumber{runs.other.first});
    move(runs.current, runs.other);
    borrow(runs.current, *lent);
    habit.missed = Run::kNone;  // What is the other run now need not take the place.
    return given ? Result{take_from(runs.current, order)} : given.error();
}

inline Block CachedBuddies::take_from(Run& run, Order order) {
    std::uint64_t const free = run.free.get();
    run.free.put(free & (free - 1));
    return {FrameNumber{run.first + static_cast<unsigned>(std::countr_zero(free))}, order};
}

/// Where one core frees a run's blocks one after the other, the run is worth being borrowed. A call
/// does one thing beside its own, so that none takes long:
///
///     the second, if there is room   borrows the run, as the other one if there is a current one
///     the third and later ones else  give back the other one
///     the next in the other one      gives back the current one, and takes its place
Result<void> CachedBuddies::free_slowly(CoreCache& mine, FrameNumber first, Order order) {
    bool const is_kept = order.value() < CoreCache::kOrders;
    if (is_kept && mine.runs_[order.value()].other.take_home(first)) {
        bool const is_next = mine.habits_[order.value()].missed == run_of(first);
        return is_next ? turn_to_other(mine, order) : Result<void>{};
    }
    kernel::Locked const locked{lock_};
    answer_locked(mine);
    if (buddies_.span().contains(first) && buddies_.is_lent(first)) {
        return free_in_lent(first, order);
    }
    bool const may_borrow = is_kept && closed_ == 0;
    if (may_borrow && has_missed_before(mine.habits_[order.value()], first) &&
        borrow_for(mine.runs_[order.value()], first, order)) {
        return {};
    }
    auto const freed = buddies_.free(first, order);
    bool const makes_room = may_borrow && mine.habits_[order.value()].misses >= kMisses;
    return makes_room && freed ? give_back(mine.runs_[order.value()].other, order) : freed;
}

/// True if the last free went past the cache to the same run. Counts this one.
inline bool CachedBuddies::has_missed_before(CoreCache::Habit& habit, FrameNumber first) {
    if (habit.missed != run_of(first)) {
        habit.missed = run_of(first);
        habit.misses = 1;
        return false;
    }
    ++habit.misses;
    return true;
}

/// The other run, to which blocks come home one after the other, becomes the current one.
Result<void> CachedBuddies::turn_to_other(CoreCache& mine, Order order) {
    kernel::Locked const locked{lock_};
    answer_locked(mine);
    CoreCache::Runs& runs = mine.runs_[order.value()];
    auto const given = runs.current.is_none() ? Result<void>{} : take_back(runs.current, order);
    collect(runs.other);
    move(runs.other, runs.current);
    runs.current.free.put(runs.other.free.get());
    forget(runs.other);
    return given;
}

/// False if there is no room, the run of `first` cannot be borrowed, or no block of `order` begins
/// there: nothing has changed then.
inline bool CachedBuddies::borrow_for(CoreCache::Runs& runs, FrameNumber first, Order order) {
    Run& run = runs.current.is_none() ? runs.current : runs.other;
    if (!run.is_none()) {
        return false;
    }
    auto const lent = buddies_.lend(first, order);
    if (!lent) {
        return false;
    }
    if ((lent->blocks & ~lent->taken & bit_of(first)) == 0) {
        static_cast<void>(buddies_.take_back(lent->first, order, lent->taken));
        return false;
    }
    borrow(run, *lent);
    return run.take_home(first);
}

/// In a run that some core has borrowed: a block of its order waits there for that core.
Result<void> CachedBuddies::free_in_lent(FrameNumber first, Order order) {
    Run* const run = borrower(first, order);
    if (run != nullptr && (run->blocks.get() & ~run->free.get() & bit_of(first)) != 0) {
        run->blocks.put(run->blocks.get() & ~bit_of(first));
        run->returned |= bit_of(first);
        return {};
    }
    if (keeper(first)) {
        return Error::AlreadyFree;
    }
    return buddies_.free(first, order);
}

Result<void> CachedBuddies::drain(CoreCache& mine) {
    kernel::Locked const locked{lock_};
    return give_back_all(mine);
}

void CachedBuddies::close() {
    kernel::Locked const locked{lock_};
    ++closed_;
    for (CoreCache& cache : caches_) {
        bool const is_empty = each_run(cache, [](Run const& run, Order) { return run.is_none(); });
        if (!is_empty) {
            cache.is_asked_.store(true, std::memory_order_relaxed);
        }
    }
}

void CachedBuddies::open() {
    kernel::Locked const locked{lock_};
    kernel::require(closed_ != 0, "caches are opened as often as they were closed");
    --closed_;
}

void CachedBuddies::answer(CoreCache& mine) {
    kernel::Locked const locked{lock_};
    answer_locked(mine);
}

void CachedBuddies::answer_locked(CoreCache& mine) {
    if (mine.is_asked_.load(std::memory_order_relaxed)) {
        // Damage shows wherever somebody looks next.
        static_cast<void>(give_back_all(mine));
        mine.is_asked_.store(false, std::memory_order_release);
    }
}

Result<void> CachedBuddies::give_back_all(CoreCache& mine) {
    Result<void> outcome{};
    for (unsigned order = 0; order < CoreCache::kOrders; ++order) {
        CoreCache::Runs& runs = mine.runs_[order];
        for (Run* const run : {&runs.current, &runs.other}) {
            auto const given = give_back(*run, Order::of(order));
            outcome = given ? outcome : given;
        }
    }
    return outcome;
}

Result<void> CachedBuddies::give_back(Run& run, Order order) {
    if (run.is_none()) {
        return {};
    }
    auto const taken = take_back(run, order);
    forget(run);
    return taken;
}

/// Ends the loan of `run`, which says so still.
inline Result<void> CachedBuddies::take_back(Run& run, Order order) {
    collect(run);
    return buddies_.take_back(FrameNumber{run.first}, order, run.free.get());
}

void CachedBuddies::forget(Run& run) {
    run.first = Run::kNone;
    run.free.put(0);
    run.blocks.put(0);
}

/// What others have freed is its core's again.
inline void CachedBuddies::collect(Run& run) {
    if (run.returned != 0) {
        run.free.put(run.free.get() | run.returned);
        run.blocks.put(run.blocks.get() | run.returned);
        run.returned = 0;
    }
}

/// What `run` was so far is given back, or another's.
void CachedBuddies::borrow(Run& run, LentRun const& lent) {
    run.free.put(lent.taken);
    run.first = lent.first.raw();
    run.blocks.put(lent.blocks);
}

/// Nothing is returned to either, and no block of `from` is free.
void CachedBuddies::move(Run const& from, Run& to) {
    to.blocks.put(from.blocks.get());
    to.first = from.first;
}

/// Of runs to which nothing is returned, as after collect().
void CachedBuddies::swap(Run& one, Run& another) {
    std::uint64_t const free = one.free.get();
    one.free.put(another.free.get());
    another.free.put(free);
    std::uint64_t const blocks = one.blocks.get();
    one.blocks.put(another.blocks.get());
    another.blocks.put(blocks);
    std::swap(one.first, another.first);
}

/// The run of `frame`, where some core has borrowed it for blocks of `order`.
CoreCache::Run* CachedBuddies::borrower(FrameNumber frame, Order order) const {
    if (order.value() >= CoreCache::kOrders) {
        return nullptr;
    }
    for (CoreCache& cache : caches_) {
        CoreCache::Runs& runs = cache.runs_[order.value()];
        for (Run* const run : {&runs.current, &runs.other}) {
            if (run->first == run_of(frame)) {
                return run;
            }
        }
    }
    return nullptr;
}

/// True if `visit` says so of each run of `cache`.
template <typename Visit>
bool CachedBuddies::each_run(CoreCache const& cache, Visit visit) {
    for (unsigned order = 0; order < CoreCache::kOrders; ++order) {
        CoreCache::Runs const& runs = cache.runs_[order];
        if (!visit(runs.current, Order::of(order)) || !visit(runs.other, Order::of(order))) {
            return false;
        }
    }
    return true;
}

/// The same of all caches.
template <typename Visit>
bool CachedBuddies::each_run(Visit visit) const {
    return std::all_of(caches_.begin(), caches_.end(),
                       [&](CoreCache const& cache) { return each_run(cache, visit); });
}

std::uint64_t CachedBuddies::frames_in(CoreCache const& cache) {
    std::uint64_t frames = 0;
    each_run(cache, [&frames](Run const& run, Order order) {
        frames += unit_set::count(run.free.get() | run.returned) * order.frame_count();
        return true;
    });
    return frames;
}

std::uint64_t CachedBuddies::cached_frames() const {
    std::uint64_t frames = 0;
    for (CoreCache const& cache : caches_) {
        frames += frames_in(cache);
    }
    return frames;
}

std::optional<unsigned> CachedBuddies::keeper(FrameNumber frame) const {
    for (CoreCache const& cache : caches_) {
        bool const is_elsewhere = each_run(cache, [frame](Run const& run, Order order) {
            FrameNumber const first{kernel::align_down(frame.raw(), order.frame_count())};
            return run.first != run_of(frame) ||
                   ((run.free.get() | run.returned) & bit_of(first)) == 0;
        });
        if (!is_elsewhere) {
            return static_cast<unsigned>(&cache - caches_.data());
        }
    }
    return std::nullopt;
}

bool CachedBuddies::has_lent(FrameRange range) const {
    return !each_run([range](Run const& run, Order) {
        FrameNumber const first{run.first};
        return run.is_none() || !range.overlaps({first, first + kRunFrames});
    });
}

Result<VerifyReport> CachedBuddies::verify() const {
    std::uint64_t borrowed = 0;
    bool const are_sound = each_run([&](Run const& run, Order order) {
        borrowed += run.is_none() ? 0U : 1U;
        return is_sound(run, order);
    });
    if (!are_sound || borrowed != buddies_.lent_runs()) {
        return Error::Corrupt;
    }
    return buddies_.verify();
}

bool CachedBuddies::is_sound(Run const& run, Order order) const {
    std::uint64_t const blocks = run.blocks.get();
    if (run.is_none()) {
        return (run.free.get() | blocks | run.returned) == 0;
    }
    bool const is_only_here = each_run(
        [&run](Run const& each, Order) { return each.first != run.first || &each == &run; });
    auto const expected = buddies_.lent_blocks(FrameNumber{run.first}, order);
    return is_only_here && expected && (blocks | run.returned) == *expected &&
           (blocks & run.returned) == 0 && (run.free.get() & ~blocks) == 0;
}

}  // namespace mm
