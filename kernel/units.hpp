// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/require.hpp"

#include <concepts>
#include <cstdint>

namespace kernel {

inline constexpr std::uint64_t kKiB = 1024;
inline constexpr std::uint64_t kMiB = 1024 * kKiB;
inline constexpr std::uint64_t kGiB = 1024 * kMiB;

/// Not std::has_single_bit: it counts bits, by a libgcc function that uses vector registers.
constexpr bool is_power_of_two(std::uint64_t value) {
    return value != 0 && (value & (value - 1)) == 0;
}

/// `unit` is a power of two.
constexpr bool is_aligned(std::uint64_t value, std::uint64_t unit) {
    require(is_power_of_two(unit), "an alignment is a power of two");
    return (value & (unit - 1)) == 0;
}

/// The largest multiple of `unit`, a power of two, that is not above `value`.
constexpr std::uint64_t align_down(std::uint64_t value, std::uint64_t unit) {
    require(is_power_of_two(unit), "an alignment is a power of two");
    return value & ~(unit - 1);
}

/// The smallest multiple of `unit`, a power of two, that is not below `value`; it must exist in
/// 64 bits.
constexpr std::uint64_t align_up(std::uint64_t value, std::uint64_t unit) {
    require(value <= ~(unit - 1), "the next multiple fits into 64 bits");
    return align_down(value + unit - 1, unit);
}

}  // namespace kernel
