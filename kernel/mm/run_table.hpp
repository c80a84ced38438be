// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/mm/order.hpp"
#include "kernel/mm/run.hpp"
#include "kernel/units.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <optional>
#include <span>

namespace mm {

/// The states of all frames of a span, two words for each run of 64. Places in it are counted in
/// frames from its beginning, which is aligned to the largest block, as is its end: so a block's
/// place and its frame number have the same alignment, and every buddy is in the table.
class RunTable {
public:
    static constexpr std::uint64_t kWordsPerRun = 2;
    static constexpr std::uint64_t kRunsPerLargestBlock = std::uint64_t{1}
                                                          << (Order::kMax - kRunOrder);

    constexpr RunTable() = default;

    /// Every frame reserved. `words` has kWordsPerRun words for each of `runs` runs.
    constexpr RunTable(std::span<std::uint64_t> words, std::uint64_t runs)
        : words_{words.data()}, runs_{runs} {
        fill(0, runs, Run::all_reserved());
    }

    constexpr std::uint64_t runs() const { return runs_; }

    // Whole zones pass here at boot, in code that is compiled to be small.
    [[gnu::always_inline]] constexpr Run get(std::uint64_t run) const {
        return {words_[kWordsPerRun * run], words_[kWordsPerRun * run + 1]};
    }

    [[gnu::always_inline]] constexpr void put(std::uint64_t run, Run state) {
        words_[kWordsPerRun * run] = state.free;
        words_[kWordsPerRun * run + 1] = state.start;
    }

    /// Puts `count` runs from `first` on into `state`.
    constexpr void fill(std::uint64_t first, std::uint64_t count, Run state) {
        std::uint64_t const end = first + count;
        std::uint64_t run = first;
        for (; end - run >= 4; run += 4) {  // Four at a time: whole zones pass here at boot.
            put(run, state);
            put(run + 1, state);
            put(run + 2, state);
            put(run + 3, state);
        }
        for (; run < end; ++run) {
            put(run, state);
        }
    }

    /// True if `count` runs from `first` on are all in `state`.
    constexpr bool all_are(std::uint64_t first, std::uint64_t count, Run state) const {
        std::uint64_t const end = first + count;
        std::uint64_t run = first;
        std::uint64_t difference = 0;
        for (; end - run >= 4; run += 4) {
            difference |= difference_of(run, state) | difference_of(run + 1, state) |
                          difference_of(run + 2, state) | difference_of(run + 3, state);
        }
        for (; run < end; ++run) {
            difference |= difference_of(run, state);
        }
        return difference == 0;
    }

    /// The first place in [begin, end) whose frame is not in `state`, which is the state of a run
    /// all of whose frames are in the same; none if all are.
    constexpr std::optional<std::uint64_t> first_not_in(std::uint64_t begin, std::uint64_t end,
                                                        Run state) const {
        std::uint64_t place = begin;
        while (place < end) {
            std::uint64_t const run = place / kRunFrames;
            std::uint64_t const whole_runs = std::min((end - place) / kRunFrames, kStride);
            if (place % kRunFrames == 0 && whole_runs != 0 && all_are(run, whole_runs, state)) {
                place += whole_runs * kRunFrames;
                continue;
            }
            std::uint64_t const stop = std::min(end, (run + 1) * kRunFrames);
            std::uint64_t const found =
                difference_of(run, state) & frame_set::row(place % kRunFrames, stop - place);
            if (found != 0) {
                return run * kRunFrames + static_cast<unsigned>(std::countr_zero(found));
            }
            place = stop;
        }
        return std::nullopt;
    }

    /// True if the allocated block that starts at `place` has that order, and is not damaged.
    constexpr bool is_block(std::uint64_t place, Order order) const {
        std::uint64_t const run = place / kRunFrames;
        std::uint64_t const frames = order.frame_count();
        if ((place & (frames - 1)) != 0) {
            return false;
        }
        if (order.value() < kRunOrder) {
            return frames_to_mark(place) == frames;
        }
        std::uint64_t const end = run + frames / kRunFrames;
        return get(run).marked() == 1 && is_boundary(end) &&
               all_are(run + 1, frames / kRunFrames - 1, Run::inside_block());
    }

    /// Order of the allocated block that starts at `place`; none if what lies there is damaged.
    constexpr std::optional<Order> block_order(std::uint64_t place) const {
        std::uint64_t frames = frames_to_mark(place);
        if (frames == kRunFrames) {
            std::uint64_t const run = place / kRunFrames;
            std::uint64_t runs = 1;
            while ((run + runs) % kRunsPerLargestBlock != 0 && get(run + runs).marked() == 0) {
                ++runs;
            }
            frames = is_boundary(run + runs) ? runs * kRunFrames : 0;
        }
        if (frames == 0 || ((place | frames) & (frames - 1)) != 0) {
            return std::nullopt;  // Not a power of two, or not aligned to it.
        }
        return Order::of(static_cast<unsigned>(std::countr_zero(frames)));
    }

    /// Where the allocated block starts that holds `place`, which is inside it; none if damaged.
    constexpr std::optional<std::uint64_t> block_start(std::uint64_t place) const {
        std::uint64_t run = place / kRunFrames;
        std::uint64_t marked = get(run).marked() & frame_set::row(0, place % kRunFrames + 1);
        while (marked == 0 && run % kRunsPerLargestBlock != 0) {
            marked = get(--run).marked();
        }
        if (marked == 0) {
            return std::nullopt;
        }
        unsigned const bit = 63U - static_cast<unsigned>(std::countl_zero(marked));
        if ((get(run).allocated_starts() >> bit & 1) == 0) {
            return std::nullopt;
        }
        return run * kRunFrames + bit;
    }

private:
    static constexpr std::uint64_t kStride = 64;  ///< Runs looked at together.

    [[gnu::always_inline]] constexpr std::uint64_t difference_of(std::uint64_t run,
                                                                 Run state) const {
        return (get(run).free ^ state.free) | (get(run).start ^ state.start);
    }

    /// Frames from `place` to the next marked one in its run, or to the end of the run.
    constexpr unsigned frames_to_mark(std::uint64_t place) const {
        unsigned const bit = place % kRunFrames;
        std::uint64_t const end = std::uint64_t{1} << (kRunFrames - 1 - bit);
        std::uint64_t const marked = get(place / kRunFrames).marked() >> bit >> 1;
        return static_cast<unsigned>(std::countr_zero(marked | end)) + 1;
    }

    /// True if a block can end before `run`.
    constexpr bool is_boundary(std::uint64_t run) const {
        return run == runs_ || (get(run).marked() & 1) != 0;
    }

    std::uint64_t* words_ = nullptr;
    std::uint64_t runs_ = 0;
};

}  // namespace mm
