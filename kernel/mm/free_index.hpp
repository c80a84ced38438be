// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/mm/bit_tree.hpp"
#include "kernel/mm/order.hpp"
#include "kernel/mm/run.hpp"
#include "kernel/mm/run_table.hpp"
#include "kernel/result.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <optional>
#include <span>

namespace mm {

/// Says where the free blocks are, so that nobody has to look for them. One tree for each order:
///
///     order 6 to 10   a bit for each maximal free block, which is one or more whole runs
///     order 1 to 5    a bit for each partly free run whose largest free block has that order
///     order 0         a bit for each partly free run, whatever its largest free block
///
/// A partly free run is one with some of its frames free, not all.
class FreeIndex {
public:
    /// What a run is listed under in the trees of order 0 to 5.
    enum class Listing : std::uint8_t { Order0, Order1, Order2, Order3, Order4, Order5, None };

    /// A run with free frames, and the order of the tree in which it was found. From order 6 on it
    /// is the first run of a free block of that order.
    struct Place {
        std::uint64_t run;
        unsigned order;
    };

    static constexpr std::uint64_t words(std::uint64_t runs) {
        std::uint64_t total = 0;
        for (unsigned order = 0; order <= Order::kMax; ++order) {
            total += BitTree::words(bits(runs, order));
        }
        return total;
    }

    constexpr FreeIndex() = default;

    /// Nothing is free. Writes the first words(runs) words of `storage`.
    constexpr FreeIndex(std::span<std::uint64_t> storage, std::uint64_t runs) {
        for (unsigned order = 0; order <= Order::kMax; ++order) {
            std::uint64_t const size = BitTree::words(bits(runs, order));
            trees_[order] = BitTree{storage.first(size), bits(runs, order)};
            storage = storage.subspan(size);
        }
    }

    static constexpr Listing listing_of(std::uint64_t free_frames) {
        if (free_frames == 0 || free_frames == frame_set::kAll) {
            return Listing::None;
        }
        return static_cast<Listing>(frame_set::largest_order(free_frames));
    }

    /// Where a block of `order` is to be taken from; none if nothing is large enough or the trees
    /// are damaged. An order of 6 or more is a block of runs.
    ///
    /// One frame comes from the lowest run that is not part of a larger free block than itself, so
    /// that single frames fill the low addresses and leave large blocks alone. Anything else comes
    /// from the smallest sufficient free block.
    constexpr std::optional<Place> find(Order order) const {
        if (order.value() == 0 && (available_ & 1) != 0) {
            std::uint64_t const partial = trees_[0].find_first();
            bool const has_whole = (available_ >> kRunOrder & 1) != 0;
            std::uint64_t const whole = has_whole ? trees_[kRunOrder].find_first() : partial;
            return whole < partial ? place(whole, kRunOrder) : place(partial, 0);
        }
        std::uint64_t const sufficient = filled_trees() >> order.value() << order.value();
        if (sufficient == 0) {
            return std::nullopt;
        }
        auto const tree = static_cast<unsigned>(std::countr_zero(sufficient));
        return place(trees_[tree].find_first(), tree);
    }

    /// True if, as far as the index knows, a block of `order` can be had.
    constexpr bool has(Order order) const { return available_ >> order.value() != 0; }

    /// Order of the free block that holds the whole block of `order` (6 or more) at `run`, if any.
    constexpr std::optional<unsigned> order_of_free_block(std::uint64_t run, unsigned order) const {
        for (; order <= Order::kMax; ++order) {
            if (trees_[order].test(run >> (order - kRunOrder))) {
                return order;
            }
        }
        return std::nullopt;
    }

    /// Takes the block of `order` at `run` out of the free block of order `from` that holds it.
    constexpr void take(std::uint64_t run, unsigned from, unsigned order) {
        clear(from, run >> (from - kRunOrder));
        std::uint64_t available = available_;
        while (from > order) {
            --from;
            trees_[from].set(run >> (from - kRunOrder) ^ 1);
            available |= std::uint64_t{1} << from;
        }
        available_ = available;
    }

    /// Adds the free block of `order` (6 or more) at `run`, merged with its buddies.
    constexpr void give(std::uint64_t run, unsigned order) {
        std::uint64_t number = run >> (order - kRunOrder);
        std::uint64_t available = available_;
        for (; order < Order::kMax; ++order) {
            auto const buddy = trees_[order].erase(number ^ 1);
            if (buddy == BitTree::Erased::Nothing) {
                break;
            }
            if (buddy == BitTree::Erased::TheLast) {
                available &= ~(std::uint64_t{1} << order);
            }
            number /= 2;
        }
        trees_[order].set(number);
        available_ = available | std::uint64_t{1} << order;
    }

    constexpr void relist(std::uint64_t run, Listing from, Listing to) {
        if (from == to) {
            return;
        }
        if (from == Listing::None) {
            set(0, run);
        } else if (from != Listing::Order0) {
            clear(static_cast<unsigned>(from), run);
        }
        if (to == Listing::None) {
            clear(0, run);
        } else if (to != Listing::Order0) {
            set(static_cast<unsigned>(to), run);
        }
    }

    constexpr std::optional<Order> largest() const {
        if (filled_trees() == 0) {
            return std::nullopt;
        }
        return Order::from(static_cast<unsigned>(std::bit_width(filled_trees())) - 1);
    }

    /// True if the `number`th block of the largest order is free.
    constexpr bool is_largest_block(std::uint64_t number) const {
        return trees_[Order::kMax].test(number);
    }

    /// The first of them that is free, from `number` on; how many there are if none is.
    constexpr std::uint64_t next_largest_block(std::uint64_t number) const {
        return trees_[Order::kMax].find_from(number);
    }

    /// True if this is exactly what the index over `table` must be.
    constexpr bool describes(RunTable const& table) const {
        for (unsigned order = 0; order <= Order::kMax; ++order) {
            if (!trees_[order].is_consistent() ||
                (available_ >> order & 1) != (trees_[order].empty() ? 0U : 1U)) {
                return false;
            }
        }
        if ((available_ & ~kTrees) != 0) {
            return false;
        }
        for (std::uint64_t group = 0; group * 64 < table.runs(); ++group) {
            if (!describes_group(table, group)) {
                return false;
            }
        }
        return true;
    }

private:
    static constexpr std::uint64_t kTrees = (std::uint64_t{1} << (Order::kMax + 1)) - 1;

    /// available_ without what damage may have set: a bit beyond the last tree leads nowhere.
    constexpr std::uint64_t filled_trees() const { return available_ & kTrees; }

    static constexpr std::uint64_t bits(std::uint64_t runs, unsigned order) {
        return order <= kRunOrder ? runs : runs >> (order - kRunOrder);
    }

    constexpr void set(unsigned order, std::uint64_t number) {
        trees_[order].set(number);
        available_ |= std::uint64_t{1} << order;
    }

    constexpr void clear(unsigned order, std::uint64_t number) {
        if (trees_[order].erase(number) == BitTree::Erased::TheLast) {
            available_ &= ~(std::uint64_t{1} << order);
        }
    }

    /// The place of `number` in the tree of `order`; none if there is no such number.
    constexpr std::optional<Place> place(std::uint64_t number, unsigned order) const {
        if (number >= trees_[order].bits()) {
            return std::nullopt;
        }
        return Place{order <= kRunOrder ? number : number << (order - kRunOrder), order};
    }

    /// describes(), for the 64 runs from 64 * `group` on.
    constexpr bool describes_group(RunTable const& table, std::uint64_t group) const {
        std::array<std::uint64_t, kRunOrder> listed{};
        std::uint64_t whole = 0;
        for (unsigned place = 0; place < 64 && group * 64 + place < table.runs(); ++place) {
            std::uint64_t const free = table.get(group * 64 + place).free_frames();
            std::uint64_t const bit = std::uint64_t{1} << place;
            Listing const listing = listing_of(free);
            whole |= free == frame_set::kAll ? bit : 0;
            if (listing != Listing::None) {
                listed[0] |= bit;
                listed[static_cast<unsigned>(listing)] |= bit;
            }
        }
        for (unsigned order = 0; order < kRunOrder; ++order) {
            if (trees_[order].word(group) != listed[order]) {
                return false;
            }
        }
        return describes_blocks(whole, group);
    }

    /// The same as within a run, one level up: a bit of `blocks` is a run that is all free.
    constexpr bool describes_blocks(std::uint64_t blocks, std::uint64_t group) const {
        for (unsigned doublings = 0; doublings <= Order::kMax - kRunOrder; ++doublings) {
            BitTree const& tree = trees_[kRunOrder + doublings];
            bool const is_largest = kRunOrder + doublings == Order::kMax;
            std::uint64_t const larger = is_largest ? 0 : frame_set::pairs(blocks, doublings);
            std::uint64_t const maximal = frame_set::unpaired(blocks, larger, doublings);
            for (unsigned run = 0; run < 64; run += 1U << doublings) {
                std::uint64_t const number = (group * 64 + run) >> doublings;
                bool const expected = (maximal >> run & 1) != 0;
                if (number < tree.bits() && tree.test(number) != expected) {
                    return false;
                }
            }
            blocks = larger;
        }
        return true;
    }

    std::array<BitTree, Order::kMax + 1> trees_{};
    std::uint64_t available_ = 0;  ///< A bit for each tree that is not empty.
};

}  // namespace mm
