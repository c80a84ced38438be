// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/mm/early_frames.hpp"
#include "kernel/mm/early_window.hpp"

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <vector>

namespace test {

/// Early frames in a host's memory: an early window over a buffer, and a source of its frames,
/// which come full of rubbish and can be made to run out.
class EarlyArena final : public mm::EarlyFrameSource {
public:
    static constexpr kernel::PhysAddr kBase{0x4000'0000};

    explicit EarlyArena(std::uint64_t frames);

    mm::EarlyWindow const& window() const { return window_; }

    kernel::Result<mm::EarlyFrame> allocate() override;
    void free(mm::EarlyFrame frame) override;

    /// From now on `count` allocations succeed.
    void allow(std::uint64_t count) { allowed_ = count; }
    void allow_all() { allowed_ = std::numeric_limits<std::uint64_t>::max(); }

    std::uint64_t outstanding() const { return outstanding_; }

    /// A number that depends on every byte of every frame.
    std::uint64_t hash() const;

    /// Asked about each frame that is given back.
    std::function<void(mm::EarlyFrame)> on_free = [](mm::EarlyFrame) {};

private:
    struct alignas(mm::kFrameBytes) Frame {
        unsigned char bytes[mm::kFrameBytes];
    };

    std::vector<Frame> frames_;
    std::vector<bool> taken_;
    mm::EarlyWindow window_;
    std::uint64_t allowed_ = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t outstanding_ = 0;
};

}  // namespace test
