// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/require.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <optional>
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
        std::uint64_t total = 0;
        while (bits > 1) {
            bits = (bits + 63) / 64;
            total += bits;
        }
        return total == 0 ? bits : total;
    }

    constexpr BitTree() = default;

    /// The empty set. Writes the first words(bits) words of `storage`, which must outlive the tree.
    constexpr BitTree(std::span<std::uint64_t> storage, std::uint64_t bits)
        : words_{storage.data()}, bits_{bits} {
        kernel::require(storage.size() >= words(bits), "a tree has all the words it needs");
        std::uint64_t level_words = (bits + 63) / 64;
        while (level_words != 0) {
            kernel::require(levels_ < kMaxLevels, "a tree has at most 2^36 bits");
            level_begin_[levels_ + 1] =
                static_cast<std::uint32_t>(level_begin_[levels_] + level_words);
            ++levels_;
            level_words = level_words == 1 ? 0 : (level_words + 63) / 64;
        }
        for (std::uint64_t word = 0; word < level_begin_[levels_]; ++word) {
            words_[word] = 0;
        }
    }

    constexpr bool test(std::uint64_t number) const {
        return (words_[number / 64] & bit(number)) != 0;
    }

    constexpr void set(std::uint64_t number) {
        for (unsigned level = 0; level < levels_; ++level) {
            std::uint64_t& word = words_[level_begin_[level] + number / 64];
            std::uint64_t const before = word;
            word = before | bit(number);
            if (before != 0) {
                return;  // The levels above know already that this word is not zero.
            }
            number /= 64;
        }
    }

    /// True if the set is empty now.
    constexpr bool clear(std::uint64_t number) {
        for (unsigned level = 0; level < levels_; ++level) {
            std::uint64_t& word = words_[level_begin_[level] + number / 64];
            word &= ~bit(number);
            if (word != 0) {
                return false;
            }
            number /= 64;
        }
        return true;
    }

    constexpr bool empty() const { return levels_ == 0 || words_[level_begin_[levels_ - 1]] == 0; }

    /// The smallest member; none if there is none, or if the words are damaged on the way to it.
    constexpr std::optional<std::uint64_t> find_first() const {
        std::uint64_t number = 0;
        for (unsigned level = levels_; level-- > 0;) {
            std::uint64_t const at = level_begin_[level] + number;
            if (at >= level_begin_[level + 1] || words_[at] == 0) {
                return std::nullopt;
            }
            number = number * 64 + static_cast<unsigned>(std::countr_zero(words_[at]));
        }
        if (number >= bits_) {
            return std::nullopt;
        }
        return number;
    }

    /// The smallest member that is not below `number`. Looks at every word of level 0 in between.
    constexpr std::optional<std::uint64_t> find_from(std::uint64_t number) const {
        while (number < bits_) {
            std::uint64_t const rest = words_[number / 64] >> number % 64;
            if (rest != 0) {
                number += static_cast<unsigned>(std::countr_zero(rest));
                return number < bits_ ? std::optional{number} : std::nullopt;
            }
            number = (number / 64 + 1) * 64;
        }
        return std::nullopt;
    }

    constexpr std::uint64_t bits() const { return bits_; }

    /// The members among [64 * index, 64 * index + 64), one bit each.
    constexpr std::uint64_t word(std::uint64_t index) const { return words_[index]; }

    /// True if no level contradicts the one below and no bit stands for a number that is too large.
    constexpr bool is_consistent() const {
        if (bits_ % 64 != 0 && words_[bits_ / 64] >> bits_ % 64 != 0) {
            return false;
        }
        for (unsigned level = 1; level < levels_; ++level) {
            for (std::uint64_t word = level_begin_[level]; word < level_begin_[level + 1]; ++word) {
                if (words_[word] != summary_of(level - 1, word - level_begin_[level])) {
                    return false;
                }
            }
        }
        return true;
    }

private:
    static constexpr unsigned kMaxLevels = 6;

    static constexpr std::uint64_t bit(std::uint64_t number) {
        return std::uint64_t{1} << number % 64;
    }

    /// A bit for each of the 64 words of `level` from the `group`th 64 on that is not zero.
    constexpr std::uint64_t summary_of(unsigned level, std::uint64_t group) const {
        std::uint64_t const begin = level_begin_[level] + group * 64;
        std::uint64_t summary = 0;
        for (unsigned child = 0; child < 64 && begin + child < level_begin_[level + 1]; ++child) {
            summary |= words_[begin + child] != 0 ? bit(child) : 0;
        }
        return summary;
    }

    std::uint64_t* words_ = nullptr;
    std::uint64_t bits_ = 0;
    unsigned levels_ = 0;
    std::array<std::uint32_t, kMaxLevels + 1> level_begin_{};  ///< Word where each level begins.
};

}  // namespace mm
