// SPDX-License-Identifier: MIT
// Behind the last run of a whole group come words that mean something else. No cache takes them for
// a run, whatever they say: here they say all they can.
#include "tests/support/caches.hpp"

#include <CppUTest/TestHarness.h>

using kernel::Error;
using mm::FrameKind;
using mm::FrameNumber;
using mm::Order;
using test::CachedArena;
using test::frames;
using test::kBlocks;
using test::kFirst;
using test::kReturned;
using test::kWhole;
using test::must;
using test::words_of;

TEST_GROUP(CachedBuddiesEnd) {
    static constexpr std::uint64_t kRuns = 64;
    static constexpr std::uint64_t kEnd = kRuns * 64;

    CachedArena arena{0, kEnd};

    /// Behind the bytes of the last run the first core's tree says that its first run has
    /// something, which as a byte is: lent to that core for single frames. Behind its words those
    /// of groups have, as blocks of frames, one at the tenth.
    void setup() override {
        arena.fill(65);
        arena.give(0, 5);
        must(arena.buddies().allocate_range(frames(640, 64)));
        CHECK(arena.is_sound());
        UNSIGNED_LONGS_EQUAL(mm::Borrower(0, 0).raw(), arena.borrowers()[kRuns]);
        UNSIGNED_LONGS_EQUAL(
            1U << 10, arena.arena.metadata[2 * kRuns + 1] & ~arena.arena.metadata[2 * kRuns]);
    }
};

TEST(CachedBuddiesEnd, NothingIsFreedThere) {
    for (unsigned const core : {0U, 1U}) {
        CHECK(arena.refusal(core, kEnd + 10) == Error::NotRam);
        CHECK(arena.refusal(core, kEnd + 11) == Error::NotRam);
    }
    CHECK(arena.cached.inspect(FrameNumber{kEnd + 10}).kind == FrameKind::Outside);
}

TEST(CachedBuddiesEnd, NothingWaitsThere) {
    arena.fill(63);
    words_of(arena.caches[0])[kWhole] = kRuns;
    words_of(arena.caches[0])[kReturned] = 1;
    auto const block = arena.cached.allocate(arena.caches[0], Order::of(1));
    CHECK(!block && block.error() == Error::Corrupt);
}

// Behind the tree of what has returned to the first core is that of what the second has listed.
TEST(CachedBuddiesEnd, NothingHasReturnedThere) {
    CachedArena other{0, kEnd};
    for (unsigned index = 0; index < 65; ++index) {
        other.take(1);
    }
    other.give(1, 5);
    CHECK(other.is_sound());
    words_of(other.caches[0])[kWhole] = kRuns;

    CHECK_FALSE(other.is_sound());
}

TEST(CachedBuddiesEnd, NoRunThereIsACurrentOne) {
    CachedArena other{0, kEnd};
    other.fill(9 * 64);
    other.give(0, 5);
    other.give(0, 448);
    UNSIGNED_LONGS_EQUAL(0x81, other.borrowers()[kRuns]);
    other.borrowers()[8] =
        mm::Borrower(0, 0).raw();  // No longer the current one; nothing is free in it.
    words_of(other.caches[0])[kFirst] = kEnd;
    words_of(other.caches[0])[kBlocks] =
        reinterpret_cast<std::uint64_t>(other.buddies().run_words() + 2 * kRuns + 1);

    CHECK_FALSE(other.is_sound());
}
