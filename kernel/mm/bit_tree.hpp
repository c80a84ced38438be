// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/require.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <span>

namespace mm {

/// A set of the numbers [0, bits) in words that the caller supplies, which knows its smallest
/// member in one step per level. Level 0 has a bit for each number; a bit of every higher level
/// says whether a word of the level below has any bit set; the highest level is a single word.
///
///     level 1   ...0101                      word 0 and word 2 below are not zero
///     level 0   [64..127] [0..63] ...        one bit per number, 64 numbers per word
///
/// 2^36 numbers at most. A number passed in must be below `bits`.
class BitTree {
public:
    /// Words for a tree over `bits` numbers, all levels together.
    static constexpr std::uint64_t words(std::uint64_t bits) {
        std::uint64_t level = (bits + 63) / 64;
        std::uint64_t total = level;
        while (level > 1) {
            level = (level + 63) / 64;
            total += level;
        }
        return total;
    }

    constexpr BitTree() = default;

    /// The empty set. Writes the first words(bits) words of `storage`, which must outlive the tree.
    constexpr BitTree(std::span<std::uint64_t> storage, std::uint64_t bits) : bits_{bits} {
        kernel::require(bits <= kMostBits, "a tree has at most 2^36 bits");
        kernel::require(storage.size() >= words(bits), "a tree has all the words it needs");
        std::uint64_t* next = storage.data();
        std::uint64_t left = (bits + 63) / 64;
        while (left != 0) {
            level_[levels_] = next;
            ++levels_;
            for (std::uint64_t word = 0; word < left; ++word) {
                *next++ = 0;
            }
            left = left == 1 ? 0 : (left + 63) / 64;
        }
    }

    constexpr bool test(std::uint64_t number) const {
        return (level_[0][number / 64] & bit(number)) != 0;
    }

    /// True if the set was empty.
    constexpr bool set(std::uint64_t number) {
        std::uint64_t& word = level_[0][number / 64];
        std::uint64_t const before = word;
        word = before | bit(number);
        return before == 0 && set_above(number / 64);
    }

    /// Takes `number` out of the set, if it is there. True if nothing is left.
    constexpr bool erase(std::uint64_t number) {
        std::uint64_t& word = level_[0][number / 64];
        word &= ~bit(number);
        return word == 0 && erase_above(number / 64);
    }

    constexpr bool empty() const { return find_first() == bits_; }

    /// The smallest member; bits() if there is none, or if the words are damaged on the way to it.
    constexpr std::uint64_t find_first() const { return std::min(first_or_beyond(), bits_); }

    /// The same, but bits() or more for none.
    [[gnu::always_inline]] constexpr std::uint64_t first_or_beyond() const {
        if (levels_ == 1) {  // As a tree over the groups of up to 1 GiB. Of none, 64 is the first.
            return static_cast<std::uint64_t>(std::countr_zero(*level_[0]));
        }
        std::uint64_t index = 0;
        if (!find_first_word(index)) {
            return bits_;
        }
        std::uint64_t const word = level_[0][index];
        return word == 0 ? bits_ : index * 64 + static_cast<unsigned>(std::countr_zero(word));
    }

    /// The smallest member from `number` on; bits() if there is none, or if the words are damaged
    /// on the way to it. Up to the first level that knows of one, and down again.
    [[gnu::noinline]] constexpr std::uint64_t find_from(std::uint64_t number) const {
        std::uint64_t numbers = bits_;
        for (unsigned level = 0; number < numbers; ++level) {
            std::uint64_t const rest = level_[level][number / 64] >> number % 64;
            if (rest != 0) {
                number += static_cast<unsigned>(std::countr_zero(rest));
                return first_below(level, number);
            }
            number = number / 64 + 1;
            numbers = (numbers + 63) / 64;  // 1 above the highest: no number is.
        }
        return bits_;
    }

    constexpr std::uint64_t bits() const { return bits_; }

    /// The members among [64 * index, 64 * index + 64), one bit each.
    constexpr std::uint64_t word(std::uint64_t index) const { return level_[0][index]; }

    /// True if no level contradicts the one below and no bit stands for a number that is too large.
    constexpr bool is_consistent() const {
        if (bits_ % 64 != 0 && level_[0][bits_ / 64] >> bits_ % 64 != 0) {
            return false;
        }
        std::uint64_t below = (bits_ + 63) / 64;
        for (unsigned level = 1; level < levels_; ++level) {
            for (std::uint64_t first = 0; first < below; first += 64) {
                std::uint64_t summary = 0;
                for (std::uint64_t word = first; word < std::min(first + 64, below); ++word) {
                    summary |= level_[level - 1][word] != 0 ? bit(word) : 0;
                }
                if (level_[level][first / 64] != summary) {
                    return false;
                }
            }
            below = (below + 63) / 64;
        }
        return true;
    }

private:
    static constexpr unsigned kMaxLevels = 6;
    static constexpr std::uint64_t kMostBits = std::uint64_t{1} << (6 * kMaxLevels);

    static constexpr std::uint64_t bit(std::uint64_t number) {
        return std::uint64_t{1} << number % 64;
    }

    /// Where the levels above lead, from the highest one down. `number` is 0; false if nowhere.
    [[gnu::always_inline]] constexpr bool find_first_word(std::uint64_t& number) const {
        unsigned level = levels_;
        if (level > 2) {
            do {
                --level;
                if (!descend(level, number)) {
                    return false;
                }
            } while (level > 2);
        }
        return level != 0 && descend(1, number);
    }

    /// The smallest member among those that bit `number` of `level` stands for.
    constexpr std::uint64_t first_below(unsigned level, std::uint64_t number) const {
        bool leads = number <= bits_ >> (6 * level);
        while (leads && level != 0) {
            --level;
            leads = descend(level, number);
        }
        return leads ? std::min(number, bits_) : bits_;
    }

    /// From the number of a word of `level` to that of its first bit. False if it has none or,
    /// damaged, one that leads out of the words: one behind those of the level below is still one
    /// of this level's, and leads to no number.
    [[gnu::always_inline]] constexpr bool descend(unsigned level, std::uint64_t& number) const {
        std::uint64_t const word = level_[level][number];
        number = number * 64 + static_cast<unsigned>(std::countr_zero(word));
        return word != 0 && number <= bits_ >> (6 * level);
    }

    /// Tells the levels above that a word of level 0 is no longer zero. True if everything was.
    [[gnu::always_inline]] constexpr bool set_above(std::uint64_t number) {
        for (unsigned level = 1; level < levels_; ++level) {
            std::uint64_t& word = level_[level][number / 64];
            std::uint64_t const before = word;
            word = before | bit(number);
            if (before != 0) {
                return false;  // The levels above know already that this word is not zero.
            }
            number /= 64;
        }
        return true;
    }

    /// Tells them that it is zero now. True if everything is.
    [[gnu::always_inline]] constexpr bool erase_above(std::uint64_t number) {
        for (unsigned level = 1; level < levels_; ++level) {
            std::uint64_t& word = level_[level][number / 64];
            word &= ~bit(number);
            if (word != 0) {
                return false;
            }
            number /= 64;
        }
        return true;
    }

    std::array<std::uint64_t*, kMaxLevels> level_{};  ///< Where each level begins.
    std::uint64_t bits_ = 0;
    unsigned levels_ = 0;
};

}  // namespace mm
