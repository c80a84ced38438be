// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/mm/order.hpp"
#include "kernel/mm/run.hpp"
#include "kernel/units.hpp"

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

    constexpr Run get(std::uint64_t run) const {
        return {words_[kWordsPerRun * run], words_[kWordsPerRun * run + 1]};
    }

    constexpr void put(std::uint64_t run, Run state) {
        words_[kWordsPerRun * run] = state.free;
        words_[kWordsPerRun * run + 1] = state.start;
    }

    constexpr void fill(std::uint64_t first, std::uint64_t count, Run state) {
        for (std::uint64_t run = first; run < first + count; ++run) {
            put(run, state);
        }
    }

    /// True if all frames of those runs are free.
    constexpr bool all_free(std::uint64_t first, std::uint64_t count) const {
        std::uint64_t free = frame_set::kAll;
        std::uint64_t start = 0;
        for (std::uint64_t run = first; run < first + count; ++run) {
            free &= get(run).free;
            start |= get(run).start;
        }
        return free == frame_set::kAll && start == 0;
    }

    /// Order of the allocated block that starts at `place`; none if what lies there is damaged.
    constexpr std::optional<Order> block_order(std::uint64_t place) const {
        unsigned const bit = place % kRunFrames;
        std::uint64_t const marked_after = get(place / kRunFrames).marked() >> bit >> 1;
        std::uint64_t frames = 0;
        if (marked_after != 0) {
            frames = static_cast<unsigned>(std::countr_zero(marked_after)) + 1;
        } else if (bit != 0) {
            frames = kRunFrames - bit;  // A block that starts within a run ends with it.
        } else {
            frames = kRunFrames * whole_runs_from(place / kRunFrames);
        }
        if (!kernel::is_power_of_two(frames) || place % frames != 0) {
            return std::nullopt;
        }
        return Order::from(static_cast<unsigned>(std::countr_zero(frames)));
    }

    /// Where the allocated block starts that holds `place`, which is inside it; none if damaged.
    constexpr std::optional<std::uint64_t> block_start(std::uint64_t place) const {
        std::uint64_t run = place / kRunFrames;
        std::uint64_t marked = get(run).marked() & frame_set::between(0, place % kRunFrames + 1);
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
    /// Runs of the block that starts at the first frame of `run` and fills that run at least.
    constexpr std::uint64_t whole_runs_from(std::uint64_t run) const {
        std::uint64_t count = 1;
        while ((run + count) % kRunsPerLargestBlock != 0 && get(run + count).marked() == 0) {
            ++count;
        }
        return count;
    }

    std::uint64_t* words_ = nullptr;
    std::uint64_t runs_ = 0;
};

}  // namespace mm
