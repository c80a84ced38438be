// SPDX-License-Identifier: MIT
#include "kernel/mm/trial/naive_frames.hpp"

#include "tests/support/arena.hpp"

#include <vector>

#include <CppUTest/TestHarness.h>

namespace {

using kernel::Error;
using mm::Block;
using mm::FrameKind;
using mm::FrameNumber;
using mm::NaiveFrames;
using mm::Order;
using test::frames;
using test::must;

/// The model over frames that are all free.
struct Model {
    Model(std::uint64_t first, std::uint64_t count)
        : entries(count), frames{test::frames(first, count), entries} {
        must(frames.release(frames.span()));
    }

    std::vector<NaiveFrames::Entry> entries;
    NaiveFrames frames;
};

Block block(std::uint64_t first, unsigned order) { return {FrameNumber{first}, Order::of(order)}; }

}  // namespace

// What the allocator is measured by is measured by hand.
TEST_GROUP(NaiveFrames){};

TEST(NaiveFrames, TakesSingleFramesFromTheLowestBlockOfLessThanARun) {
    Model m{0, 1024};
    must(m.frames.allocate_range(frames(0, 64)));
    must(m.frames.allocate_range(frames(64, 64)));
    must(m.frames.allocate_range(frames(200, 1)));  // So the run above 192 is partly free.
    must(m.frames.free_frames(frames(64, 64)));

    CHECK(must(m.frames.allocate(Order{})) == block(192, 0));
}

TEST(NaiveFrames, TakesOtherBlocksFromTheRunWhoseLargestIsJustEnough) {
    Model m{0, 192};
    must(m.frames.allocate_range(frames(0, 1)));    // Run 0 has an order 5 block, and order 1 at 2.
    must(m.frames.allocate_range(frames(64, 32)));  // Run 1: order 4 is the largest,
    must(m.frames.allocate_range(frames(96, 1)));   // its order 1 block is at 98.

    CHECK(must(m.frames.allocate(Order::of(1))) == block(98, 1));
    CHECK(must(m.frames.allocate(Order::of(5))) == block(32, 5));
    CHECK(must(m.frames.allocate(Order::of(5))) == block(128, 5));
}

TEST(NaiveFrames, TakesTheSmallestOfTheLargeBlocks) {
    Model m{64, 448};  // Orders 6, 7 and 8.

    CHECK(must(m.frames.allocate(Order::of(7))) == block(128, 7));
    CHECK(must(m.frames.allocate(Order::of(7))) == block(256, 7));
    CHECK(must(m.frames.allocate(Order::of(6))) == block(64, 6));
    CHECK(must(m.frames.allocate(Order::of(6))) == block(384, 6));
}

TEST(NaiveFrames, FindsARowOfLargestBlocksAtItsAlignment) {
    Model m{0, 8192};
    must(m.frames.reserve(frames(0, 1)));

    CHECK(must(m.frames.allocate_frames(1025, 2048)) == frames(2048, 1025));
    CHECK(must(m.frames.allocate_frames(1025, 1)) == frames(4096, 1025));
    CHECK(m.frames.allocate_frames(2048, 4096).error() == Error::OutOfMemory);
}

TEST(NaiveFrames, SaysWhatIsWrongWithAFree) {
    Model m{10, 54};
    must(m.frames.reserve(frames(10, 1)));
    must(m.frames.allocate_range(frames(12, 4)));

    auto const refusal = [&](std::uint64_t frame, unsigned order) {
        return m.frames.free(FrameNumber{frame}, Order::of(order)).error();
    };
    CHECK(refusal(9, 0) == Error::NotRam);
    CHECK(refusal(10, 0) == Error::Reserved);
    CHECK(refusal(11, 0) == Error::AlreadyFree);
    CHECK(refusal(13, 0) == Error::InsideBlock);
    CHECK(refusal(12, 1) == Error::WrongOrder);
    CHECK(m.frames.inspect(FrameNumber{13}).block == block(12, 2));
    CHECK(m.frames.inspect(FrameNumber{63}).block == block(32, 5));
    CHECK(m.frames.inspect(FrameNumber{64}).kind == FrameKind::Outside);
}
