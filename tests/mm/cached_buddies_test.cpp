// SPDX-License-Identifier: MIT
// What cores keep of a buddy allocator, and how it comes home. What several of them do at once:
// T=explore, T=tsan.
#include "kernel/mm/cached_buddies.hpp"

#include "tests/support/caches.hpp"

#include <CppUTest/TestHarness.h>

using kernel::Error;
using mm::CachedBuddies;
using mm::FrameNumber;
using mm::Order;
using test::CachedArena;
using test::frames;
using test::must;

TEST_GROUP(CachedBuddies) {
    CachedArena arena{0, 1024};

    void fill(unsigned count) { arena.fill(count); }
};

TEST(CachedBuddies, ACoreBorrowsAWholeRun) {
    for (unsigned order = 0; order < mm::CoreCache::kOrders; ++order) {
        mm::Block const block = arena.take(0, order);

        UNSIGNED_LONGS_EQUAL(0, block.first.raw());
        UNSIGNED_LONGS_EQUAL(1, arena.buddies().lent_runs());
        UNSIGNED_LONGS_EQUAL(1024 - 64, arena.buddies().free_frames_count());
        UNSIGNED_LONGS_EQUAL(64 - (1U << order), arena.cached.cached_frames());
        UNSIGNED_LONGS_EQUAL(64 - (1U << order), CachedBuddies::frames_in(arena.caches[0]));
        UNSIGNED_LONGS_EQUAL(0, CachedBuddies::frames_in(arena.caches[1]));
        CHECK_FALSE(arena.cached.keeper(FrameNumber{0}).has_value());
        CHECK(arena.cached.keeper(FrameNumber{1U << order}) == 0U);
        CHECK(arena.cached.keeper(FrameNumber{63}) == 0U);
        CHECK_FALSE(arena.cached.keeper(FrameNumber{64}).has_value());
        CHECK(arena.is_sound());
        arena.give(0, block);
        UNSIGNED_LONGS_EQUAL(64, arena.cached.cached_frames());
        CHECK(arena.is_whole_again());
    }
}

TEST(CachedBuddies, NoLockIsTakenWhileThereIsSomethingAtHand) {
    fill(1);
    arena.lock.taken = 0;

    fill(63);
    for (std::uint64_t frame = 0; frame < 64; ++frame) {
        arena.give(0, {FrameNumber{frame}, Order{}});
    }

    UNSIGNED_LONGS_EQUAL(0, arena.lock.taken);
    fill(64);
    UNSIGNED_LONGS_EQUAL(0, arena.lock.taken);
    fill(1);
    UNSIGNED_LONGS_EQUAL(1, arena.lock.taken);
}

TEST(CachedBuddies, EachOrderHasRunsOfItsOwn) {
    for (unsigned order = 0; order < 4; ++order) {
        UNSIGNED_LONGS_EQUAL(std::uint64_t{order} * 64, arena.take(0, order).first.raw());
    }
    arena.take(0, 4);
    arena.take(0, 9);
    UNSIGNED_LONGS_EQUAL(4, arena.buddies().lent_runs());
    CHECK(arena.is_sound());
}

TEST(CachedBuddies, WhatCameFromTheRunBeforeComesHomeWithoutALock) {
    fill(65);
    arena.lock.taken = 0;

    arena.give(0, {FrameNumber{3}, Order{}});

    UNSIGNED_LONGS_EQUAL(0, arena.lock.taken);
    UNSIGNED_LONGS_EQUAL(2, arena.buddies().lent_runs());
    UNSIGNED_LONGS_EQUAL(64, arena.cached.cached_frames());
    CHECK(arena.is_sound());
    fill(63);  // What is left of the second,
    UNSIGNED_LONGS_EQUAL(3, arena.take(0).first.raw());
    UNSIGNED_LONGS_EQUAL(2, arena.buddies().lent_runs());
    CHECK(arena.is_sound());
}

TEST(CachedBuddies, ARunThatIsEmptyGoesHomeForTheThird) {
    fill(129);

    UNSIGNED_LONGS_EQUAL(2, arena.buddies().lent_runs());
    CHECK_FALSE(arena.buddies().is_lent(FrameNumber{0}));
    CHECK(arena.buddies().is_lent(FrameNumber{64}));
    CHECK(arena.buddies().is_lent(FrameNumber{128}));
    UNSIGNED_LONGS_EQUAL(63, arena.cached.cached_frames());
    CHECK(arena.is_sound());
}

TEST(CachedBuddies, ARunWithLittleToGiveIsNotBorrowed) {
    must(arena.buddies().allocate_range(frames(0, 61)));
    for (std::uint64_t frame = 61; frame < 64; ++frame) {
        UNSIGNED_LONGS_EQUAL(frame, arena.take(0).first.raw());
        UNSIGNED_LONGS_EQUAL(0, arena.buddies().lent_runs());
    }
    CHECK(arena.is_sound());
    UNSIGNED_LONGS_EQUAL(0, arena.take(1).first.raw() % 64);  // Others do not know of it.
    UNSIGNED_LONGS_EQUAL(1, arena.buddies().lent_runs());
}

TEST(CachedBuddies, AfterOneOfThemACoreDoesNotTryForAWhile) {
    must(arena.buddies().allocate_range(frames(0, 63)));
    fill(1);

    fill(15);
    UNSIGNED_LONGS_EQUAL(0, arena.buddies().lent_runs());
    CHECK(static_cast<bool>(arena.cached.allocate(arena.caches[0], Order::of(1))));
    UNSIGNED_LONGS_EQUAL(1, arena.buddies().lent_runs());  // Of another order it knows nothing.
    fill(1);
    UNSIGNED_LONGS_EQUAL(2, arena.buddies().lent_runs());
    CHECK(arena.is_sound());
}

TEST(CachedBuddies, WhatComesHomeMeanwhileIsUsed) {
    fill(64);
    must(arena.buddies().allocate_range(frames(64, 957)));
    UNSIGNED_LONGS_EQUAL(1021, arena.take(0).first.raw());  // Of three that are left.
    arena.give(1, {FrameNumber{9}, Order{}});

    UNSIGNED_LONGS_EQUAL(9, arena.take(0).first.raw());
}

TEST(CachedBuddies, FourBlocksAreWorthTheTrouble) {
    must(arena.buddies().allocate_range(frames(0, 60)));
    UNSIGNED_LONGS_EQUAL(60, arena.take(0).first.raw());
    UNSIGNED_LONGS_EQUAL(1, arena.buddies().lent_runs());
}

TEST(CachedBuddies, WhatIsWrongIsRefusedWithTheReason) {
    arena.take(0, 1);
    mm::Block const large = arena.take(0, 5);
    must(arena.buddies().allocate_range(frames(512, 4)));

    for (unsigned core = 0; core < 2; ++core) {
        CHECK(arena.refusal(core, 0, 0) == Error::WrongOrder);
        CHECK(arena.refusal(core, 0, 2) == Error::WrongOrder);
        CHECK(arena.refusal(core, 1, 0) == Error::InsideBlock);
        CHECK(arena.refusal(core, 1, 1) == Error::InsideBlock);
        CHECK(arena.refusal(core, 2, 1) == Error::AlreadyFree);  // Kept by core 0.
        CHECK(arena.refusal(core, 3, 0) == Error::AlreadyFree);
        CHECK(arena.refusal(core, 2, 4) == Error::AlreadyFree);
        CHECK(arena.refusal(core, large.first.raw(), 4) == Error::WrongOrder);
        CHECK(arena.refusal(core, 1024, 0) == Error::NotRam);
        CHECK(arena.refusal(core, std::uint64_t{1} << 63, 0) == Error::NotRam);
        CHECK(arena.refusal(core, 900, 0) == Error::AlreadyFree);
    }
    CHECK(arena.refusal(0, 513) == Error::InsideBlock);
    arena.give(0, {FrameNumber{512}, Order::of(2)});
    CHECK(arena.refusal(0, 512, 2) == Error::AlreadyFree);
    CHECK(arena.refusal(0, 512, 2) == Error::AlreadyFree);
}

TEST(CachedBuddies, ABlockThatIsWrongMakesNobodyBorrowItsRun) {
    fill(64);
    arena.drain();
    arena.give(0, {FrameNumber{10}, Order{}});

    CHECK(arena.refusal(0, 10) == Error::AlreadyFree);
    CHECK(arena.refusal(0, 12, 1) == Error::WrongOrder);
    UNSIGNED_LONGS_EQUAL(0, arena.buddies().lent_runs());
    CHECK(arena.is_sound());
}

TEST(CachedBuddies, WhatIsFreedTwiceIsFreeAlready) {
    for (unsigned const core : {0U, 1U}) {
        mm::Block const block = arena.take(0);
        arena.give(core, block);

        CHECK(arena.refusal(0, block.first.raw()) == Error::AlreadyFree);
        CHECK(arena.refusal(1, block.first.raw()) == Error::AlreadyFree);
    }
    mm::Block const before = arena.take(0);  // Of the run before the current one.
    fill(64);
    arena.give(0, before);
    CHECK(arena.refusal(0, before.first.raw()) == Error::AlreadyFree);
}

TEST(CachedBuddies, WhatAnotherCoreFreesWaitsForWhoBorrowedTheRun) {
    fill(64);
    arena.give(1, {FrameNumber{7}, Order{}});
    arena.give(1, {FrameNumber{9}, Order{}});

    UNSIGNED_LONGS_EQUAL(2, arena.cached.cached_frames());
    UNSIGNED_LONGS_EQUAL(2, CachedBuddies::frames_in(arena.caches[0]));
    CHECK(arena.cached.keeper(FrameNumber{7}) == 0U);
    CHECK(arena.is_sound());
    UNSIGNED_LONGS_EQUAL(64, arena.take(1).first.raw());
    CHECK(arena.cached.keeper(FrameNumber{65}) == 1U);
    UNSIGNED_LONGS_EQUAL(7, arena.take(0).first.raw());
    UNSIGNED_LONGS_EQUAL(9, arena.take(0).first.raw());
    CHECK(arena.is_sound());
}

TEST(CachedBuddies, TheSameOfTheRunBefore) {
    fill(128);
    arena.give(1, {FrameNumber{7}, Order{}});

    UNSIGNED_LONGS_EQUAL(7, arena.take(0).first.raw());
    CHECK(arena.is_sound());
    arena.give(0, {FrameNumber{7}, Order{}});
    arena.give(0, {FrameNumber{70}, Order{}});
    CHECK(arena.is_sound());
}

TEST(CachedBuddies, ABlockOfAnotherOrderInARunThatIsLentWaitsForTheRun) {
    must(arena.buddies().allocate_range(frames(4, 4)));
    must(arena.buddies().allocate_range(frames(8, 1)));
    UNSIGNED_LONGS_EQUAL(0, arena.take(0).first.raw());
    UNSIGNED_LONGS_EQUAL(58, arena.cached.cached_frames());

    arena.give(0, {FrameNumber{4}, Order::of(2)});
    UNSIGNED_LONGS_EQUAL(58, arena.cached.cached_frames());
    CHECK(arena.refusal(0, 4, 2) == Error::AlreadyFree);
    arena.give(0, {FrameNumber{8}, Order{}});  // It was there before, and comes home all the same.
    UNSIGNED_LONGS_EQUAL(59, arena.cached.cached_frames());
    arena.give(0, {FrameNumber{0}, Order{}});
    CHECK(arena.is_sound());
    CHECK(arena.is_whole_again());
}

TEST(CachedBuddies, ACoreDrainsItsOwnCacheBeforeItRefuses) {
    arena.give(0, arena.take(0));
    arena.give(0, arena.take(0, 3));

    UNSIGNED_LONGS_EQUAL(0, arena.take(0, 10).first.raw());

    CHECK(arena.cached.allocate(arena.caches[0], Order{}).error() == Error::OutOfMemory);
    CHECK(arena.cached.allocate(arena.caches[0], Order::of(5)).error() == Error::OutOfMemory);
    CHECK(arena.is_sound());
}

TEST(CachedBuddies, BlocksOfOneOrderAreMadeOfThoseOfAnother) {
    must(arena.buddies().allocate_range(frames(64, 960)));
    arena.give(0, arena.take(0, 3));

    UNSIGNED_LONGS_EQUAL(0, arena.take(0).first.raw());
    UNSIGNED_LONGS_EQUAL(8, arena.take(0, 3).first.raw());
    CHECK(arena.is_sound());
}

TEST(CachedBuddies, WhatOthersKeepCanBeHadOnceTheyWereAsked) {
    CHECK_FALSE(arena.cached.is_asked(0));
    arena.give(1, arena.take(1));
    CHECK(arena.cached.allocate(arena.caches[0], Order::of(10)).error() == Error::OutOfMemory);
    CHECK_FALSE(arena.cached.is_asked(1));

    arena.cached.close();
    CHECK(arena.cached.is_asked(1));
    CHECK_FALSE(arena.cached.is_asked(0));
    arena.cached.answer(arena.caches[0]);
    UNSIGNED_LONGS_EQUAL(64, arena.cached.cached_frames());
    CHECK(arena.cached.is_asked(1));
    arena.cached.answer(arena.caches[1]);
    CHECK_FALSE(arena.cached.is_asked(1));
    UNSIGNED_LONGS_EQUAL(0, arena.cached.cached_frames());
    UNSIGNED_LONGS_EQUAL(0, arena.take(0, 10).first.raw());
}

TEST(CachedBuddies, AskedACoreDrainsItsCacheWhenItTakesTheLock) {
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

TEST(CachedBuddies, ClosedNoCacheIsFilled) {
    arena.cached.close();
    arena.cached.close();
    arena.cached.open();
    fill(3);
    UNSIGNED_LONGS_EQUAL(0, arena.buddies().lent_runs());
    arena.give(0, {FrameNumber{0}, Order{}});
    arena.give(0, {FrameNumber{1}, Order{}});
    UNSIGNED_LONGS_EQUAL(0, arena.buddies().lent_runs());

    arena.cached.open();
    fill(1);
    UNSIGNED_LONGS_EQUAL(1, arena.buddies().lent_runs());
    CHECK(test::breaks_promise([&] { arena.cached.open(); }));
}

TEST(CachedBuddies, WhichRunsAreLentIsKnown) {
    must(arena.buddies().allocate_range(frames(0, 64)));
    fill(1);

    CHECK_FALSE(arena.cached.has_lent(frames(0, 64)));
    CHECK(arena.cached.has_lent(frames(0, 65)));
    CHECK(arena.cached.has_lent(frames(127, 10)));
    CHECK_FALSE(arena.cached.has_lent(frames(128, 10)));
}

// A zone may begin and end anywhere.
TEST(CachedBuddies, RunsAtTheEdgesAreLentAsFarAsTheyAreThere) {
    CachedArena edges{60, 9};

    for (std::uint64_t frame = 60; frame < 69; ++frame) {
        UNSIGNED_LONGS_EQUAL(frame, edges.take(0).first.raw());
    }
    CHECK(edges.is_sound());
    CHECK(edges.cached.allocate(edges.caches[0], Order{}).error() == Error::OutOfMemory);
    for (std::uint64_t frame = 60; frame < 69; ++frame) {
        edges.give(0, {FrameNumber{frame}, Order{}});
    }
    CHECK(edges.refusal(0, 59) == Error::NotRam);
    CHECK(edges.refusal(0, 69) == Error::NotRam);
    CHECK(edges.is_whole_again());
}
