// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/mm/frame.hpp"
#include "kernel/mm/order.hpp"
#include "kernel/require.hpp"
#include "kernel/result.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace mm {

/// What came of a call: the frames it concerned, or why it was refused.
struct FrameOutcome {
    std::optional<kernel::Error> error;
    FrameRange frames{FrameNumber{0}, FrameNumber{0}};

    friend constexpr bool operator==(FrameOutcome const&, FrameOutcome const&) = default;
};

constexpr FrameOutcome outcome_of(kernel::Result<void> result, FrameRange range) {
    return result ? FrameOutcome{{}, range} : FrameOutcome{.error = result.error()};
}
constexpr FrameOutcome outcome_of(kernel::Result<FrameRange> result) {
    return result ? FrameOutcome{{}, *result} : FrameOutcome{.error = result.error()};
}
constexpr FrameOutcome outcome_of(kernel::Result<Block> result) {
    return result ? FrameOutcome{{}, result->range()} : FrameOutcome{.error = result.error()};
}

/// One call of a frame allocator, as a value: it can be chosen at random, made on several
/// allocators, and printed.
struct FrameCall {
    enum class Kind : std::uint8_t {
        Release,
        Reserve,
        Allocate,
        AllocateFrames,
        AllocateRange,
        Free,
        FreeFrames,
    };

    Kind kind = Kind::Allocate;
    FrameRange range{FrameNumber{0}, FrameNumber{0}};  ///< Free: only its first frame.
    Order order{};                                     ///< Allocate and Free.
    std::uint64_t count = 0;                           ///< AllocateFrames, as is `alignment`.
    std::uint64_t alignment = 1;

    /// Makes the call on `frames`, a BuddyAllocator or what has the same functions.
    template <typename Frames>
    constexpr FrameOutcome make_on(Frames& frames) const {
        switch (kind) {
            case Kind::Release: return outcome_of(frames.release(range), range);
            case Kind::Reserve: return outcome_of(frames.reserve(range), range);
            case Kind::Allocate: return outcome_of(frames.allocate(order));
            case Kind::AllocateFrames: return outcome_of(frames.allocate_frames(count, alignment));
            case Kind::AllocateRange: return outcome_of(frames.allocate_range(range), range);
            case Kind::Free: return outcome_of(frames.free(range.first, order), range);
            case Kind::FreeFrames: return outcome_of(frames.free_frames(range), range);
        }
        kernel::unreachable("a kind of call is one of its enumerators");
    }
};

constexpr std::string_view describe(FrameCall::Kind kind) {
    switch (kind) {
        case FrameCall::Kind::Release: return "release";
        case FrameCall::Kind::Reserve: return "reserve";
        case FrameCall::Kind::Allocate: return "allocate";
        case FrameCall::Kind::AllocateFrames: return "allocate_frames";
        case FrameCall::Kind::AllocateRange: return "allocate_range";
        case FrameCall::Kind::Free: return "free";
        case FrameCall::Kind::FreeFrames: return "free_frames";
    }
    kernel::unreachable("a kind of call is one of its enumerators");
}

}  // namespace mm
