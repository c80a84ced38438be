// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>

namespace kernel {

/// The longest of many stretches of time, by whatever counter the caller reads.
class LongestStretch {
public:
    /// A stretch begins now. One that had begun is forgotten.
    constexpr void begin(std::uint64_t now) {
        began_ = now;
        is_running_ = true;
    }

    /// The stretch that had begun, if one had, ends now.
    constexpr void end(std::uint64_t now) {
        if (is_running_) {
            longest_ = std::max(longest_, now - began_);
            is_running_ = false;
        }
    }

    constexpr std::uint64_t longest() const { return longest_; }

private:
    std::uint64_t began_ = 0;
    std::uint64_t longest_ = 0;
    bool is_running_ = false;
};

}  // namespace kernel
