// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/mm/early_window.hpp"
#include "kernel/require.hpp"
#include "shell/rows/row.hpp"

#include <algorithm>
#include <cstdint>
#include <span>

namespace shell {

/// The memory of a benchmark: frames that its rows hand out one after the other, and behind them
/// what else it needs for so many.
///
///     frames | places | metadata | costs of allocations | costs of frees | orders
class Room {
public:
    /// So many frames make a room in which rows have `frames`, a multiple of the largest block.
    static constexpr std::uint64_t size(std::uint64_t frames) {
        return frames + (frames * kBytesPerFrame + mm::kFrameBytes - 1) / mm::kFrameBytes;
    }

    /// In the size(`frames`) early frames from `first` on, which begins a largest block.
    Room(mm::EarlyWindow const& window, mm::EarlyFrame first, std::uint64_t frames)
        : begin_{window.to_virtual(first).raw()}, frames_{frames} {}

    std::uint64_t frames() const { return frames_; }
    /// The frames, by the addresses at which the kernel sees them: some rows write there.
    mm::FrameRange range() const { return first_frames(frames_); }
    std::span<bench::Place> places() const { return table<bench::Place>(0); }
    std::span<std::uint32_t> allocation_costs() const { return table<std::uint32_t>(kCosts); }
    std::span<std::uint32_t> free_costs() const { return table<std::uint32_t>(kCosts + 4); }
    std::span<std::uint8_t> orders() const { return table<std::uint8_t>(kCosts + 8); }

    /// The first `count` of them, and the metadata for them that `row` asks for.
    bench::Space space_for(bench::Row const& row, std::uint64_t count) const {
        mm::FrameRange const frames = first_frames(count);
        std::uint64_t const words = row.metadata_words(frames);
        kernel::require(words * sizeof(std::uint64_t) <= frames_, "a byte per frame is enough");
        auto* const metadata = table<std::uint64_t>(kMetadata).data();
        std::fill_n(metadata, words, 0);
        return {
            .frames = frames, .metadata = {metadata, words},
                 .cores = 1, .lock = nullptr
        };
    }

private:
    // Where each table begins, in bytes for each frame.
    static constexpr std::uint64_t kMetadata = sizeof(bench::Place);
    static constexpr std::uint64_t kCosts = kMetadata + 1;
    static constexpr std::uint64_t kBytesPerFrame = kCosts + 2 * sizeof(std::uint32_t) + 1;

    mm::FrameRange first_frames(std::uint64_t count) const {
        mm::FrameNumber const first{begin_ >> mm::kFrameShift};
        return {first, first + count};
    }
    /// With an entry for each frame.
    template <typename T>
    std::span<T> table(std::uint64_t begin) const {
        return {reinterpret_cast<T*>(begin_ + frames_ * (mm::kFrameBytes + begin)), frames_};
    }

    std::uint64_t begin_;
    std::uint64_t frames_;
};

}  // namespace shell
