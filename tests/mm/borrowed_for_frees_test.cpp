// SPDX-License-Identifier: MIT
// What a core borrows because it frees one block after the other there.
#include "kernel/error.hpp"
#include "kernel/mm/cached_buddies.hpp"

#include "tests/support/caches.hpp"

#include <cstdint>
#include <initializer_list>

#include <CppUTest/TestHarness.h>

using mm::FrameNumber;
using mm::Order;
using test::CachedArena;
using test::frames;
using test::must;

TEST_GROUP(BorrowedForFrees) {
    CachedArena arena{0, 1024};

    /// Takes the first `count` frames, as good as never borrowed then.
    void fill(unsigned count) {
        arena.fill(count);
        arena.drain();
    }

    void give(std::initializer_list<std::uint64_t> all) {
        for (std::uint64_t const frame : all) {
            arena.give(0, {FrameNumber{frame}, Order{}});
        }
    }
    /// To the run that is not the current one, and two stay lent.
    void check_comes_home_without_a_lock(std::uint64_t frame) {
        arena.lock.taken = 0;
        give({frame});
        UNSIGNED_LONGS_EQUAL(0, arena.lock.taken);
        UNSIGNED_LONGS_EQUAL(2, arena.buddies().lent_runs());
        CHECK(arena.is_sound());
    }
    void give_row(std::uint64_t begin, std::uint64_t end) {
        for (std::uint64_t frame = begin; frame < end; ++frame) {
            give({frame});
        }
    }
};

TEST(BorrowedForFrees, TheSecondBlockFreedInARunMakesACoreBorrowIt) {
    fill(128);

    give({10});
    arena.give(0, {FrameNumber{74}, Order{}});  // Another run.
    give({11});
    UNSIGNED_LONGS_EQUAL(0, arena.buddies().lent_runs());
    give({12});
    UNSIGNED_LONGS_EQUAL(1, arena.buddies().lent_runs());
    UNSIGNED_LONGS_EQUAL(3, arena.cached.cached_frames());
    CHECK(arena.is_sound());
    UNSIGNED_LONGS_EQUAL(10, arena.take(0).first.raw());
}

TEST(BorrowedForFrees, OfTwoThatAreBorrowedForTheirBlocksTheNextTakesThePlaceOfTheFirst) {
    fill(192);
    give({0, 1, 64, 65});
    UNSIGNED_LONGS_EQUAL(2, arena.buddies().lent_runs());
    arena.give(1, {FrameNumber{67}, Order{}});
    arena.lock.taken = 0;

    give({66});
    UNSIGNED_LONGS_EQUAL(1, arena.lock.taken);
    UNSIGNED_LONGS_EQUAL(1, arena.buddies().lent_runs());
    CHECK_FALSE(arena.buddies().is_lent(FrameNumber{0}));
    UNSIGNED_LONGS_EQUAL(4, arena.cached.cached_frames());
    CHECK(arena.is_sound());
    give_row(68, 128);
    UNSIGNED_LONGS_EQUAL(1, arena.lock.taken);
    // There is room, now.
    give({128, 129});
    UNSIGNED_LONGS_EQUAL(2, arena.buddies().lent_runs());
    CHECK(arena.is_sound());
}

TEST(BorrowedForFrees, OnceItHasTakenThePlaceItIsLikeAnyOther) {
    fill(128);
    give({0, 1, 64, 65, 66});
    CHECK(arena.buddies().is_lent(FrameNumber{64}));
    while (!arena.buddies().is_lent(FrameNumber{128})) {
        arena.take(0);  // Until it is not the current one any more.
    }
    check_comes_home_without_a_lock(64);
}

TEST(BorrowedForFrees, ItTakesNoPlaceWhenBlocksOfOtherRunsComeBetween) {
    fill(192);
    give({0, 1, 64, 65, 128});
    check_comes_home_without_a_lock(66);
}

// No call gives a run back and borrows one.
TEST(BorrowedForFrees, TheThirdMakesRoomAndTheFourthBorrows) {
    fill(192);
    give({0, 1, 64, 65});

    give({128, 129});
    UNSIGNED_LONGS_EQUAL(2, arena.buddies().lent_runs());
    give({130});
    UNSIGNED_LONGS_EQUAL(1, arena.buddies().lent_runs());
    CHECK(arena.buddies().is_lent(FrameNumber{0}));
    give({131});
    UNSIGNED_LONGS_EQUAL(2, arena.buddies().lent_runs());
    CHECK(arena.buddies().is_lent(FrameNumber{128}));
    UNSIGNED_LONGS_EQUAL(6, arena.cached.cached_frames());
    CHECK(arena.is_sound());
}

TEST(BorrowedForFrees, OneThatIsAskedBetweenTheHomeAndTheTurnHasNothingToTurnTo) {
    fill(128);
    give({0, 1, 64, 65});
    arena.cached.close();

    give({66});
    CHECK_FALSE(arena.cached.is_asked(0));
    UNSIGNED_LONGS_EQUAL(0, arena.buddies().lent_runs());
    CHECK(arena.is_sound());
    arena.cached.open();
    give_row(2, 64);
    give_row(67, 128);
    CHECK(arena.is_whole_again());
}

TEST(BorrowedForFrees, ARunThatIsWholeAgainIsNotBorrowed) {
    must(arena.buddies().allocate_range(frames(8, 1016)));
    arena.take(0, 3);
    arena.drain();
    must(arena.buddies().free_frames(frames(64, 960)));
    arena.give(0, {FrameNumber{8}, Order::of(3)});
    must(arena.buddies().free_frames(frames(16, 48)));

    arena.give(0, {FrameNumber{0}, Order::of(3)});

    CHECK(arena.is_whole_again());
}

TEST(BorrowedForFrees, RoomIsMadeLaterTooIfTheThirdFoundNone) {
    fill(192);
    give({0, 1, 64, 65, 128, 129});
    CHECK(arena.refusal(0, 128) == kernel::Error::AlreadyFree);  // It counts.
    give({130});
    CHECK_FALSE(arena.buddies().is_lent(FrameNumber{64}));

    give({131});
    CHECK(arena.buddies().is_lent(FrameNumber{128}));
    CHECK(arena.is_sound());
}

TEST(BorrowedForFrees, ARunThatWasCurrentAtOnceTakesNoPlaceLater) {
    fill(128);
    give({0, 1});
    for (std::uint64_t const frame : {0U, 1U, 128U}) {
        UNSIGNED_LONGS_EQUAL(frame, arena.take(0).first.raw());
    }
    check_comes_home_without_a_lock(0);
}

TEST(BorrowedForFrees, OneThatAnAllocationBorrowedTakesNoPlaceEither) {
    fill(128);
    give({70, 10, 71, 11, 72, 12, 73, 13, 74});
    UNSIGNED_LONGS_EQUAL(0, arena.buddies().lent_runs());
    arena.fill(10);  // 10 to 13, then 70 to 74, then of a third run.
    CHECK(arena.buddies().is_lent(FrameNumber{70}));
    CHECK(arena.buddies().is_lent(FrameNumber{128}));
    check_comes_home_without_a_lock(70);
}
