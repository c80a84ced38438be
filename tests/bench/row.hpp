// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/mm/frame.hpp"

#include <cstdint>
#include <span>

namespace bench {

/// What an allocator begins with.
struct Space {
    mm::FrameRange frames;              ///< All free. Memory stands behind them if the row asks.
    std::span<std::uint64_t> metadata;  ///< Zero, and as much as the row asked for.
    unsigned cores;
};

/// Where a block begins: a number that only its allocator understands, and never 0.
using Place = std::uint64_t;
inline constexpr Place kNone = 0;

/// An allocator of page frames as the benchmark sees it: a row of its tables. Each call goes
/// through a pointer, so that all of them pay for the same call.
struct Row {
    char const* name;
    unsigned largest_order;  ///< It has no larger blocks.
    bool is_shared;          ///< Several threads may call it.
    bool touches_frames;     ///< It writes into free frames: memory must stand behind them.
    std::uint64_t (*metadata_words)(mm::FrameRange frames);
    /// Bytes beside the metadata: counters, lists, caches.
    std::uint64_t (*other_bytes)(unsigned cores);
    void (*begin)(Space const& space);
    /// This thread is core `number` of the space from now on.
    void (*become_core)(unsigned number);
    /// kNone if there is no such block.
    Place (*allocate)(unsigned order);
    void (*free)(Place place, unsigned order);
    /// Gives back what cores keep. One thread at a time.
    void (*drain)();
};

template <typename Allocator>
constexpr Row row(char const* name) {
    return {name,
            Allocator::kLargestOrder,
            Allocator::kIsShared,
            Allocator::kTouchesFrames,
            Allocator::metadata_words,
            Allocator::other_bytes,
            Allocator::begin,
            Allocator::become_core,
            Allocator::allocate,
            Allocator::free,
            Allocator::drain};
}

/// Ours last: those that have blocks of more than one frame.
std::span<Row const> rows();

/// The one that the others' times are compared with.
Row const& per_core_array();

}  // namespace bench
