// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/mm/bit_tree.hpp"
#include "kernel/mm/core_cache.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace test {

/// The words of a cache, for whoever damages it.
inline std::span<std::uint64_t> words_of(mm::CoreCache& cache) {
    return {reinterpret_cast<std::uint64_t*>(&cache), sizeof cache / sizeof(std::uint64_t)};
}
/// Which is which: of the current run for each order what is free, its first frame, what is free
/// once more, where its blocks are noted, and who has borrowed it.
inline constexpr std::size_t kFree = 0;
inline constexpr std::size_t kOrders = mm::CoreCache::kOrders;
inline constexpr std::size_t kFirst = kOrders;
inline constexpr std::size_t kFreeAgain = 2 * kOrders;
inline constexpr std::size_t kBlocks = 3 * kOrders;
inline constexpr std::size_t kCurrentRuns = 5 * kOrders;
/// Then a tree for each order, what it knows of all runs that are lent (four words), and how many
/// blocks are kept.
inline constexpr std::size_t kLent =
    kCurrentRuns + kOrders * sizeof(mm::BitTree) / sizeof(std::uint64_t);
inline constexpr std::size_t kKept = kLent + 4;
/// In lines of their own, behind a tree: how many blocks were returned, a run that is whole, where
/// it looked last, how many are borrowed, where it goes on to drain, how many are abandoned,
/// whether it is asked; and, behind a number for people, the blocks of no run.
inline constexpr std::size_t kReturned = kLent + 18;
inline constexpr std::size_t kWhole = kReturned + 1;
inline constexpr std::size_t kCollected = kReturned + 2;
inline constexpr std::size_t kBorrowed = kReturned + 3;
inline constexpr std::size_t kNext = kReturned + 4;
inline constexpr std::size_t kAbandoned = kReturned + 5;
inline constexpr std::size_t kAsked = kReturned + 6;
inline constexpr std::size_t kNothing = kReturned + 8;

}  // namespace test
