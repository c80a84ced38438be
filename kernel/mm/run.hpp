// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <optional>

namespace mm {

inline constexpr unsigned kRunOrder = 6;  ///< A run is 2^6 frames,
inline constexpr std::uint64_t kRunFrames = std::uint64_t{1} << kRunOrder;  ///< one word of bits.

/// The states of 64 frames aligned to 64, two bits for each frame:
///
///     free start
///      1     0     free
///      0     1     first frame of an allocated block
///      0     0     inside an allocated block: the block goes on to the next frame with a bit set
///      1     1     reserved, or not in the span at all
struct Run {
    std::uint64_t free;
    std::uint64_t start;

    static constexpr Run all_reserved() { return {~std::uint64_t{0}, ~std::uint64_t{0}}; }
    static constexpr Run all_free() { return {~std::uint64_t{0}, 0}; }
    static constexpr Run inside_block() { return {0, 0}; }

    constexpr std::uint64_t free_frames() const { return free & ~start; }
    constexpr std::uint64_t reserved_frames() const { return free & start; }
    constexpr std::uint64_t allocated_starts() const { return start & ~free; }
    /// Frames that are not inside an allocated block: each ends the block before it.
    constexpr std::uint64_t marked() const { return free | start; }

    friend constexpr bool operator==(Run, Run) = default;
};
static_assert(sizeof(Run) == 16);

/// Questions about a set of frames in a run, one bit each. A block is 2^order members in a row,
/// aligned to 2^order; it is maximal if no larger block holds it. Orders here go from 0 to 6.
namespace frame_set {

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

/// 2^order members from `position` on; order 0 to 5.
constexpr std::uint64_t block(unsigned position, unsigned order) {
    return ((std::uint64_t{1} << (1U << order)) - 1) << position;
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

/// The order of the largest block, `order` or above, told by where those of `order` start. There is
/// one. (A template, so that each step is three instructions with its constants in them.)
template <unsigned order = 0>
constexpr unsigned largest_order(std::uint64_t blocks) {
    if constexpr (order == kRunOrder) {
        return kRunOrder;
    } else {
        std::uint64_t const larger = pairs(blocks, order);
        return larger == 0 ? order : largest_order<order + 1>(larger);
    }
}

/// Where the first of the smallest maximal blocks of at least `order` (0 to 5) starts, if any.
constexpr std::optional<unsigned> smallest_block(std::uint64_t members, unsigned order) {
    std::uint64_t blocks = members;
    for (unsigned smaller = 0; smaller < order; ++smaller) {
        blocks = pairs(blocks, smaller);
    }
    for (; order != kRunOrder; ++order) {
        std::uint64_t const larger = pairs(blocks, order);
        std::uint64_t const exact = unpaired(blocks, larger, order);
        if (exact != 0) {
            return static_cast<unsigned>(std::countr_zero(exact));
        }
        blocks = larger;
    }
    return blocks == 0 ? std::nullopt : std::optional{0U};
}

/// Where the maximal blocks start, all orders together.
constexpr std::uint64_t all_blocks(std::uint64_t members) {
    std::uint64_t starts = 0;
    std::uint64_t blocks = members;
    for (unsigned order = 0; order != kRunOrder; ++order) {
        std::uint64_t const larger = pairs(blocks, order);
        starts |= unpaired(blocks, larger, order);
        blocks = larger;
    }
    return starts | blocks;
}

/// How many. (std::popcount would call into libgcc, which uses vector registers.)
constexpr unsigned count(std::uint64_t members) {
    members -= members >> 1 & kAligned[1];
    members = (members & 0x3333'3333'3333'3333) + (members >> 2 & 0x3333'3333'3333'3333);
    members = (members + (members >> 4)) & 0x0f0f'0f0f'0f0f'0f0f;
    return static_cast<unsigned>(members * kAligned[3] >> 56);
}

}  // namespace frame_set

}  // namespace mm
