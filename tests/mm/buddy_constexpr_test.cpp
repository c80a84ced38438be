// SPDX-License-Identifier: MIT
//
// The compiler itself runs the allocator, and refuses every undefined step.

#include "kernel/mm/buddy_allocator.hpp"
#include "kernel/mm/trial/frame_exerciser.hpp"

#include "tests/support/arena.hpp"

#include <array>

#include <CppUTest/TestHarness.h>

namespace {

using mm::BuddyAllocator;
using mm::FrameExerciser;
using mm::FrameRange;
using mm::NaiveFrames;
using mm::Order;

/// Takes and gives back a block, an exact count and a range, over a span with uneven ends.
constexpr bool everything_comes_back() {
    constexpr FrameRange kSpan = test::frames(1021, 1100);
    std::array<std::uint64_t, BuddyAllocator::metadata_words(kSpan)> metadata{};
    BuddyAllocator allocator{kSpan, metadata};
    if (!allocator.release(kSpan)) {
        return false;
    }
    std::uint64_t const hash = allocator.hash();
    auto const block = allocator.allocate(Order::of(9));
    auto const count = allocator.allocate_frames(77, 8);
    FrameRange const range = test::frames(1500, 41);
    if (!block || !count || !allocator.reserve(test::frames(2100, 5)) || !allocator.verify() ||
        allocator.allocate_range(range)) {  // Inside the block.
        return false;
    }
    return allocator.free(block->first, block->order) && allocator.free_frames(*count) &&
           allocator.release(test::frames(2100, 5)) && allocator.verify() &&
           allocator.hash() == hash;
}
static_assert(everything_comes_back());

constexpr bool agrees_with_the_model() {
    constexpr FrameRange kSpan = test::frames(30, 100);
    std::array<std::uint64_t, BuddyAllocator::metadata_words(kSpan)> metadata{};
    std::array<NaiveFrames::Entry, kSpan.count()> entries{};
    FrameExerciser exerciser{kSpan, metadata, entries, 3};
    return !exerciser.run(60, {.verify_every = 10, .compare_every = 30});
}
static_assert(agrees_with_the_model());

}  // namespace

TEST_GROUP(BuddyConstexpr){};

TEST(BuddyConstexpr, DoesTheSameAtRunTime) {
    CHECK(everything_comes_back());
    CHECK(agrees_with_the_model());
}
