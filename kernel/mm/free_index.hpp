// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/mm/bit_tree.hpp"
#include "kernel/mm/order.hpp"
#include "kernel/mm/run.hpp"
#include "kernel/mm/run_table.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <optional>
#include <span>

namespace mm {

/// Says where the free blocks are, so that nobody has to look for them. One tree for each order:
///
///     order 6 to 10   a bit for each group whose largest block of free runs has that order
///     order 1 to 5    a bit for each listed run whose largest free block has that order
///     order 0         a bit for each listed run, whatever its largest free block
///
/// A run is listed if it is split, some of its frames are free and it is not lent.
class FreeIndex {
public:
    /// Where a run or a group with nothing to give is listed: more than there are bits in a word.
    static constexpr unsigned kNowhere = 64;
    /// No run has anything larger than what this tree lists.
    static constexpr unsigned kStays = kRunOrder - 1;

    /// A run, or from order 6 on a group, and the tree it was found in.
    struct Place {
        std::uint64_t number;
        std::uint64_t tree;

        constexpr explicit operator bool() const { return tree != kNowhere; }
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

    /// Where a split run belongs that has these frames free.
    static constexpr unsigned tree_of_frames(std::uint64_t free) {
        return free == 0 ? kNowhere : unit_set::largest_order<kRunOrder - 1>(free);
    }
    /// Where a group belongs that has these runs free.
    static constexpr unsigned tree_of_runs(std::uint64_t free) {
        return free == 0 ? kNowhere : tree_of_some_runs(free);
    }

    /// The same where some are.
    [[gnu::always_inline]] static constexpr unsigned tree_of_some_runs(std::uint64_t free) {
        return unit_set::largest_order<kTopOfGroup, kRunOrder>(free);
    }

    /// Where a run with `some` frames free is listed, if with `all` of these and others it is
    /// listed elsewhere; else kStays.
    [[gnu::always_inline]] static constexpr unsigned tree_outgrown(std::uint64_t some,
                                                                   std::uint64_t all) {
        return some == 0 ? kNowhere : unit_set::order_outgrown<kStays>(some, all);
    }

    /// Where a block of `order` is to be taken from; none if nothing is large enough or the trees
    /// are damaged.
    ///
    /// One frame comes from the lowest listed run, so that single frames fill the low addresses and
    /// leave large blocks alone. Anything else comes from where the largest block is smallest.
    [[gnu::always_inline]] constexpr Place find(Order order) const {
        std::uint64_t const sufficient = filled_trees() >> order.value() << order.value();
        if (sufficient == 0) {
            return {sufficient, kNowhere};
        }
        auto const tree = static_cast<std::uint64_t>(std::countr_zero(sufficient));
        std::uint64_t const number = trees_[tree].first_or_beyond();
        return number < trees_[tree].bits() ? Place{number, tree} : Place{number, kNowhere};
    }

    /// True if, as far as the index knows, a block of `order` can be had.
    constexpr bool has(Order order) const { return filled_trees() >> order.value() != 0; }

    /// Lists a run that was listed nowhere.
    [[gnu::always_inline]] constexpr void list_run(std::uint64_t run, std::uint64_t tree) {
        set(0, run);
        if (tree != 0) {
            set(tree, run);
        }
    }

    /// Undoes that.
    [[gnu::always_inline]] constexpr void unlist_run(std::uint64_t run, std::uint64_t tree) {
        clear(0, run);
        if (tree != 0) {
            clear(tree, run);
        }
    }

    /// Moves a run from one tree to another, as tree_of_frames() names them.
    [[gnu::noinline]] constexpr void relist_run(std::uint64_t run, std::uint64_t from,
                                                std::uint64_t to) {
        if (from == to) {
            return;
        }
        if (from == kNowhere) {
            set(0, run);
        } else if (from != 0) {
            clear(from, run);
        }
        if (to == kNowhere) {
            clear(0, run);
        } else if (to != 0) {
            set(to, run);
        }
    }

    /// Moves a group from one tree to another.
    [[gnu::always_inline]] constexpr void move_group(std::uint64_t group, std::uint64_t from,
                                                     std::uint64_t to) {
        clear(from, group);
        set(to, group);
    }

    /// True if a group has a free block of the largest order.
    constexpr bool has_largest(std::uint64_t group) const {
        return trees_[Order::kMax].test(group);
    }

    /// Moves a group from one tree to another, as tree_of_runs() names them.
    [[gnu::noinline]] constexpr void relist_group(std::uint64_t group, std::uint64_t from,
                                                  std::uint64_t to) {
        if (from == to) {
            return;
        }
        if (from != kNowhere) {
            clear(from, group);
        }
        if (to != kNowhere) {
            set(to, group);
        }
    }

    constexpr std::optional<Order> largest() const {
        if (filled_trees() == 0) {
            return std::nullopt;
        }
        return Order::from(static_cast<unsigned>(std::bit_width(filled_trees())) - 1);
    }

    /// The first group from `group` on that has a free block of the largest order; how many groups
    /// there are if none has.
    constexpr std::uint64_t next_with_largest(std::uint64_t group) const {
        return trees_[Order::kMax].find_from(group);
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
        for (std::uint64_t group = 0; group < table.groups(); ++group) {
            if (!lists_group(table, group) || !lists_runs(table, group)) {
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
        return order < kRunOrder ? runs : RunTable::groups_over(runs);
    }

    [[gnu::always_inline]] constexpr void set(std::uint64_t order, std::uint64_t number) {
        if (trees_[order].set(number)) {
            available_ |= RunTable::bit_of(order);
        }
    }

    [[gnu::always_inline]] constexpr void clear(std::uint64_t order, std::uint64_t number) {
        if (trees_[order].erase(number)) {
            available_ &= ~RunTable::bit_of(order);
        }
    }

    constexpr bool lists_group(RunTable const& table, std::uint64_t group) const {
        unsigned const expected = tree_of_runs(table.group(group).free());
        for (unsigned order = kRunOrder; order <= Order::kMax; ++order) {
            if (trees_[order].test(group) != (order == expected)) {
                return false;
            }
        }
        return true;
    }

    constexpr bool lists_runs(RunTable const& table, std::uint64_t group) const {
        std::array<std::uint64_t, kRunOrder> listed{};
        std::uint64_t const first = group * RunTable::kGroupRuns;
        std::uint64_t const lent = table.lent(group);
        for (unsigned place = 0; place < 64 && first + place < table.runs(); ++place) {
            std::uint64_t const bit = std::uint64_t{1} << place;
            unsigned const tree = tree_of_frames(table.noted_frames(first + place).free());
            if (tree != kNowhere && (lent & bit) == 0) {
                listed[0] |= bit;
                listed[tree] |= bit;
            }
        }
        for (unsigned order = 0; order < kRunOrder; ++order) {
            if (trees_[order].word(group) != listed[order]) {
                return false;
            }
        }
        return true;
    }

    std::array<BitTree, Order::kMax + 1> trees_{};
    std::uint64_t available_ = 0;  ///< A bit for each tree that is not empty.
};

}  // namespace mm
