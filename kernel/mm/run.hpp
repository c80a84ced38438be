// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <optional>

namespace mm {

inline constexpr unsigned kRunOrder = 6;  ///< A run is 2^6 frames,
inline constexpr std::uint64_t kRunFrames = std::uint64_t{1} << kRunOrder;  ///< one word of bits.

/// The states of 64 units in a row, two bits each. A unit is a frame of a run, or a run of a group:
///
///     free_or_inside free_or_first
///           1              1       free
///           0              1       first unit of an allocated block
///           1              0       inside an allocated block, which goes on to the next boundary
///           0              0       closed: a frame that is reserved or not in the span at all; a
///                                  run whose frames have states of their own
///
/// So a word of metadata that says nothing is zero, and a single frame is taken and given back by
/// one bit.
struct States {
    std::uint64_t free_or_inside = 0;
    std::uint64_t free_or_first = 0;

    static constexpr States all_free() { return {~std::uint64_t{0}, ~std::uint64_t{0}}; }
    static constexpr States all_inside() { return {~std::uint64_t{0}, 0}; }
    /// All units are one allocated block, or the first ones of a larger one.
    static constexpr States all_of_a_block() { return {~std::uint64_t{1}, 1}; }

    constexpr std::uint64_t free() const { return free_or_inside & free_or_first; }
    constexpr std::uint64_t first() const { return free_or_first & ~free_or_inside; }
    constexpr std::uint64_t inside() const { return free_or_inside & ~free_or_first; }
    constexpr std::uint64_t closed() const { return ~(free_or_inside | free_or_first); }
    /// Units that are not inside an allocated block: each ends the block before it.
    constexpr std::uint64_t boundaries() const { return free_or_first | ~free_or_inside; }

    /// The same, but for `units`, which were free and are now blocks that begin at `first`.
    constexpr States with_blocks(std::uint64_t units, std::uint64_t first) const {
        return {free_or_inside & ~first, free_or_first & (~units | first)};
    }
    /// The same for a block that is just `unit`.
    constexpr States with_unit(std::uint64_t unit) const {
        return {free_or_inside & ~unit, free_or_first};
    }
    /// The same for one block of `size` units, 32 at most; `first` is its first.
    constexpr States with_block(std::uint64_t first, std::uint64_t size) const {
        std::uint64_t const others = (first << size) - 2 * first;
        return {free_or_inside ^ first, free_or_first ^ others};  // Both have them all set.
    }
    constexpr States with_free(std::uint64_t units) const {
        return {free_or_inside | units, free_or_first | units};
    }
    constexpr States with_closed(std::uint64_t units) const {
        return {free_or_inside & ~units, free_or_first & ~units};
    }

    friend constexpr bool operator==(States, States) = default;
};

/// Questions about a set of 64 units, one bit each. A block is 2^order members in a row, aligned to
/// 2^order; it is maximal if no larger block holds it. Orders here count units, from 0 to `top`: no
/// block is larger.
namespace unit_set {

inline constexpr std::uint64_t kAll = ~std::uint64_t{0};

/// The positions that are multiples of 2^order.
inline constexpr std::array<std::uint64_t, kRunOrder + 1> kAligned{
    kAll,
    0x5555'5555'5555'5555,
    0x1111'1111'1111'1111,
    0x0101'0101'0101'0101,
    0x0001'0001'0001'0001,
    0x0000'0001'0000'0001,
    0x0000'0000'0000'0001,
};

/// `size` members (1 to 32) from the one that is `first` on.
constexpr std::uint64_t block(std::uint64_t first, std::uint64_t size) {
    return (first << size) - first;
}

/// `count` members (1 to 64) in a row, from `begin` on.
constexpr std::uint64_t row(std::uint64_t begin, std::uint64_t count) {
    // % 64 changes nothing, but clang-tidy cannot know the range.
    return kAll >> (64 - count) % 64 << begin;
}

/// Where blocks of `order` + 1 start, told by where those of `order` do.
constexpr std::uint64_t pairs(std::uint64_t blocks, unsigned order) {
    return blocks & blocks >> (1U << order) & kAligned[order + 1];
}

/// Of the blocks of `order`, those that are not half of one of `larger`, of `order` + 1.
constexpr std::uint64_t unpaired(std::uint64_t blocks, std::uint64_t larger, unsigned order) {
    return blocks & ~(larger | larger << (1U << order));
}

/// The order of the largest block, told by where those of `unit` + `here` start: orders count from
/// `unit` on, the order of a single member. There is one. (A template, so that each step is three
/// instructions with its constants in them.)
template <unsigned top = kRunOrder, unsigned unit = 0, unsigned here = 0>
[[gnu::always_inline]] constexpr unsigned largest_order(std::uint64_t blocks) {
    if constexpr (here == top) {
        return unit + top;
    } else {
        std::uint64_t const larger = pairs(blocks, here);
        return larger == 0 ? unit + here : largest_order<top, unit, here + 1>(larger);
    }
}

/// Where the blocks of `order` (0 to 5) start, maximal or not, told by where those of order `here`
/// do. (A template for the same reason.)
template <unsigned here = 0>
[[gnu::always_inline]] constexpr std::uint64_t blocks(std::uint64_t starts, unsigned order) {
    if constexpr (here == kRunOrder - 1) {
        return starts;
    } else {
        return order == here ? starts : blocks<here + 1>(pairs(starts, here), order);
    }
}

/// The order of the largest block of `some` if that of `all`, which are these and others, is
/// larger; else `top`. They say where the blocks of `order` start, and some do. (A template for the
/// same reason.)
template <unsigned top = kRunOrder, unsigned order = 0>
[[gnu::always_inline]] constexpr unsigned order_outgrown(std::uint64_t some, std::uint64_t all) {
    if constexpr (order == top) {
        return top;
    } else {
        std::uint64_t const larger = pairs(some, order);
        std::uint64_t const larger_of_all = pairs(all, order);
        if (larger == larger_of_all) {
            return top;
        }
        return larger == 0 ? order : order_outgrown<top, order + 1>(larger, larger_of_all);
    }
}

/// Maximal blocks of one order.
struct Found {
    std::uint64_t starts;  ///< Where they start; none: nothing was found.
    std::uint64_t order;

    constexpr explicit operator bool() const { return starts != 0; }
    /// The first unit of the first one.
    constexpr std::uint64_t first() const { return starts & ~(starts - 1); }
    /// Where that is.
    constexpr std::uint64_t position() const {
        return static_cast<std::uint64_t>(std::countr_zero(starts));
    }
    /// There is only one.
    constexpr bool is_single() const { return (starts & (starts - 1)) == 0; }
};

/// The smallest maximal blocks of at least `order`, told by where those of `unit` + `here` start:
/// orders count from `unit` on, the order of a single member. (A template for the same reason.)
template <unsigned top = kRunOrder, unsigned unit = 0, unsigned here = 0>
[[gnu::always_inline]] constexpr Found smallest_block(std::uint64_t starts, unsigned order) {
    if constexpr (here == top) {
        return {starts, unit + top};
    } else {
        std::uint64_t const larger = pairs(starts, here);
        if (unit + here >= order) {
            std::uint64_t const exact = unpaired(starts, larger, here);
            if (exact != 0) {
                return {exact, unit + here};
            }
        }
        return smallest_block<top, unit, here + 1>(larger, order);
    }
}

/// Where the maximal blocks start, all orders together.
template <unsigned top = kRunOrder>
constexpr std::uint64_t all_blocks(std::uint64_t members) {
    std::uint64_t starts = 0;
    std::uint64_t blocks = members;
    for (unsigned order = 0; order != top; ++order) {
        std::uint64_t const larger = pairs(blocks, order);
        starts |= unpaired(blocks, larger, order);
        blocks = larger;
    }
    return starts | blocks;
}

/// Units from `position` to the next of `boundaries`, or to the end: how long the block is that
/// starts there.
[[gnu::always_inline]] constexpr unsigned extent(std::uint64_t boundaries, unsigned position) {
    std::uint64_t const end = std::uint64_t{1} << (63 - position);
    return static_cast<unsigned>(std::countr_zero(boundaries >> position >> 1 | end)) + 1;
}

/// True if the units of `first` and the others of `block` are an allocated block.
[[gnu::always_inline]] constexpr bool is_block(States states, std::uint64_t first,
                                               std::uint64_t block) {
    // Counting up carries over all units with one behind them that is inside, to the next.
    std::uint64_t const going_on = states.inside() >> 1;
    return (states.first() & first) != 0 && (going_on ^ (going_on + first)) == block;
}

/// Which allocated blocks of `order` (0 to 5) start in `states`.
constexpr std::uint64_t allocated_blocks(States states, unsigned order) {
    std::uint64_t const inside = states.inside();
    std::uint64_t whole = kAll;  // Units behind which at least `size` - 1 more are inside.
    unsigned const size = 1U << order;
    for (unsigned half = 1; half < size; half *= 2) {
        whole &= (whole & inside) >> half;
    }
    std::uint64_t const goes_on = inside >> (size - 1) >> 1;
    return states.first() & kAligned[order] & whole & ~goes_on;
}

/// The units of blocks of `order` (0 to 5) that start at `first`.
constexpr std::uint64_t units_of(std::uint64_t first, unsigned order) {
    return first * ((std::uint64_t{1} << (1U << order)) - 1);  // Blocks are apart: no carry.
}

/// True if every unit is free, closed, or in a block of at most 2^`most` units that ends where it
/// must.
constexpr bool are_sound(States states, unsigned most) {
    std::uint64_t covered = states.free() | states.closed();
    for (std::uint64_t left = states.first(); left != 0; left &= left - 1) {
        auto const position = static_cast<unsigned>(std::countr_zero(left));
        unsigned const units = extent(states.boundaries(), position);
        if (units > 1U << most || ((position | units) & (units - 1)) != 0) {
            return false;  // Too large, not a power of two, or not aligned to it.
        }
        covered |= row(position, units);
    }
    return covered == kAll;
}

/// How many. (std::popcount would call into libgcc, which uses vector registers.)
constexpr unsigned count(std::uint64_t members) {
    members -= members >> 1 & kAligned[1];
    members = (members & 0x3333'3333'3333'3333) + (members >> 2 & 0x3333'3333'3333'3333);
    members = (members + (members >> 4)) & 0x0f0f'0f0f'0f0f'0f0f;
    return static_cast<unsigned>(members * kAligned[3] >> 56);
}

}  // namespace unit_set

}  // namespace mm
