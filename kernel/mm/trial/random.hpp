// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/require.hpp"

#include <cstdint>

namespace mm {

/// Numbers that look random and depend on the seed alone, the same on every machine: a counter that
/// steps by an odd constant, its bits mixed by the finalizer of MurmurHash3 as varied in SplitMix64
/// (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
class Random {
public:
    explicit constexpr Random(std::uint64_t seed) : state_{seed} {}

    constexpr std::uint64_t next() {
        state_ += 0x9e37'79b9'7f4a'7c15;
        std::uint64_t mixed = state_;
        mixed = (mixed ^ mixed >> 30) * 0xbf58'476d'1ce4'e5b9;
        mixed = (mixed ^ mixed >> 27) * 0x94d0'49bb'1331'11eb;
        return mixed ^ mixed >> 31;
    }

    /// From 0 to `bound` - 1; `bound` is from 1 to 2^32. The low numbers are more likely by less
    /// than one in 2^32 / bound.
    constexpr std::uint64_t below(std::uint64_t bound) {
        kernel::require(bound != 0 && bound <= std::uint64_t{1} << 32, "a bound fits 32 bits");
        return (next() >> 32) * bound >> 32;
    }

    /// From 1 to `bound`, short ones far more often than long ones.
    constexpr std::uint64_t skewed(std::uint64_t bound) {
        std::uint64_t size = 2;
        while (size < bound && below(4) != 0) {
            size *= 2;
        }
        return 1 + below(size < bound ? size : bound);
    }

    /// A power of two up to `bound`, each half as likely as the one before.
    constexpr std::uint64_t skewed_power(std::uint64_t bound) {
        std::uint64_t power = 1;
        while (power * 2 <= bound && below(2) != 0) {
            power *= 2;
        }
        return power;
    }

private:
    std::uint64_t state_;
};

}  // namespace mm
