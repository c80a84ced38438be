// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/mm/frame.hpp"
#include "kernel/mm/run.hpp"

#include <atomic>
#include <cstdint>

namespace mm {

/// Who has borrowed a run, for blocks of which order, and whether it is his current one or he has
/// abandoned it; or nobody has. One byte.
class Borrower {
public:
    static constexpr unsigned kMostCores = 8;

    constexpr Borrower() = default;
    constexpr Borrower(unsigned core, unsigned order)
        : raw_{static_cast<std::uint8_t>(core * kPerCore + order + 1)} {}
    static constexpr Borrower from_raw(std::uint8_t raw) {
        Borrower borrower;
        borrower.raw_ = raw;
        return borrower;
    }
    /// The same, of his current run.
    constexpr Borrower as_current() const {
        return from_raw(static_cast<std::uint8_t>(raw_ | kIsCurrent));
    }

    /// The same, of a run that he has abandoned.
    constexpr Borrower as_abandoned() const {
        return from_raw(static_cast<std::uint8_t>(raw_ | kIsAbandoned));
    }

    constexpr explicit operator bool() const { return raw_ != 0; }
    constexpr std::uint8_t raw() const { return raw_; }
    // What follows is of some borrower. Damaged, it may be of none there is.
    constexpr unsigned core() const { return raw_ % kIsAbandoned / kPerCore; }
    constexpr unsigned order() const { return raw_ % kPerCore - 1; }
    constexpr bool is_current() const { return (raw_ & kIsCurrent) != 0; }
    constexpr bool is_abandoned() const { return (raw_ & kIsAbandoned) != 0; }

    friend constexpr bool operator==(Borrower, Borrower) = default;

private:
    static constexpr unsigned kPerCore = 8;  // Orders count from 1 here.
    static constexpr unsigned kIsAbandoned = 0x40;
    static constexpr unsigned kIsCurrent = 0x80;

    std::uint8_t raw_ = 0;
};

/// What is noted of runs that are lent, each by its number: two words, which are the buddy
/// allocator's while it is not, and a byte. In the words a bit stands for the frame that a block
/// begins with:
///
///     free     blocks that nobody has, unless the run is some core's current one
///     blocks   all but those that other cores have freed
///
/// A core reads and writes `free` of its own runs as it likes, but for those it has abandoned;
/// everything else is written under the lock. Nobody else takes a run away that it has not
/// abandoned: where a core reads, without the lock, that a run is its own, it is.
class LentRuns {
public:
    LentRuns() = default;
    LentRuns(FrameNumber first, std::uint64_t count, std::uint64_t* words, std::uint8_t* borrowers)
        : first_{first.raw()}, count_{count}, words_{words}, borrowers_{borrowers} {}

    std::uint64_t count() const { return count_; }
    /// count() or more if `frame` is in none of them.
    std::uint64_t number_of(std::uint64_t frame) const { return (frame - first_) / kRunFrames; }
    std::uint64_t first_frame(std::uint64_t run) const { return first_ + run * kRunFrames; }

    Borrower borrower(std::uint64_t run) const {
        std::atomic_ref const raw{borrowers_[run]};
        return Borrower::from_raw(raw.load(std::memory_order_relaxed));
    }
    void note_borrower(std::uint64_t run, Borrower borrower) const {
        std::atomic_ref{borrowers_[run]}.store(borrower.raw(), std::memory_order_relaxed);
    }

    std::atomic_ref<std::uint64_t> free(std::uint64_t run) const {
        return std::atomic_ref{words_[2 * run]};
    }
    std::atomic_ref<std::uint64_t> blocks(std::uint64_t run) const {
        return std::atomic_ref{words_[2 * run + 1]};
    }
    std::uint64_t* word_of_blocks(std::uint64_t run) const { return words_ + 2 * run + 1; }

    friend bool operator==(LentRuns, LentRuns) = default;

private:
    std::uint64_t first_{};
    std::uint64_t count_{};
    std::uint64_t* words_ = nullptr;
    std::uint8_t* borrowers_ = nullptr;
};

}  // namespace mm
