// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/mm/buddy_allocator.hpp"
#include "kernel/mm/trial/frame_call.hpp"
#include "kernel/mm/trial/naive_frames.hpp"
#include "kernel/mm/trial/random_calls.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace mm {

/// Where a BuddyAllocator was not what NaiveFrames says it must be.
struct Divergence {
    std::uint64_t operations = 0;  ///< Calls made, the last one included.
    std::string_view what;         ///< What differed after it.
    FrameCall call;
    FrameOutcome allocator;  ///< What the allocator answered,
    FrameOutcome model;      ///< and what the model did.
};

/// Puts a BuddyAllocator through random calls, right and wrong ones, and compares every answer,
/// address and counter with NaiveFrames. Runs on the host and, as `selftest`, on the target.
class FrameExerciser {
public:
    /// How many calls go by between two walks over everything.
    struct Depth {
        std::uint64_t verify_every = 1;    ///< All invariants of the allocator.
        std::uint64_t compare_every = 64;  ///< The state of every frame.
    };

    /// Exercises an allocator of its own over `span`, whose frames nobody touches. `metadata` has
    /// BuddyAllocator::metadata_words(span) words, `entries` one for each frame of `span`.
    constexpr FrameExerciser(FrameRange span, std::span<std::uint64_t> metadata,
                             std::span<NaiveFrames::Entry> entries, std::uint64_t seed)
        : allocator_{span, metadata}, model_{span, entries}, calls_{seed} {
        free_everything();
        hash_when_free_ = allocator_.hash();
    }

    /// Makes `count` random calls, then frees and releases everything, which must bring back the
    /// largest blocks. Ends at the first difference and describes it.
    constexpr std::optional<Divergence> run(std::uint64_t count, Depth depth) {
        for (std::uint64_t call = 0; call < count && !divergence_; ++call) {
            make(calls_.next(model_));
            compare_frame(last_.range.first);
            compare_frame(calls_.frame(model_));
            if (call % depth.verify_every == 0) {
                check(static_cast<bool>(allocator_.verify()), "the invariants");
            }
            if (call % depth.compare_every == 0) {
                compare_all_frames();
            }
        }
        free_everything();
        compare_all_frames();
        check(static_cast<bool>(allocator_.verify()), "the invariants after all was freed");
        check(allocator_.hash() == hash_when_free_, "the state after all was freed");
        return divergence_;
    }

    /// Calls made so far, those that free everything included.
    constexpr std::uint64_t operations() const { return operations_; }
    /// Answers, counters, frames and walks over the invariants that were compared so far.
    constexpr std::uint64_t checks() const { return checks_; }

private:
    constexpr void check(bool agrees, std::string_view what) {
        ++checks_;
        if (!agrees && !divergence_) {
            divergence_ = {operations_, what, last_, from_allocator_, from_model_};
        }
    }

    constexpr void make(FrameCall const& call) {
        last_ = call;
        from_allocator_ = call.make_on(allocator_);
        from_model_ = call.make_on(model_);
        ++operations_;
        check(from_allocator_ == from_model_, "the answer");
        check(allocator_.free_frames_count() == model_.free_frames_count(), "free frames");
        check(allocator_.reserved_frames() == model_.reserved_frames(), "reserved frames");
        check(allocator_.allocated_blocks() == model_.allocated_blocks(), "allocated blocks");
    }

    constexpr void compare_frame(FrameNumber frame) {
        check(allocator_.inspect(frame) == model_.inspect(frame), "the state of a frame");
    }

    constexpr void compare_all_frames() {
        FrameNumber frame = model_.span().first;
        while (frame != model_.span().end) {
            FrameState const expected = model_.inspect(frame);
            for (; frame != expected.block.range().end; frame = frame + 1) {
                check(allocator_.inspect(frame) == expected, "the state of a frame");
            }
        }
    }

    constexpr void free_everything() {
        FrameRange const span = model_.span();
        FrameNumber frame = span.first;
        while (frame != span.end && !divergence_) {
            FrameState const state = model_.inspect(frame);
            if (state.kind == FrameKind::Allocated) {
                make({.kind = FrameCall::Kind::Free,
                      .range = state.block.range(),
                      .order = state.block.order});
            } else if (state.kind == FrameKind::Reserved) {
                FrameNumber end = frame;
                while (model_.kind_of(end) == FrameKind::Reserved) {
                    end = end + 1;
                }
                make({
                    .kind = FrameCall::Kind::Release, .range = {frame, end}
                });
            }
            // What was freed may have merged with frames on both sides.
            frame = model_.inspect(frame).block.range().end;
        }
    }

    BuddyAllocator allocator_;
    NaiveFrames model_;
    RandomCalls calls_;
    FrameCall last_;
    FrameOutcome from_allocator_;
    FrameOutcome from_model_;
    std::uint64_t hash_when_free_ = 0;
    std::uint64_t operations_ = 0;
    std::uint64_t checks_ = 0;
    std::optional<Divergence> divergence_;
};

}  // namespace mm
