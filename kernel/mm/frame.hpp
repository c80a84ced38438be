// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/address.hpp"
#include "kernel/require.hpp"

#include <compare>
#include <cstdint>
#include <limits>

namespace mm {

inline constexpr unsigned kFrameShift = 12;  ///< log2 of a frame's bytes.
inline constexpr std::uint64_t kFrameBytes = std::uint64_t{1} << kFrameShift;  ///< 4 KiB.

/// The number of a page frame: its physical address divided by 4 KiB. There is no "none": frame 0
/// is ordinary RAM on a Pi.
class FrameNumber {
public:
    /// One past the last frame that a 64-bit address can name.
    static constexpr std::uint64_t kLimit = std::uint64_t{1} << (64 - kFrameShift);

    explicit constexpr FrameNumber(std::uint64_t raw) : raw_{raw} {}

    /// The frame in which the byte at `address` lies.
    static constexpr FrameNumber containing(kernel::PhysAddr address) {
        return FrameNumber{address.raw() >> kFrameShift};
    }

    constexpr std::uint64_t raw() const { return raw_; }

    /// Where the frame begins. The frame must be below kLimit.
    constexpr kernel::PhysAddr address() const {
        kernel::require(raw_ < kLimit, "a frame has a 64-bit address");
        return kernel::PhysAddr{raw_ << kFrameShift};
    }

    friend constexpr auto operator<=>(FrameNumber, FrameNumber) = default;

    /// `frames` further up. The sum must not wrap.
    friend constexpr FrameNumber operator+(FrameNumber number, std::uint64_t frames) {
        kernel::require(number.raw_ + frames >= number.raw_, "a frame number does not wrap");
        return FrameNumber{number.raw_ + frames};
    }

    /// Distance in frames from `from` up to `to`. A distance, not a FrameNumber.
    friend constexpr std::uint64_t operator-(FrameNumber to, FrameNumber from) {
        kernel::require(from <= to, "a distance between frames is not negative");
        return to.raw_ - from.raw_;
    }

private:
    std::uint64_t raw_;
};

/// Above every frame.
inline constexpr FrameNumber kAnywhere{std::numeric_limits<std::uint64_t>::max()};

/// The frames [first, end).
struct FrameRange {
    FrameNumber first;
    FrameNumber end;

    constexpr bool empty() const { return end <= first; }
    constexpr std::uint64_t count() const { return empty() ? 0 : end - first; }
    constexpr bool contains(FrameNumber frame) const { return first <= frame && frame < end; }
    /// An empty range is contained nowhere.
    constexpr bool contains(FrameRange range) const {
        return !range.empty() && first <= range.first && range.end <= end;
    }
    constexpr bool overlaps(FrameRange range) const {
        return !empty() && !range.empty() && first < range.end && range.first < end;
    }
    friend constexpr bool operator==(FrameRange, FrameRange) = default;
};

/// A frame that names where it lies: inside the early window or not. The two do not convert into
/// each other, and only an early one can become a pointer (EarlyWindow).
template <typename Where>
class PlacedFrame {
public:
    explicit constexpr PlacedFrame(FrameNumber number) : number_{number} {}

    constexpr FrameNumber number() const { return number_; }
    constexpr kernel::PhysAddr address() const { return number_.address(); }

    friend constexpr auto operator<=>(PlacedFrame, PlacedFrame) = default;

private:
    FrameNumber number_;
};

using EarlyFrame = PlacedFrame<struct InEarlyWindow>;    ///< Mapped since boot.
using LateFrame = PlacedFrame<struct OutOfEarlyWindow>;  ///< Mapped nowhere until asked for.

}  // namespace mm
