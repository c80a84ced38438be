// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/require.hpp"

#include <cstdint>

namespace kernel {

/// Bits `High` down to `Low` of a register or descriptor, numbered as in the manual. A value that
/// does not fit breaks a promise; in a constant it does not compile.
template <unsigned High, unsigned Low = High>
struct Field {
    static_assert(High < 64 && Low <= High);
    static constexpr std::uint64_t kMax = ~std::uint64_t{0} >> (63 - (High - Low));
    static constexpr std::uint64_t kMask = kMax << Low;

    /// A word with `value` in this field and zeroes elsewhere.
    static constexpr std::uint64_t of(std::uint64_t value) {
        require(value <= kMax, "a value fits into its field");
        return value << Low;
    }

    /// The value of this field in `word`.
    static constexpr std::uint64_t in(std::uint64_t word) { return (word & kMask) >> Low; }

    /// `word` with this field set to `value` and the rest as it was.
    static constexpr std::uint64_t put(std::uint64_t word, std::uint64_t value) {
        return (word & ~kMask) | of(value);
    }
};

}  // namespace kernel
