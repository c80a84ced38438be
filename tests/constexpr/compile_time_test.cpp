// SPDX-License-Identifier: MIT
//
// Compiled, never run: each static_assert puts the allocator through calls inside the compiler,
// which refuses every undefined step. The cross compiler compiles it too, with the kernel's flags,
// and so does clang: what the target is built from is what was proved.

#include "kernel/mm/buddy_allocator.hpp"
#include "kernel/mm/trial/frame_exerciser.hpp"

#include <array>
#include <cstdint>

namespace {

using mm::BuddyAllocator;
using mm::FrameExerciser;
using mm::FrameNumber;
using mm::FrameRange;
using mm::NaiveFrames;

/// The calls that agreed with the model, among them those that free everything at the end; 0 if one
/// did not.
template <std::uint64_t first, std::uint64_t count>
constexpr std::uint64_t agreeing_calls(std::uint64_t seed, std::uint64_t calls,
                                       FrameExerciser::Depth depth) {
    constexpr FrameRange kSpan{FrameNumber{first}, FrameNumber{first + count}};
    std::array<std::uint64_t, BuddyAllocator::metadata_words(kSpan)> metadata{};
    std::array<NaiveFrames::Entry, kSpan.count()> entries{};
    FrameExerciser exerciser{kSpan, metadata, entries, seed};
    return exerciser.run(calls, depth) ? 0 : exerciser.operations();
}

constexpr FrameExerciser::Depth kDepth{.verify_every = 50, .compare_every = 64};

// In five parts, each within the steps that clang takes for one constant unless told otherwise: the
// beginning of a run, the middle of one, across two runs, and across two largest blocks.
constexpr std::uint64_t kBeginning = agreeing_calls<0, 16>(1, 200, kDepth);
constexpr std::uint64_t kMiddle = agreeing_calls<3, 9>(2, 200, kDepth);
constexpr std::uint64_t kTwoRuns = agreeing_calls<121, 14>(3, 200, kDepth);
constexpr std::uint64_t kLongerInSecond = agreeing_calls<62, 20>(4, 200, kDepth);
constexpr std::uint64_t kTwoLargestBlocks = agreeing_calls<1017, 13>(5, 200, kDepth);
static_assert(kBeginning >= 200 && kMiddle >= 200 && kTwoRuns >= 200 && kLongerInSecond >= 200 &&
              kTwoLargestBlocks >= 200);

#ifndef __clang__
static_assert(agreeing_calls<3, 12>(6, 1'000, kDepth) >= 1'000);
static_assert(agreeing_calls<1000, 100>(7, 300, kDepth) >= 300);
#endif

}  // namespace
