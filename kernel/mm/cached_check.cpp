// SPDX-License-Identifier: MIT
//
// CachedBuddies, what it answers about itself.

#include "kernel/mm/cached_buddies.hpp"
#include "kernel/units.hpp"

#include <algorithm>
#include <optional>

namespace mm {

using kernel::Error;
using kernel::Result;

std::uint64_t CachedBuddies::frames_in(CoreCache const& cache) const {
    std::uint64_t frames = 0;
    for (std::uint64_t run = 0; run < lent_.count(); ++run) {
        Borrower const borrower = lent_.borrower(run);
        if (is_there(borrower) && &caches_[borrower.core()] == &cache) {
            std::uint64_t const blocks = unit_set::count(free_blocks(run, borrower));
            frames += blocks << borrower.order();
        }
    }
    return frames;
}

std::uint64_t CachedBuddies::cached_frames() const {
    std::uint64_t frames = 0;
    for (CoreCache const& cache : caches_) {
        frames += frames_in(cache);
    }
    return frames;
}

/// Of the run of `frame`; nobody's if that is not lent.
CachedBuddies::Loan CachedBuddies::loan_of(FrameNumber frame) const {
    std::uint64_t const run = lent_.number_of(frame.raw());
    Borrower const borrower = run < lent_.count() ? lent_.borrower(run) : Borrower{};
    return {run, is_there(borrower) ? borrower : Borrower{}};
}

FrameState CachedBuddies::inspect(FrameNumber frame) const {
    auto const [run, borrower] = loan_of(frame);
    if (!borrower) {
        return buddies_.inspect(frame);
    }
    Order const order = Order::of(borrower.order());
    FrameNumber const first{kernel::align_down(frame.raw(), order.frame_count())};
    bool const is_free = (free_blocks(run, borrower) >> first.raw() % kRunFrames & 1) != 0;
    return {
        is_free ? FrameKind::Free : FrameKind::Allocated, {first, order}
    };
}

std::optional<unsigned> CachedBuddies::keeper(FrameNumber frame) const {
    Borrower const borrower = loan_of(frame).borrower;
    bool const is_kept = borrower && inspect(frame).kind == FrameKind::Free;
    return is_kept ? std::optional{borrower.core()} : std::nullopt;
}

bool CachedBuddies::has_lent(FrameRange range) const {
    if (buddies_.lent_runs() == 0) {
        return false;
    }
    std::uint64_t const begin = std::max(range.first, buddies_.span().first).raw();
    std::uint64_t const end = std::min(range.end, buddies_.span().end).raw();
    for (std::uint64_t frame = begin; frame < end;
         frame = kernel::align_down(frame, kRunFrames) + kRunFrames) {
        if (lent_.borrower(lent_.number_of(frame))) {
            return true;
        }
    }
    return false;
}

/// What the runs of one core add up to.
struct CachedBuddies::Sums {
    std::uint64_t runs = 0;
    std::uint64_t kept = 0;
    std::uint64_t returned = 0;
    std::uint64_t abandoned = 0;
};

/// True if the trees of `cache` say of `run` what is so: its free blocks, but for a current one,
/// are of `order`, and others have freed some in it.
bool CachedBuddies::lists(CoreCache const& cache, std::uint64_t run, std::optional<unsigned> order,
                          bool has_returned) {
    for (unsigned each = 0; each < CoreCache::kOrders; ++each) {
        if (cache.partial_[each].test(run) != (each == order)) {
            return false;
        }
    }
    return cache.returned_.test(run) == has_returned;
}

/// True if all that is noted of `run` agrees, which `cache` has borrowed. Counts what is in it.
bool CachedBuddies::is_sound(CoreCache const& cache, std::uint64_t run, Sums& sums) const {
    Borrower const borrower = lent_.borrower(run);
    unsigned const order = borrower.order();
    std::uint64_t const all = unit_set::kAligned[order];
    std::uint64_t const free = lent_.free(run).load(std::memory_order_relaxed);
    std::uint64_t const blocks = lent_.blocks(run).load(std::memory_order_relaxed);
    bool const is_current = cache.current_.first(order) == lent_.first_frame(run);
    std::uint64_t const at_hand = is_current ? cache.current_.free(order) : 0;
    ++sums.runs;
    sums.kept += unit_set::count(free);
    sums.returned += unit_set::count(all & ~blocks);
    sums.abandoned += std::uint64_t{borrower.is_abandoned()};
    bool const is_full = free == 0 && blocks == all && !is_current;
    return (blocks & ~all) == 0 && ((free | at_hand) & ~blocks) == 0 &&
           (!is_current || free == 0) && (is_full || !borrower.is_abandoned()) &&
           borrower.is_current() == is_current &&
           lists(cache, run, free != 0 ? std::optional{order} : std::nullopt, blocks != all);
}

bool CachedBuddies::is_sound(CoreCache const& cache, Sums const& sums) const {
    auto const core = static_cast<unsigned>(&cache - caches_.data());
    for (unsigned order = 0; order < CoreCache::kOrders; ++order) {
        CurrentRuns const& current = cache.current_;
        Borrower const borrower{core, order};
        std::uint64_t const number = lent_.number_of(current.first(order));
        std::uint64_t const* const blocks = current.word_of_blocks(order);
        bool const is_its = number < lent_.count() &&
                            lent_.borrower(number) == borrower.as_current() &&
                            blocks == lent_.word_of_blocks(number);
        bool const is_none = current.first(order) == CurrentRuns::kNowhere &&
                             current.free(order) == 0 && blocks == &cache.nothing_;
        if (!current.is_borrower(order, borrower) || !cache.partial_[order].is_consistent() ||
            !current.is_proven(order) || (!is_its && !is_none)) {
            return false;
        }
    }
    bool const waits = cache.whole_ == CoreCache::kNoRun ||
                       (cache.whole_ < lent_.count() && cache.returned_.test(cache.whole_));
    return waits && cache.returned_.is_consistent() && sums.runs == cache.borrowed_ &&
           sums.kept == cache.kept_ && sums.returned == cache.returned_blocks_ &&
           sums.abandoned == cache.abandoned_ && cache.nothing_ == 0 && cache.lent_ == lent_;
}

/// How many runs `cache` has borrowed; none if what is noted of them does not agree.
std::optional<std::uint64_t> CachedBuddies::sound_runs(CoreCache const& cache) const {
    Sums sums;
    for (std::uint64_t run = 0; run < lent_.count(); ++run) {
        Borrower const borrower = lent_.borrower(run);
        bool const is_its = is_there(borrower) && &caches_[borrower.core()] == &cache;
        bool const is_right =
            is_its ? is_sound(cache, run, sums) : lists(cache, run, std::nullopt, false);
        if (!is_right) {
            return std::nullopt;
        }
    }
    return is_sound(cache, sums) ? std::optional{sums.runs} : std::nullopt;
}

Result<VerifyReport> CachedBuddies::verify() const {
    std::uint64_t borrowed = 0;
    for (CoreCache const& cache : caches_) {
        auto const runs = sound_runs(cache);
        if (!runs) {
            return Error::Corrupt;
        }
        borrowed += *runs;
    }
    for (std::uint64_t run = 0; run < lent_.count(); ++run) {
        bool const is_lent = buddies_.is_lent(FrameNumber{lent_.first_frame(run)});
        if (static_cast<bool>(lent_.borrower(run)) != is_lent) {
            return Error::Corrupt;
        }
    }
    return borrowed == buddies_.lent_runs() ? buddies_.verify() : Error::Corrupt;
}

}  // namespace mm
