// SPDX-License-Identifier: MIT
// How all that a core keeps comes home, some of it at a time.
#include "kernel/mm/cached_buddies.hpp"

#include "tests/support/caches.hpp"

#include <CppUTest/TestHarness.h>

using mm::FrameNumber;
using mm::Order;
using test::CachedArena;
using test::frames;
using test::must;

namespace {

bool drain_some(CachedArena& arena) { return arena.cached.drain_some(arena.caches[0]); }

/// Core 0 borrows as many, for several orders.
void borrow(CachedArena& arena, unsigned runs) {
    for (unsigned order = 0; order < 4; ++order) {
        arena.fill((64U >> order) * runs / 4, order);
    }
    UNSIGNED_LONGS_EQUAL(runs, arena.buddies().lent_runs());
}

}  // namespace

TEST_GROUP(CachedDrain){};

TEST(CachedDrain, EachBlockComesHomeWhoeverFreedIt) {
    CachedArena arena{0, 1024};
    for (unsigned order = 0; order < 6; ++order) {
        std::uint64_t const size = std::uint64_t{1} << order;
        arena.fill((64U >> order) + 2, order);
        arena.give(0, 0, order);
        arena.give(1, 64, order);
        arena.give(1, 64 - size, order);
        UNSIGNED_LONGS_EQUAL(64 + size, arena.cached.cached_frames());
        arena.drain();
        UNSIGNED_LONGS_EQUAL(0, arena.cached.cached_frames());
        CHECK(arena.is_sound());
        for (std::uint64_t frame = size; frame < 64 - size; frame += size) {
            CHECK(arena.cached.inspect(FrameNumber{frame}).block.order == Order::of(order));
            arena.give(1, frame, order);
        }
        arena.give(0, 64 + size, order);
        CHECK(arena.is_whole_again());
    }
}

TEST(CachedDrain, WhatOthersKeepStays) {
    CachedArena arena{0, 1024};
    arena.take(0);
    arena.take(1, 2);
    must(arena.cached.drain(arena.caches[0]));
    CHECK_FALSE(arena.buddies().is_lent(FrameNumber{0}));
    CHECK(arena.buddies().is_lent(FrameNumber{64}));
    UNSIGNED_LONGS_EQUAL(60, arena.cached.cached_frames());
    CHECK(arena.is_sound());
}

TEST(CachedDrain, SixtyFourRunsComeHomeAtATime) {
    CachedArena arena{0, 16384};
    for (unsigned runs = 0; runs <= 192; runs += 32) {
        borrow(arena, runs);
        std::uint64_t left = runs;
        while (left > 64) {
            CHECK(drain_some(arena));
            left -= 64;
            UNSIGNED_LONGS_EQUAL(left, arena.buddies().lent_runs());
            CHECK(arena.is_sound());
        }
        CHECK_FALSE(drain_some(arena));
        UNSIGNED_LONGS_EQUAL(0, arena.buddies().lent_runs());
        if (runs != 0) {
            must(arena.buddies().free_frames(frames(0, std::uint64_t{64} * runs)));
        }
        CHECK(arena.is_whole_again());
    }
}

TEST(CachedDrain, OrAsManyAreLookedAt) {
    for (std::uint64_t const run : {2047U, 2048U, 4095U, 4096U}) {
        CachedArena large{0, std::uint64_t{4112} * 64};
        must(large.buddies().allocate_range(frames(0, run * 64)));
        large.take(0);
        large.take(1, 3);
        for (std::uint64_t looked = 2048; looked <= run; looked += 2048) {
            CHECK(drain_some(large));
            CHECK(large.buddies().is_lent(FrameNumber{run * 64}));
        }
        CHECK_FALSE(drain_some(large));
        CHECK_FALSE(large.buddies().is_lent(FrameNumber{run * 64}));
        CHECK(large.buddies().is_lent(FrameNumber{run * 64 + 64}));
        CHECK(large.is_sound());
    }
}

TEST(CachedDrain, TheNextTimeItBeginsAtTheFirstRunAgain) {
    CachedArena arena{0, 1024};
    for (unsigned time = 0; time < 3; ++time) {
        UNSIGNED_LONGS_EQUAL(0, arena.next());
        CHECK_FALSE(drain_some(arena));
        UNSIGNED_LONGS_EQUAL(0, arena.buddies().lent_runs());
        arena.give(0, 0);
    }
}

TEST(CachedDrain, AllOfItIsAlsoWhatWasPassedAlready) {
    for (bool const is_asked : {false, true}) {
        CachedArena arena{0, 16384};
        arena.fill(200 * 64);
        CHECK(drain_some(arena));
        must(arena.buddies().free_frames(frames(0, 64)));
        arena.take(0, 1);
        CHECK(arena.buddies().is_lent(FrameNumber{0}));

        if (is_asked) {
            arena.cached.close();
            CHECK(arena.cached.answer(arena.caches[0]));
            CHECK(arena.cached.answer(arena.caches[0]));
            CHECK(arena.cached.is_asked(0));
            CHECK_FALSE(arena.cached.answer(arena.caches[0]));
            CHECK_FALSE(arena.cached.is_asked(0));
        } else {
            must(arena.cached.drain(arena.caches[0]));
        }

        UNSIGNED_LONGS_EQUAL(0, arena.buddies().lent_runs());
        CHECK(arena.is_sound());
    }
}

// As by a handler that comes between two parts: nobody waits for that.
TEST(CachedDrain, ItEndsThoughSomethingIsBorrowedMeanwhile) {
    CachedArena arena{0, 16384};
    arena.fill(100 * 64);
    CHECK(drain_some(arena));
    must(arena.buddies().free_frames(frames(0, 64)));
    arena.take(0, 1);
    CHECK_FALSE(drain_some(arena));
    UNSIGNED_LONGS_EQUAL(1, arena.buddies().lent_runs());
    CHECK_FALSE(drain_some(arena));
    UNSIGNED_LONGS_EQUAL(0, arena.buddies().lent_runs());
}
