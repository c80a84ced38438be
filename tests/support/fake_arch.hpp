// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>

namespace test {

/// What the panic path asks of the machine: core 2, guard pages of two stacks, a kernel whose text
/// is one function, and memory that holds only what a test has put there.
struct FakeArch {
    static constexpr unsigned kCore = 2;
    static constexpr std::uint64_t kBootGuard = 0x1000;  ///< A page, below core 1's `first stack`.
    static constexpr std::uint64_t kExceptionGuard = 0x5000;  ///< Below core 3's `second stack`.
    static constexpr std::uint64_t kTextBegin = 0x10'0000;    ///< Where `work` begins.
    static constexpr std::uint64_t kTextEnd = 0x10'1000;

    /// Words that can be read, by address. All others are not mapped.
    static inline std::map<std::uint64_t, std::uint64_t> words;
};

}  // namespace test
