// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/mm/frame.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace mm {

/// Why a frame was taken out of use while the kernel ran.
enum class Retirement : std::uint8_t { Poison, MemoryTest };

/// `bad: poison` or `bad: memtest`.
std::string_view describe(Retirement why);

/// The frames that their zone has reserved for good because they lose what is written to them.
///
/// A list beside the zones, for people: that nobody gets the frames is the zones' doing.
class RetiredFrames {
public:
    /// Frames side by side that were retired for the same reason.
    struct Run {
        FrameRange frames;
        Retirement why;
    };

    /// As many frames can be listed as `storage` has words. It outlives this and is not written
    /// here.
    explicit RetiredFrames(std::span<std::uint64_t> storage) : entries_{storage} {}

    std::uint64_t count() const { return count_; }
    bool is_full() const { return count_ == entries_.size(); }

    /// True if `frame` was not listed before and is now.
    bool add(FrameNumber frame, Retirement why);

    /// Why `frame` was retired; none if it is not listed.
    std::optional<Retirement> find(FrameNumber frame) const;

    /// The first run at or after `from`; none if there is none.
    std::optional<Run> next(FrameNumber from) const;

private:
    // The number of the frame, and below it one bit for the reason. In rising order.
    static FrameNumber frame_of(std::uint64_t entry) { return FrameNumber{entry >> 1}; }
    static Retirement why_of(std::uint64_t entry) { return static_cast<Retirement>(entry & 1); }
    std::size_t place_of(FrameNumber frame) const;

    std::span<std::uint64_t> entries_;
    std::size_t count_ = 0;
};

}  // namespace mm
