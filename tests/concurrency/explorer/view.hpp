// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

namespace concurrency {

inline constexpr unsigned kMostCores = 4;
inline constexpr unsigned kMostLocations = 64;  ///< Atomic words that more than one core uses.

/// A bit for each core.
using CoreSet = std::uint8_t;

constexpr CoreSet only(unsigned core) { return static_cast<CoreSet>(1U << core); }
constexpr bool has(CoreSet set, unsigned core) { return (set >> core & 1) != 0; }

/// The number of a message of one location, in the order they were written; or of a stretch of a
/// core's work, between two of its releases.
using Stamp = std::uint16_t;

/// A figure for each core.
using Clock = std::array<Stamp, kMostCores>;

constexpr void join(Clock& into, Clock const& other) {
    for (unsigned core = 0; core < kMostCores; ++core) {
        into[core] = std::max(into[core], other[core]);
    }
}

/// For each location, the oldest message that may still be read.
using Oldest = std::array<Stamp, kMostLocations>;

constexpr void join(Oldest& into, Oldest const& other) {
    for (unsigned location = 0; location < kMostLocations; ++location) {
        into[location] = std::max(into[location], other[location]);
    }
}

/// What happened before: what a core knows, and what a message tells to whoever acquires it.
struct View {
    Oldest oldest{};
    Clock clock{};  ///< Of each core, the last stretch that is known whole.

    constexpr void join(View const& other) {
        concurrency::join(oldest, other.oldest);
        concurrency::join(clock, other.clock);
    }
};

}  // namespace concurrency
