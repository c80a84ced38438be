// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/mm/health/frame_contents.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace test {

/// The memory of a few frames. A test may derive from it and spoil what is written.
class FakeFrames : public mm::FrameContents {
public:
    FakeFrames(mm::FrameRange frames, std::uint64_t most)
        : words(frames.count() * mm::kFrameWords), frames_{frames}, most_{most} {}

    virtual ~FakeFrames() = default;
    FakeFrames(FakeFrames const&) = delete;
    FakeFrames& operator=(FakeFrames const&) = delete;

    std::uint64_t most_frames() const override { return most_; }

    std::uint64_t volatile* show(mm::FrameRange shown) override {
        kernel::require(frames_.contains(shown) && shown.count() <= most_ && !is_shown_,
                        "frames are shown that exist, a few at a time");
        is_shown_ = true;
        shown_frames += shown.count();
        return &words[place_of(shown.first)];
    }

    void hide() override {
        kernel::require(is_shown_, "what is hidden was shown");
        is_shown_ = false;
    }

    /// Of the first word of `frame`.
    std::uint64_t place_of(mm::FrameNumber frame) const {
        return (frame - frames_.first) * mm::kFrameWords;
    }

    std::vector<std::uint64_t> words;
    std::uint64_t shown_frames = 0;

private:
    mm::FrameRange frames_;
    std::uint64_t most_;
    bool is_shown_ = false;
};

}  // namespace test
