// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/mm/frame.hpp"
#include "kernel/mm/zone.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

namespace shell {

/// Which frames of a zone somebody has: a bit for each, which any core may change at any time. The
/// allocator has no part in it, so that a frame it gives to two is found at once.
class TakenFrames {
public:
    using Word = std::atomic<std::uint64_t>;

    static std::size_t words(mm::FrameRange span);

    /// At first all that is not free is taken. `words` are words(zone.span()), all of them 0.
    TakenFrames(mm::Zone const& zone, std::span<Word> words);

    mm::FrameRange span() const { return span_; }

    /// `frames` lie in the span. True if nobody had any of them.
    bool take(mm::FrameRange frames);

    /// True if somebody had all of them.
    bool give(mm::FrameRange frames);

private:
    mm::FrameRange span_;
    std::span<Word> words_;
};

}  // namespace shell
