// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/mm/frame.hpp"

#include <algorithm>
#include <bit>
#include <compare>
#include <cstdint>
#include <optional>

namespace mm {

/// log2 of a block's size in frames: 0 (4 KiB) to kMax (4 MiB). Always in range; the only ways to
/// one are from() and covering().
class Order {
public:
    static constexpr unsigned kMax = 10;

    /// The smallest order: one frame.
    constexpr Order() = default;

    /// None if there is no such order.
    static constexpr std::optional<Order> from(std::uint64_t value) {
        if (value > kMax) {
            return std::nullopt;
        }
        return Order{static_cast<unsigned>(value)};
    }

    /// The smallest order whose blocks hold `frames` frames; none if no block is that large.
    static constexpr std::optional<Order> covering(std::uint64_t frames) {
        return from(static_cast<unsigned>(std::bit_width(std::max<std::uint64_t>(frames, 1) - 1)));
    }

    /// Order::from for a value known to be in range.
    static constexpr Order of(unsigned value) {
        kernel::require(value <= kMax, "an order is at most Order::kMax");
        return Order{value};
    }

    constexpr unsigned value() const { return value_; }
    constexpr std::uint64_t frame_count() const { return std::uint64_t{1} << value_; }
    constexpr std::uint64_t bytes() const { return frame_count() << kFrameShift; }

    friend constexpr auto operator<=>(Order, Order) = default;

private:
    explicit constexpr Order(unsigned value) : value_{value} {}

    unsigned value_ = 0;
};

/// 2^order frames from `first` on, which is a multiple of 2^order.
// NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): an aggregate without a default.
struct Block {
    FrameNumber first;
    Order order;

    constexpr FrameRange range() const { return {first, first + order.frame_count()}; }
    friend constexpr bool operator==(Block, Block) = default;
};

}  // namespace mm
