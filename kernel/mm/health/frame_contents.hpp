// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/mm/frame.hpp"

#include <cstdint>

namespace mm {

inline constexpr std::uint64_t kFrameWords = kFrameBytes / sizeof(std::uint64_t);

/// The memory of frames, mapped or not, for those who must look into frames that nobody has.
class FrameContents {
public:
    static constexpr std::uint64_t kMostFrames = 64;

    /// So many frames can be seen at a time: at most kMostFrames.
    virtual std::uint64_t most_frames() const = 0;

    /// The words of `frames`, one frame after the other, until hide(). Takes nothing from any
    /// allocator. `frames` are RAM of one zone, at least one and at most most_frames().
    virtual std::uint64_t volatile* show(FrameRange frames) = 0;

    /// Whatever was written is now in the memory itself, and is read from there the next time: it
    /// is memory that is to be looked at, not a cache.
    virtual void hide() = 0;

protected:
    ~FrameContents() = default;
};

}  // namespace mm
