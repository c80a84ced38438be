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

/// log2 of the runs in the largest block.
inline constexpr unsigned kTopOfGroup = Order::kMax - kRunOrder;

/// The states of all frames of a span, in two levels.
///
///     groups   64 runs each: a run is free, in an allocated block of whole runs, or split
///     runs     64 frames each, for a run that is split; else zero
///
/// So a block of many frames is a few bits of one group, and a span that is all free or in large
/// blocks is told by its groups alone. Places are counted in frames from the table's beginning,
/// which is aligned to the largest block, as is its end: so a block's place and its frame number
/// have the same alignment, and every buddy is in the table.
///
/// A run that is lent is split, too, but its two words are its borrower's. Here its frames are
/// inside a block that begins nowhere.
class RunTable {
    // First, because clang evaluates a template at compile time only where it has seen its body.

    /// The frames of a run that are as they should be, and for how many runs that holds.
    struct Look {
        std::uint64_t frames;
        std::uint64_t runs;
    };

    template <typename LookAt>
    static constexpr std::optional<std::uint64_t> first_without(std::uint64_t begin,
                                                                std::uint64_t end, LookAt look_at) {
        std::uint64_t place = begin;
        while (place < end) {
            std::uint64_t const run = place / kRunFrames;
            Look const look = look_at(run);
            std::uint64_t const wrong = ~look.frames >> place % kRunFrames;
            if (wrong != 0) {
                std::uint64_t const found = place + static_cast<unsigned>(std::countr_zero(wrong));
                return found < end ? std::optional{found} : std::nullopt;
            }
            place = (run + look.runs) * kRunFrames;
        }
        return std::nullopt;
    }

public:
    static constexpr std::uint64_t kGroupRuns = 64;

    static constexpr std::uint64_t groups_over(std::uint64_t runs) {
        return (runs + kGroupRuns - 1) / kGroupRuns;
    }
    static constexpr std::uint64_t words(std::uint64_t runs) {
        return 2 * runs + 3 * groups_over(runs);
    }

    constexpr RunTable() = default;

    /// Every frame is reserved: all runs are split. Writes the first words(runs) of `storage`.
    constexpr RunTable(std::span<std::uint64_t> storage, std::uint64_t runs)
        : frames_{storage.data()},
          groups_{frames_ + 2 * runs},
          lent_{groups_ + 2 * groups_over(runs)},
          runs_{runs} {
        for (std::uint64_t run = 0; run < runs; ++run) {
            note_frames(run, States{});
        }
        std::fill_n(groups_, words(runs) - 2 * runs, std::uint64_t{0});
    }

    constexpr std::uint64_t runs() const { return runs_; }
    constexpr std::uint64_t groups() const { return groups_over(runs_); }

    // Inlined: whole zones pass here at boot, in code that is compiled to be small.

    /// What is noted of the frames of `run`: their states if it is split, else all closed.
    [[gnu::always_inline]] constexpr States noted_frames(std::uint64_t run) const {
        std::uint64_t const* const words = frames_ + 2 * run;
        return {words[0], words[1]};
    }
    [[gnu::always_inline]] constexpr void note_frames(std::uint64_t run, States frames) {
        std::uint64_t* const words = frames_ + 2 * run;
        words[0] = frames.free_or_inside;
        words[1] = frames.free_or_first;
    }

    /// The two words of each run, one run after the other.
    constexpr std::uint64_t* run_words() const { return frames_; }

    /// The states of the runs of a group; those that are split are closed.
    [[gnu::always_inline]] constexpr States group(std::uint64_t number) const {
        std::uint64_t const* const words = groups_ + 2 * number;
        return {words[0], words[1]};
    }
    [[gnu::always_inline]] constexpr void put_group(std::uint64_t number, States runs) {
        std::uint64_t* const words = groups_ + 2 * number;
        words[0] = runs.free_or_inside;
        words[1] = runs.free_or_first;
    }

    constexpr bool is_lent(std::uint64_t run) const {
        return (lent_[run / kGroupRuns] & bit_of(run)) != 0;
    }
    constexpr void flip_lent(std::uint64_t run) { lent_[run / kGroupRuns] ^= bit_of(run); }
    /// Which runs of a group are lent.
    constexpr std::uint64_t lent(std::uint64_t group) const { return lent_[group]; }

    constexpr bool is_split(std::uint64_t run) const {
        return (group(run / kGroupRuns).closed() & bit_of(run)) != 0;
    }

    /// The states of the frames of `run`, however they are noted.
    [[gnu::always_inline]] constexpr States get(std::uint64_t run) const {
        States const runs = group(run / kGroupRuns);
        std::uint64_t const bit = bit_of(run);
        if ((runs.closed() & bit) != 0) {
            return is_lent(run) ? States::all_inside() : noted_frames(run);
        }
        if ((runs.free() & bit) != 0) {
            return States::all_free();
        }
        return (runs.first() & bit) != 0 ? States::all_of_a_block() : States::all_inside();
    }

    /// The first place in [begin, end) whose frame is not free; none if all are.
    constexpr std::optional<std::uint64_t> first_not_free(std::uint64_t begin,
                                                          std::uint64_t end) const {
        return first_without(begin, end, [this](std::uint64_t run) {
            bool const is_free_group = group(run / kGroupRuns) == States::all_free();
            return is_free_group ? Look{unit_set::kAll, kGroupRuns - run % kGroupRuns}
                                 : Look{get(run).free(), 1};
        });
    }

    /// The first place in [begin, end) whose frame is not reserved; none if all are.
    constexpr std::optional<std::uint64_t> first_not_reserved(std::uint64_t begin,
                                                              std::uint64_t end) const {
        return first_without(begin, end, [this](std::uint64_t run) {
            return Look{get(run).closed(), 1};
        });
    }

    /// Order of the allocated block that starts at `place`; none if what lies there is damaged.
    constexpr std::optional<Order> block_order(std::uint64_t place) const {
        std::uint64_t const run = place / kRunFrames;
        bool const is_part = is_split(run);
        auto const position = static_cast<unsigned>((is_part ? place : run) % 64);
        States const states = is_part ? noted_frames(run) : group(run / kGroupRuns);
        unsigned const units = unit_set::extent(states.boundaries(), position);
        unsigned const most = is_part ? kRunFrames / 2 : 1U << kTopOfGroup;
        if (units > most || ((position | units) & (units - 1)) != 0) {
            return std::nullopt;  // Too large, not a power of two, or not aligned to it.
        }
        return Order::of(static_cast<unsigned>(std::countr_zero(units)) +
                         (is_part ? 0 : kRunOrder));
    }

    /// Where the allocated block starts that holds `place`, which is inside it; none if damaged.
    constexpr std::optional<std::uint64_t> block_start(std::uint64_t place) const {
        std::uint64_t const run = place / kRunFrames;
        bool const is_part = is_split(run);
        std::uint64_t const unit = is_part ? place : run;
        States const states = is_part ? noted_frames(run) : group(run / kGroupRuns);
        std::uint64_t const before = states.boundaries() & unit_set::row(0, unit % 64 + 1);
        unsigned const position = 63U - static_cast<unsigned>(std::countl_zero(before | 1));
        if ((states.first() >> position & 1) == 0) {
            return std::nullopt;
        }
        std::uint64_t const start = unit / 64 * 64 + position;
        return is_part ? start : start * kRunFrames;
    }

    static constexpr std::uint64_t bit_of(std::uint64_t unit) {
        return std::uint64_t{1} << unit % 64;
    }

private:
    std::uint64_t* frames_ = nullptr;
    std::uint64_t* groups_ = nullptr;
    std::uint64_t* lent_ = nullptr;
    std::uint64_t runs_ = 0;
};

}  // namespace mm
