// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/mm/frame.hpp"
#include "kernel/mm/order.hpp"
#include "kernel/require.hpp"

#include <cstdint>

namespace shell {

/// A block that somebody has, and what its frames are stamped with: in one word, so that it can be
/// handed from core to core.
///
///     63                 32 31              4 3     0
///     [ stamp, never 0    ] [ first frame   ] [order]
class StampedBlock {
public:
    static constexpr std::uint64_t kFrameLimit = std::uint64_t{1} << 28;  ///< 1 TiB.

    constexpr StampedBlock(mm::Block const& block, std::uint32_t stamp)
        : word_{std::uint64_t{stamp} << 32 | block.first.raw() << 4 | block.order.value()} {
        kernel::require(stamp != 0 && block.first.raw() < kFrameLimit,
                        "a block and its stamp fit into a word");
    }
    /// The one whose word() it is.
    explicit constexpr StampedBlock(std::uint64_t word) : word_{word} {}

    /// Never 0.
    constexpr std::uint64_t word() const { return word_; }
    constexpr std::uint32_t stamp() const { return static_cast<std::uint32_t>(word_ >> 32); }
    constexpr mm::Block block() const {
        return {mm::FrameNumber{(word_ >> 4) % kFrameLimit},
                mm::Order::of(static_cast<unsigned>(word_ % 16))};
    }

private:
    std::uint64_t word_;
};

}  // namespace shell
