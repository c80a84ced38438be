// SPDX-License-Identifier: MIT
#pragma once

#include "tests/exhaustive/explorer.hpp"

#include <cinttypes>
#include <cstdint>
#include <cstdio>

namespace exhaustive {

/// Searches all of `world`. True, after a line of figures, if the search ended well and found
/// `expected` states.
template <typename World>
bool explore(char const* what, World&& world, std::uint64_t expected) {
    auto const tally = Explorer{world}.run();
    if (!tally) {
        std::printf("  in the search: %s\n", what);
        return false;
    }
    std::printf("%s: %" PRIu64 " states, %" PRIu64 " operations, %" PRIu64 " refused\n", what,
                tally->states, tally->operations, tally->refused);
    if (tally->states != expected) {
        std::printf("FAILED: there must be %" PRIu64 " states\n", expected);
    }
    return tally->states == expected;
}

}  // namespace exhaustive
