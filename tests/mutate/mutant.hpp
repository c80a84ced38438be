// SPDX-License-Identifier: MIT
//
// Included by every file into which tools/mutants.py has written mutants.
#pragma once

#include <cstdint>
#include <type_traits>

namespace mutation {

inline constexpr std::uint32_t kNone = 0;
inline constexpr std::uint32_t kLimit = 32'768;

/// The mutant that takes effect. Numbers begin at 1.
inline std::uint32_t active = kNone;

/// Which mutants this process has come by.
inline bool reached[kLimit];

/// True where the mutant is to take the place of the original. Never at compile time.
constexpr bool is(std::uint32_t number) {
    if (std::is_constant_evaluated()) {
        return false;
    }
    reached[number] = true;
    return active == number;
}

}  // namespace mutation
