// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/lock.hpp"
#include "kernel/mm/frame.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace bench {

/// What an allocator begins with.
struct Space {
    mm::FrameRange frames;              ///< All free. Memory stands behind them if the row asks.
    std::span<std::uint64_t> metadata;  ///< Zero, and as much as the row asked for.
    unsigned cores;
    kernel::Lock* lock;  ///< As the zones', for a row that has such a one.
};

/// Where a block begins: a number that only its allocator understands, and never 0.
using Place = std::uint64_t;
inline constexpr Place kNone = 0;

/// An allocator of page frames as the benchmark sees it: a row of its tables. Each call goes
/// through a pointer, so that all of them pay for the same call.
struct Row {
    std::string_view name;
    unsigned largest_order;  ///< It has no larger blocks.
    bool is_shared;          ///< Several threads may call it.
    bool touches_frames;     ///< It writes into free frames: memory must stand behind them.
    /// Bytes beside the metadata: counters, lists, caches.
    std::uint64_t own_bytes;
    std::uint64_t bytes_per_core;
    std::uint64_t (*metadata_words)(mm::FrameRange frames);
    void (*begin)(Space const& space);
    /// This thread is core `number` of the space from now on.
    void (*become_core)(unsigned number);
    /// kNone if there is no such block.
    Place (*allocate)(unsigned order);
    void (*free)(Place place, unsigned order);
    /// Gives back what cores keep. One thread at a time.
    void (*drain)();

    /// All that it keeps for `frames`.
    std::uint64_t bytes_for(mm::FrameRange frames, unsigned cores) const {
        return metadata_words(frames) * sizeof(std::uint64_t) + own_bytes + cores * bytes_per_core;
    }
};

/// An allocator that keeps nothing for each core.
struct Coreless {
    static constexpr std::uint64_t kBytesPerCore = 0;
    static void become_core(unsigned) {}
    static void drain() {}
};

template <typename Allocator>
constexpr Row row(std::string_view name) {
    return {name,
            Allocator::kLargestOrder,
            Allocator::kIsShared,
            Allocator::kTouchesFrames,
            Allocator::kOwnBytes,
            Allocator::kBytesPerCore,
            Allocator::metadata_words,
            Allocator::begin,
            Allocator::become_core,
            Allocator::allocate,
            Allocator::free,
            Allocator::drain};
}

/// All of them (rows.hpp).
std::span<Row const> rows();

}  // namespace bench
