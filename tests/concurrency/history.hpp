// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/error.hpp"
#include "kernel/mm/frame.hpp"
#include "kernel/mm/order.hpp"

#include "tests/concurrency/explorer/view.hpp"

#include <array>
#include <cstdint>
#include <optional>

namespace concurrency {

/// Who calls: a core, or a handler. Only one core is interrupted.
inline constexpr unsigned kHandler = kMostCores;
inline constexpr unsigned kMostCallers = kMostCores + 1;

/// A call of an allocator of at most 64 frames, or units, counted from its first, and what came of
/// it.
struct Call {
    bool is_free = false;
    unsigned order = 0;
    std::uint64_t frame = 0;  ///< That was given, or given back.
    std::optional<kernel::Error> error = std::nullopt;
    std::uint64_t begin = 0;  ///< now(), before and behind it.
    std::uint64_t end = 0;
};

/// What an allocator promises to whoever calls it, done one call after the other: which frames are
/// free, and where blocks begin.
class SerialFrames {
public:
    explicit SerialFrames(std::uint64_t frames)
        : free_{frames < 64 ? (1ULL << frames) - 1 : ~0ULL} {}

    /// Does `call`; false if it cannot have ended so.
    bool accepts(Call const& call);

    std::uint64_t free_frames() const { return free_; }

private:
    static std::uint64_t block(std::uint64_t frame, unsigned order) {
        return ((2ULL << ((1U << order) - 1)) - 1) << frame;
    }
    bool has_free_block(unsigned order) const;
    std::optional<kernel::Error> refusal(Call const& call) const;

    std::uint64_t free_;
    std::array<std::uint8_t, 64> order_{};  ///< Of the block that begins there, plus 1.
};

/// The calls of all callers in one execution. Each writes down its own; the explorer takes no
/// notice of it.
class History {
public:
    void add(unsigned caller, Call const& call);

    /// True if all calls, done one after the other, could have ended as they did, in some order in
    /// which a call that had ended before another began comes before it (Herlihy and Wing,
    /// Linearizability, TOPLAS 12(3), 1990). `after` are then the frames as they are in the end.
    bool is_serial(SerialFrames const& before, SerialFrames& after) const;

private:
    static constexpr unsigned kMostCalls = 12;
    using Next = std::array<unsigned, kMostCallers>;

    bool goes_on(SerialFrames const& frames, Next& next, SerialFrames& after) const;
    bool may_be_next(unsigned caller, Next const& next) const;

    std::array<std::array<Call, kMostCalls>, kMostCallers> calls_{};
    Next count_{};
};

}  // namespace concurrency
