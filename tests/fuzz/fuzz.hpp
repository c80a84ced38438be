// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>

/// What libFuzzer calls with each input. Any state it leaves behind must not change what the next
/// input does: a finding has to repeat from its one file.
// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls it by this name.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size);

namespace fuzz {

/// Ends the run with a finding unless `promise` holds; libFuzzer then keeps the input.
inline void check(bool holds, char const* promise) {
    if (!holds) {
        (void)std::fprintf(stderr, "broken: %s\n", promise);
        std::abort();
    }
}

/// Reads an input piece by piece; behind its end there are zeros.
class Bytes {
public:
    explicit Bytes(std::span<std::uint8_t const> bytes) : rest_{bytes} {}

    bool empty() const { return rest_.empty(); }

    std::uint8_t byte() {
        if (rest_.empty()) {
            return 0;
        }
        std::uint8_t const first = rest_.front();
        rest_ = rest_.subspan(1);
        return first;
    }
    std::uint16_t half() { return static_cast<std::uint16_t>(byte() | byte() << 8); }
    std::uint32_t word() { return half() | std::uint32_t{half()} << 16; }

    /// From 0 to `bound` - 1; `bound` is at most 2^16.
    std::uint32_t below(std::uint32_t bound) {
        std::uint32_t const value = bound <= 256 ? byte() : half();
        return value % bound;
    }

private:
    std::span<std::uint8_t const> rest_;
};

}  // namespace fuzz
