// SPDX-License-Identifier: MIT
// What becomes of runs that a core has used up: who frees something in one first takes it over.
#include "kernel/mm/cached_buddies.hpp"

#include "tests/support/caches.hpp"

#include <cstdint>

#include <CppUTest/TestHarness.h>

using kernel::Error;
using mm::FrameNumber;
using test::CachedArena;
using test::must;

TEST_GROUP(AbandonedRuns) {
    CachedArena arena{0, 1024};

    std::uint64_t kept_by(unsigned core) { return arena.cached.frames_in(arena.caches[core]); }
};

TEST(AbandonedRuns, WhoFreesSomethingFirstTakesThemOver) {
    for (unsigned order = 0; order < mm::CoreCache::kOrders; ++order) {
        std::uint64_t const size = std::uint64_t{1} << order;
        arena.fill((64U >> order) + 1, order);
        CHECK(arena.is_sound());
        arena.lock.taken = 0;

        arena.give(1, 0, order);
        UNSIGNED_LONGS_EQUAL(1, arena.lock.taken);
        UNSIGNED_LONGS_EQUAL(size, kept_by(1));
        CHECK(arena.cached.keeper(FrameNumber{0}) == 1U);
        CHECK(arena.is_sound());
        UNSIGNED_LONGS_EQUAL(0, arena.take(1, order).first.raw());
        arena.give(1, 0, order);
        UNSIGNED_LONGS_EQUAL(1, arena.lock.taken);  // It is its own now.

        arena.give_row(1, size, 64, order);
        UNSIGNED_LONGS_EQUAL(0, kept_by(1));
        UNSIGNED_LONGS_EQUAL(1, arena.buddies().lent_runs());
        arena.give(0, 64, order);
        CHECK(arena.is_whole_again());
    }
}

TEST(AbandonedRuns, WhatOneCoreTakesAndAnotherFreesCostsTwoLocksARun) {
    constexpr unsigned kRuns = 4;
    arena.fill(64 * kRuns + 1);
    arena.lock.taken = 0;

    arena.give_row(1, 0, std::uint64_t{64} * kRuns);
    UNSIGNED_LONGS_EQUAL(2 * kRuns, arena.lock.taken);
    UNSIGNED_LONGS_EQUAL(1, arena.buddies().lent_runs());
}

TEST(AbandonedRuns, WhoHasEnoughGivesBackOneForEach) {
    constexpr unsigned kRuns = 70;
    CachedArena large{0, 8192};
    auto const kept = [&](unsigned core) { return large.cached.frames_in(large.caches[core]); };
    large.fill(64 * kRuns + 64);
    for (std::uint64_t run = 0; run < kRuns; ++run) {
        large.give(1, run * 64);
        CHECK(large.is_sound());
    }
    UNSIGNED_LONGS_EQUAL(64, kept(1));
    UNSIGNED_LONGS_EQUAL(0, kept(0));
    UNSIGNED_LONGS_EQUAL(64 + 1, large.buddies().lent_runs());
    UNSIGNED_LONGS_EQUAL(8192 - 64 * kRuns - 64 + 6, large.buddies().free_frames_count());
    UNSIGNED_LONGS_EQUAL(0, large.next());  // So what is freed comes round.
    CHECK(large.is_sound());

    auto const pairs = large.fill(2 + 1, 5);
    std::uint64_t const free = large.buddies().free_frames_count();
    large.give(1, pairs[0]);  // Of that order it has none to give back.
    UNSIGNED_LONGS_EQUAL(free, large.buddies().free_frames_count());
    UNSIGNED_LONGS_EQUAL(64 + 32, kept(1));
    CHECK(large.is_sound());
}

TEST(AbandonedRuns, NothingIsTakenOverIfWhatIsGivenBackIsDamaged) {
    constexpr std::uint64_t kLast = 63;
    CachedArena large{0, 8192};
    large.fill(64 * (64 + 1));
    for (std::uint64_t run = 0; run < kLast; ++run) {
        large.give(1, run * 64);
    }
    large.give(1, 1);
    std::uint8_t const before = large.borrowers()[0];
    for (unsigned const borrower :
         {0U, 1U, 7U, before + 1U}) {  // Nobody, another, of another order.
        large.borrowers()[0] = static_cast<std::uint8_t>(borrower);
        CHECK(large.refusal(1, kLast * 64) == Error::Corrupt);
    }
    large.borrowers()[0] = before;
    must(large.buddies().take_back(FrameNumber{0}, mm::Order{}, 0));

    CHECK(large.cached.free(large.caches[1], FrameNumber{kLast * 64}, mm::Order{}).error() ==
          Error::Corrupt);
    CHECK(large.cached.keeper(FrameNumber{kLast * 64}) != 1U);
}

TEST(AbandonedRuns, OfItsOwnACoreTakesBackAny) {
    constexpr unsigned kRuns = 70;
    CachedArena large{0, 8192};
    large.fill(64 * kRuns + 64);
    for (std::uint64_t run = 0; run < kRuns; ++run) {
        large.give(0, run * 64);
    }
    large.lock.taken = 0;
    for (std::uint64_t run = 0; run < kRuns; ++run) {
        large.give(0, run * 64 + 1);
    }
    UNSIGNED_LONGS_EQUAL(0, large.lock.taken);
    CHECK(large.is_sound());
}

TEST(AbandonedRuns, OneItselfTakesThemOverToo) {
    arena.fill(64 + 1);

    arena.give(0, 7);
    UNSIGNED_LONGS_EQUAL(64, kept_by(0));
    CHECK(arena.is_sound());
    arena.lock.taken = 0;
    arena.give(0, 8);
    UNSIGNED_LONGS_EQUAL(0, arena.lock.taken);
    arena.give(1, 9);  // It waits, for somebody has it.
    UNSIGNED_LONGS_EQUAL(66, kept_by(0));
    CHECK(arena.is_sound());
}

TEST(AbandonedRuns, ThoseInWhichSomethingWaitsAreNot) {
    arena.fill(64);
    arena.give(1, 7);
    arena.take(0);

    arena.give(1, 8);
    UNSIGNED_LONGS_EQUAL(0, kept_by(1));
    UNSIGNED_LONGS_EQUAL(63 + 2, kept_by(0));
    CHECK(arena.is_sound());
}

TEST(AbandonedRuns, EveryFreeInThemIsChecked) {
    arena.fill(64 / 4 + 1, 2);

    CHECK(arena.refusal(1, 1) == Error::InsideBlock);
    CHECK(arena.refusal(1, 4, 1) == Error::WrongOrder);
    CHECK(arena.refusal(1, 4, 3) == Error::WrongOrder);
    arena.give(1, 4, 2);
    CHECK(arena.refusal(0, 4, 2) == Error::AlreadyFree);
    CHECK(arena.refusal(1, 4, 2) == Error::AlreadyFree);
    CHECK(arena.is_sound());
}

TEST(AbandonedRuns, WhoAbandonedThemGivesThemBack) {
    arena.fill(64 * 3 + 1);
    arena.give(1, 64);

    must(arena.cached.drain(arena.caches[0]));
    UNSIGNED_LONGS_EQUAL(1, arena.buddies().lent_runs());
    UNSIGNED_LONGS_EQUAL(64 + 64 + 1, arena.buddies().allocated_blocks());
    CHECK(arena.is_sound());
    arena.give(1, 3);  // Nobody has that run now.
    UNSIGNED_LONGS_EQUAL(1, kept_by(1));
    CHECK(arena.is_sound());
}

TEST(AbandonedRuns, WhileNobodyBorrowsTheyAreTakenOverByNobody) {
    arena.fill(64 + 1);
    arena.cached.close();
    CHECK_FALSE(arena.cached.is_asked(1));

    arena.give(1, 7);
    UNSIGNED_LONGS_EQUAL(0, kept_by(1));
    UNSIGNED_LONGS_EQUAL(64, kept_by(0));
    CHECK(arena.is_sound());
    CHECK_FALSE(arena.cached.answer(arena.caches[0]));
    UNSIGNED_LONGS_EQUAL(0, arena.buddies().lent_runs());
    CHECK(arena.is_sound());

    arena.cached.open();
    arena.give(1, 8);
    UNSIGNED_LONGS_EQUAL(0, arena.buddies().lent_runs());
}
