// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/mm/health/frame_contents.hpp"

#include "tests/support/fake_memory.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>

namespace test {

/// The frames of a FakeMemory: what `poke -p` writes is what is seen here.
class FakeContents final : public mm::FrameContents {
public:
    explicit FakeContents(FakeMemory& memory) : memory_{memory} {}

    std::uint64_t most_frames() const override { return 2; }

    std::uint64_t volatile* show(mm::FrameRange frames) override {
        shown_ = frames;
        std::uint64_t* to = words_.data();
        for (mm::FrameNumber at = shown_.first; at < shown_.end; at = at + 1) {
            to = std::copy_n(memory_.frame(at).begin(), mm::kFrameWords, to);
        }
        return words_.data();
    }

    void hide() override {
        std::uint64_t const* from = words_.data();
        for (mm::FrameNumber at = shown_.first; at < shown_.end; at = at + 1) {
            std::copy_n(from, mm::kFrameWords, memory_.frame(at).begin());
            from += mm::kFrameWords;
        }
        for (auto const& [address, bits] : stuck) {
            mm::FrameNumber const frame = mm::FrameNumber::containing(address);
            memory_.frame(frame)[address.raw() % mm::kFrameBytes / sizeof(bits)] |= bits;
        }
    }

    /// Bits of words that are always set.
    std::map<kernel::PhysAddr, std::uint64_t> stuck;

private:
    FakeMemory& memory_;
    mm::FrameRange shown_{mm::FrameNumber{0}, mm::FrameNumber{0}};
    std::array<std::uint64_t, 2 * mm::kFrameWords> words_{};
};

}  // namespace test
