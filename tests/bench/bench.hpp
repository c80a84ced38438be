// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/mm/frame.hpp"
#include "kernel/units.hpp"
#include "shell/rows/core.hpp"
#include "shell/rows/row.hpp"

#include "tests/bench/kernel_lock.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

/// So many bytes of zeroes, from the beginning of a page on; nothing stands behind them before they
/// are touched. Each of the programs has its own.
extern "C" void* map_memory(std::uint64_t bytes);

namespace bench {

/// An array of `count` zeroes.
template <typename T>
std::span<T> zeroes(std::uint64_t count) {
    return {static_cast<T*>(map_memory(count * sizeof(T))), count};
}

/// Memory and cores for rows, one after the other.
class Bench {
public:
    Bench() {
        for (unsigned i = 0; i < kMostCores; ++i) {
            cores_[i].number = i;
        }
    }

    /// `bytes` of free frames for `row`, and the metadata it asks for.
    Space space_for(Row const& row, std::uint64_t bytes, unsigned cores = 1) {
        mm::FrameRange const frames = frames_for(row, bytes);
        std::uint64_t const words = row.metadata_words(frames);
        if (metadata_.size() < words) {
            metadata_ = zeroes<std::uint64_t>(words);
        }
        std::fill_n(metadata_.begin(), words, 0);
        return {frames, metadata_.first(words), cores, &lock_};
    }

    /// The row begins with that, and this thread is its core 0.
    void begin(Row const& row, std::uint64_t bytes, unsigned cores = 1) {
        row.begin(space_for(row, bytes, cores));
        become_core(row, 0);
    }

    void become_core(Row const& row, unsigned number) {
        become(&cores_[number]);
        row.become_core(number);
    }

private:
    // Aligned to the largest blocks, and where nobody has memory: who touches it fails.
    static constexpr mm::FrameNumber kNowhere{std::uint64_t{1} << 32};
    static constexpr std::uint64_t kUnit = 4 * kernel::kMiB;

    mm::FrameRange frames_for(Row const& row, std::uint64_t bytes) {
        if (!row.touches_frames) {
            return {kNowhere, kNowhere + bytes / mm::kFrameBytes};
        }
        if (memory_.size() < bytes + kUnit) {
            memory_ = zeroes<std::byte>(bytes + kUnit);
        }
        std::uint64_t const first =
            kernel::align_up(reinterpret_cast<std::uintptr_t>(memory_.data()), kUnit);
        mm::FrameNumber const frame{first / mm::kFrameBytes};
        return {frame, frame + bytes / mm::kFrameBytes};
    }

    KernelLock lock_{"the frames", kernel::LockRank::Frames};
    std::array<Core, kMostCores> cores_{};
    std::span<std::uint64_t> metadata_;
    std::span<std::byte> memory_;
};

}  // namespace bench
