// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/result.hpp"

#include <cstdint>
#include <string_view>

namespace kernel {

/// A number as it was typed: decimal, `0x` or `0b`, `_` between digits, and perhaps a unit.
struct Number {
    std::uint64_t value;  ///< In bytes where there is a unit.
    bool has_unit;        ///< K, M, G, KiB, MiB, GiB or B: it is a size, else a bare number.
};

/// Reads the whole of `word`, unit or not: what `alloc` takes, where a bare number is an order.
///
/// Units are powers of 1024. Before one a decimal number may have a fraction, and a blank may stand
/// between the two, since that is how sizes are printed: `1.5 GiB`. No sign.
/// Errors: NotANumber; NumberTooLarge if the value needs more than 64 bits.
Result<Number> parse_number(std::string_view word);

/// The same where a unit makes no difference: addresses, counts of bytes.
Result<std::uint64_t> parse_value(std::string_view word);

/// The same where no unit is allowed: orders, counts of things, values to write.
Result<std::uint64_t> parse_count(std::string_view word);

/// What is printed as `first..last`, both included.
struct NumberRange {
    std::uint64_t first;
    std::uint64_t last;
};

/// Reads `first..last`, or the same typed as `first-last` or `first+length`. Errors: NotARange,
/// also where there is nothing in it or it wraps; NumberTooLarge.
Result<NumberRange> parse_range(std::string_view word);

}  // namespace kernel
