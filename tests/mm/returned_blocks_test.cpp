// SPDX-License-Identifier: MIT
// What cores free in runs that others have borrowed, and what is fetched from all of them.
#include "kernel/mm/cached_buddies.hpp"

#include "tests/support/broken_promise.hpp"
#include "tests/support/caches.hpp"

#include <cstdint>
#include <vector>

#include <CppUTest/TestHarness.h>

using kernel::Error;
using mm::FrameNumber;
using mm::Order;
using test::CachedArena;
using test::frames;
using test::must;

TEST_GROUP(ReturnedBlocks) {
    CachedArena arena{0, 8192};

    bool is_refused(unsigned core, unsigned order) {
        auto const block = arena.cached.allocate(arena.caches[core], Order::of(order));
        return !block && block.error() == Error::OutOfMemory;
    }
};

TEST(ReturnedBlocks, WaitForWhoBorrowedTheRun) {
    arena.fill(64);
    arena.give(1, 7);
    arena.give(1, 9);

    UNSIGNED_LONGS_EQUAL(2, arena.cached.cached_frames());
    UNSIGNED_LONGS_EQUAL(2, arena.cached.frames_in(arena.caches[0]));
    UNSIGNED_LONGS_EQUAL(0, arena.cached.frames_in(arena.caches[1]));
    CHECK(arena.cached.keeper(FrameNumber{7}) == 0U);
    CHECK(arena.is_sound());
    UNSIGNED_LONGS_EQUAL(64, arena.take(1).first.raw());
    UNSIGNED_LONGS_EQUAL(128, arena.next());  // As long as they are few.
    CHECK(arena.is_sound());
    must(arena.cached.drain(arena.caches[0]));
    UNSIGNED_LONGS_EQUAL(7, arena.next());
}

TEST(ReturnedBlocks, ARunOfWhichNobodyHasAnythingIsLentAgainAtOnce) {
    for (unsigned const order : {0U, 3U}) {
        arena.fill_and_hold(2);
        arena.give_row(1, 0, 64);
        CHECK(arena.is_sound());
        UNSIGNED_LONGS_EQUAL(2, arena.buddies().lent_runs());

        UNSIGNED_LONGS_EQUAL(0, arena.next(order));
        UNSIGNED_LONGS_EQUAL(2, arena.buddies().lent_runs());
        CHECK(arena.is_sound());
        arena.give(0, 0, order);
        arena.give_row(1, 64, 128);
        CHECK(arena.is_whole_again());
    }
}

TEST(ReturnedBlocks, IfItIsTheCurrentOneItHasMoreAtHand) {
    arena.fill(64);
    arena.give_row(1, 0, 64);

    UNSIGNED_LONGS_EQUAL(0, arena.next());
    UNSIGNED_LONGS_EQUAL(1, arena.buddies().lent_runs());
    UNSIGNED_LONGS_EQUAL(63, arena.cached.cached_frames());
    CHECK(arena.is_sound());
}

TEST(ReturnedBlocks, AnotherOrdersNeedDoesNotTouchTheCurrentOne) {
    arena.fill(64);
    arena.give_row(1, 0, 64);

    UNSIGNED_LONGS_EQUAL(64, arena.next(2));
    CHECK(arena.is_sound());
    UNSIGNED_LONGS_EQUAL(0, arena.next());
}

TEST(ReturnedBlocks, AreLookedAtWhenTheyAreMany) {
    arena.fill_and_hold(10);
    for (std::uint64_t frame = 0; frame < 255; ++frame) {
        arena.give(1, frame * 5 / 2);  // No run whole.
    }
    UNSIGNED_LONGS_EQUAL(640, arena.next());  // Borrowed.
    CHECK(arena.is_sound());
    arena.fill(63);
    arena.give(1, 639);

    UNSIGNED_LONGS_EQUAL(0, arena.next());  // What others have freed in the lowest run.
    CHECK(arena.is_sound());
    arena.fill(25);
    UNSIGNED_LONGS_EQUAL(704, arena.next());  // It has no more, and fewer than 256 wait.
    CHECK(arena.is_sound());
    arena.drain();
    CHECK(arena.is_sound());
}

TEST(ReturnedBlocks, AreLookedAtRunByRunInTurn) {
    constexpr std::uint64_t kOfEach = 60;  // So that no run is whole, and five are enough.
    arena.fill_and_hold(12);
    auto const returned = [this](std::uint64_t run) {
        arena.give_row(1, run * 64, run * 64 + kOfEach);
    };
    auto const take_those_of = [this](std::uint64_t run) {
        for (std::uint64_t frame = 0; frame < kOfEach; ++frame) {
            UNSIGNED_LONGS_EQUAL(run * 64 + frame, arena.next());
        }
        CHECK(arena.is_sound());
    };
    for (std::uint64_t run = 5; run < 12; ++run) {
        returned(run);
    }
    for (std::uint64_t run = 5; run < 12; ++run) {
        take_those_of(run);
        if (run < 10) {
            returned(run - 5);
        }
    }
    take_those_of(0);
}

TEST(ReturnedBlocks, OfAnotherOrderTheyAreListedForThat) {
    arena.fill_and_hold(9);
    for (std::uint64_t frame = 0; frame < 256; ++frame) {
        arena.give(1, frame * 2);
    }
    UNSIGNED_LONGS_EQUAL(64 * 9, arena.next(1));
    CHECK(arena.is_sound());
    UNSIGNED_LONGS_EQUAL(0, arena.next());
    CHECK(arena.is_sound());
}

TEST(ReturnedBlocks, ARunGoesHomeWithWhatOthersHaveFreed) {
    arena.fill(64 + 1);
    arena.give_row(0, 10, 63);
    arena.give_row(1, 0, 10);
    UNSIGNED_LONGS_EQUAL(2, arena.buddies().lent_runs());

    arena.give(0, 63);
    UNSIGNED_LONGS_EQUAL(1, arena.buddies().lent_runs());
    UNSIGNED_LONGS_EQUAL(8192 - 64, arena.buddies().free_frames_count());
    CHECK(arena.is_sound());
}

TEST(ReturnedBlocks, IfTheLastIsAnothersTheRunIsLentAgain) {
    arena.fill(64 + 64);
    arena.give_row(0, 0, 63);
    arena.give(1, 63);
    UNSIGNED_LONGS_EQUAL(2, arena.buddies().lent_runs());

    UNSIGNED_LONGS_EQUAL(0, arena.next(4));
    UNSIGNED_LONGS_EQUAL(2, arena.buddies().lent_runs());
    CHECK(arena.is_sound());
}

TEST(ReturnedBlocks, WhatWasWholeAndIsTakenFromAgainIsNotLentAgain) {
    arena.fill(64 + 64);
    arena.give_row(0, 0, 3);
    arena.give_row(1, 3, 64);
    UNSIGNED_LONGS_EQUAL(0, arena.next());

    UNSIGNED_LONGS_EQUAL(128, arena.next(1));  // It is looked at, and is not whole.
    CHECK(arena.is_sound());
    arena.fill(63);
    UNSIGNED_LONGS_EQUAL(192, arena.next());
}

TEST(ReturnedBlocks, WhatOthersKeepCanBeHadOnceTheyWereAsked) {
    must(arena.buddies().allocate_range(frames(1024, 8192 - 1024)));
    CHECK_FALSE(arena.cached.is_asked(0));
    arena.give(1, arena.take(1));
    CHECK(is_refused(0, 10));
    CHECK_FALSE(arena.cached.is_asked(1));

    arena.cached.close();
    CHECK(arena.cached.is_asked(1));
    CHECK_FALSE(arena.cached.is_asked(0));
    CHECK_FALSE(arena.cached.answer(arena.caches[0]));
    UNSIGNED_LONGS_EQUAL(64, arena.cached.cached_frames());
    CHECK(arena.cached.is_asked(1));
    CHECK_FALSE(arena.cached.answer(arena.caches[1]));
    CHECK_FALSE(arena.cached.is_asked(1));
    UNSIGNED_LONGS_EQUAL(0, arena.cached.cached_frames());
    UNSIGNED_LONGS_EQUAL(0, arena.take(0, 10).first.raw());
}

TEST(ReturnedBlocks, AskedACoreDrainsItsCacheWhenItTakesTheLock) {
    mm::Block const block = arena.take(1);
    mm::Block const large = arena.take(1, 6);
    arena.cached.close();
    arena.cached.open();

    arena.give(1, arena.take(1));  // At hand.
    CHECK(arena.cached.is_asked(1));
    arena.give(1, large);
    CHECK_FALSE(arena.cached.is_asked(1));
    UNSIGNED_LONGS_EQUAL(0, arena.cached.cached_frames());
    arena.give(1, block);

    arena.take(1);
    arena.cached.close();
    arena.take(1, 4);
    CHECK_FALSE(arena.cached.is_asked(1));
    UNSIGNED_LONGS_EQUAL(0, arena.cached.cached_frames());
    CHECK(arena.is_sound());
}

TEST(ReturnedBlocks, WhoIsAskedBetweenTheHomeAndTheReturnReturnsTheRun) {
    arena.fill(64 + 1);
    arena.give_row(0, 0, 63);
    arena.cached.close();

    arena.give(0, 63);  // That takes the lock.
    UNSIGNED_LONGS_EQUAL(1, arena.buddies().lent_runs());
    CHECK(arena.cached.is_asked(0));
    CHECK(arena.is_sound());
}

TEST(ReturnedBlocks, ClosedNobodyBorrows) {
    arena.cached.close();
    arena.cached.close();
    arena.cached.open();
    arena.fill(3);
    UNSIGNED_LONGS_EQUAL(0, arena.buddies().lent_runs());
    arena.give(0, 0);
    UNSIGNED_LONGS_EQUAL(0, arena.buddies().lent_runs());

    arena.cached.open();
    arena.fill(1);
    UNSIGNED_LONGS_EQUAL(1, arena.buddies().lent_runs());
    CHECK(test::breaks_promise([&] { arena.cached.open(); }));
}
