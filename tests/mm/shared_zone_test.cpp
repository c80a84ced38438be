// SPDX-License-Identifier: MIT
// A zone that several cores share: what each keeps, and how it is fetched.
#include "tests/support/shared_zone.hpp"

#include "kernel/mm/frame_allocator.hpp"

#include "tests/support/broken_promise.hpp"

#include <algorithm>
#include <optional>

#include <CppUTest/TestHarness.h>

namespace {

using kernel::Error;
using mm::FrameKind;
using mm::FrameNumber;
using mm::FrameRange;
using mm::Order;
using test::frames;
using test::must;
using test::SharedZone;

/// Checks that it is called with the lock of the watch, and without that of the frames.
struct Watch final : mm::FrameWatch {
    explicit Watch(SharedZone const& watched) : shared{watched} {}
    std::optional<FrameNumber> find_damaged(FrameRange /*frames*/) override {
        CHECK(shared.watch_lock.is_taken);
        CHECK_FALSE(shared.lock.is_taken);
        return std::exchange(damaged, std::nullopt);
    }
    void freed(FrameRange range, mm::FrameOwner const& /*owner*/) override {
        CHECK(shared.watch_lock.is_taken);
        CHECK_FALSE(shared.lock.is_taken);
        freed_frames += range.count();
    }
    SharedZone const& shared;
    std::optional<FrameNumber> damaged;
    std::uint64_t freed_frames = 0;
};

}  // namespace

TEST_GROUP(SharedZone) {
    SharedZone shared;
    mm::Zone& zone = shared.zone;

    void check_all_is_free() {
        CHECK(static_cast<bool>(zone.verify()));
        UNSIGNED_LONGS_EQUAL(0, shared.cached());
        UNSIGNED_LONGS_EQUAL(1024, zone.statistics().free);
        CHECK(zone.statistics().largest == Order::of(10));
        LONGS_EQUAL(0, shared.cores.masked);
    }
};

TEST(SharedZone, EachCoreKeepsSmallBlocksForItself) {
    FrameRange const mine = shared.take(0);
    FrameRange const yours = shared.take(2);

    UNSIGNED_LONGS_EQUAL(0, mine.first.raw());
    UNSIGNED_LONGS_EQUAL(64, yours.first.raw());
    UNSIGNED_LONGS_EQUAL(126, shared.cached());
    UNSIGNED_LONGS_EQUAL(2, zone.statistics().used);
    UNSIGNED_LONGS_EQUAL(1024 - 128, zone.statistics().free);
    UNSIGNED_LONGS_EQUAL(1, shared.caches[0].allocations());
    UNSIGNED_LONGS_EQUAL(0, shared.caches[1].allocations());
    CHECK(zone.keeper(FrameNumber{1}) == 0U);
    CHECK(zone.keeper(FrameNumber{65}) == 2U);
    CHECK_FALSE(zone.keeper(FrameNumber{0}).has_value());
    CHECK(zone.inspect(FrameNumber{1}).kind == FrameKind::Free);
    CHECK(zone.inspect(FrameNumber{0}).kind == FrameKind::Allocated);
    CHECK(zone.inspect(FrameNumber{200}).kind == FrameKind::Free);
    shared.give(2, mine);
    shared.give(1, yours);
    UNSIGNED_LONGS_EQUAL(128, shared.cached());
    check_all_is_free();
}

TEST(SharedZone, AnAllocationThatIsRefusedIsNotCounted) {
    shared.take(0, 10);
    CHECK(zone.allocate(Order{}).error() == Error::OutOfMemory);
    UNSIGNED_LONGS_EQUAL(1, shared.caches[0].allocations());
}

TEST(SharedZone, WhatOthersKeepIsFetchedBeforeARequestIsRefused) {
    shared.give(1, shared.take(1));
    shared.give(2, shared.take(2, 2));
    UNSIGNED_LONGS_EQUAL(128, shared.cached());

    UNSIGNED_LONGS_EQUAL(0, shared.take(0, 10).first.raw());
    UNSIGNED_LONGS_EQUAL(1, shared.caches[0].allocations());

    shared.give(0, SharedZone::kSpan);
    shared.take(0);  // They keep again.
    UNSIGNED_LONGS_EQUAL(63, shared.cached());
}

TEST(SharedZone, ACoreThatDoesNotRunIsNotWaitedFor) {
    for (unsigned const sleeper : {0U, 1U}) {
        shared.give(sleeper, shared.take(sleeper));
        shared.cores.sleeps_for_ever = sleeper;

        shared.cores.now = 1 - sleeper;
        CHECK(zone.allocate(Order::of(10)).error() == Error::OutOfMemory);

        shared.cores.answer_on(sleeper);  // It comes late.
        UNSIGNED_LONGS_EQUAL(0, shared.cached());
    }
    check_all_is_free();
}

// Not for ever: it may be one that hangs.
TEST(SharedZone, ACoreThatRunsIsWaitedForAsLongAsItsOwnersWant) {
    shared.give(1, shared.take(1));
    shared.cores.now = 0;
    CHECK(static_cast<bool>(zone.allocate_range(frames(3, 20))));
    CHECK(shared.cores.waits > 0);
    UNSIGNED_LONGS_EQUAL(1, shared.cores.waited_for);
    must(zone.free_frames(frames(3, 20)));

    shared.give(2, shared.take(2));
    shared.cores.now = 0;
    shared.cores.hangs = 2;
    STRCMP_EQUAL("a core that is called answers", test::promise_broken_by([&] { zone.drain(); }));
    UNSIGNED_LONGS_EQUAL(2, shared.cores.waited_for);
}

TEST(SharedZone, OfTwoThatKeepSomethingOnlyTheOneThatRunsIsWaitedFor) {
    shared.give(1, shared.take(1));
    shared.give(2, shared.take(2));
    shared.cores.sleeps_for_ever = 1;
    shared.cores.now = 0;

    zone.drain();

    UNSIGNED_LONGS_EQUAL(64, shared.cached());
    UNSIGNED_LONGS_EQUAL(2, shared.cores.waited_for);
    shared.cores.answer_on(1);
}

TEST(SharedZone, CertainFramesAreFetchedFromWhoKeepsThem) {
    FrameRange const block = shared.take(1);
    shared.give(1, block);
    shared.cores.now = 0;

    CHECK(static_cast<bool>(zone.allocate_range(frames(3, 20))));
    UNSIGNED_LONGS_EQUAL(0, shared.cached());
    CHECK(zone.allocate_range(frames(22, 2)).error() == Error::NotFree);
    CHECK(static_cast<bool>(zone.free_frames(frames(3, 20))));
    check_all_is_free();
}

TEST(SharedZone, FramesInARowToo) {
    shared.give(1, shared.take(1));
    shared.cores.now = 0;

    CHECK(static_cast<bool>(zone.allocate_frames(500)));
    UNSIGNED_LONGS_EQUAL(64, shared.cached());
    CHECK(static_cast<bool>(zone.allocate_frames(500)));
    UNSIGNED_LONGS_EQUAL(0, shared.cached());
    CHECK(zone.allocate_frames(500).error() == Error::OutOfMemory);
    CHECK(zone.allocate_frames(0).error() == Error::EmptyRange);
}

TEST(SharedZone, SeveralBlocksAreFreedTogether) {
    shared.take(1);
    FrameRange const row = must(zone.allocate_frames(7));
    FrameRange const rest = must(zone.allocate_frames(57));

    shared.give(1, row);
    UNSIGNED_LONGS_EQUAL(63, shared.cached());
    UNSIGNED_LONGS_EQUAL(rest.end.raw(), shared.take(2).first.raw());  // Its run is lent now.
    shared.give(0, rest);
    UNSIGNED_LONGS_EQUAL(63, shared.cached());
    UNSIGNED_LONGS_EQUAL(2, zone.statistics().used);
    must(zone.allocate_range(frames(514, 4)));  // As many as in a block, but not aligned as one.
    shared.give(0, frames(514, 4));
    CHECK(static_cast<bool>(zone.verify()));
}

TEST(SharedZone, ABlockThatIsFreedTwiceIsFreeAlready) {
    FrameRange const block = shared.take(1, 3);
    shared.give(1, block);

    CHECK(zone.free({block.first, Order::of(3)}).error() == Error::AlreadyFree);
    CHECK(zone.free_frames(block).error() == Error::AlreadyFree);
    CHECK(zone.free_frames(frames(1024, 1)).error() == Error::NotRam);
    check_all_is_free();
}

TEST(SharedZone, DrainedNobodyKeepsAnything) {
    shared.give(1, shared.take(1));
    shared.cores.now = 0;

    zone.drain();

    UNSIGNED_LONGS_EQUAL(0, shared.cached());
    shared.take(0);
    UNSIGNED_LONGS_EQUAL(63, shared.cached());
}

TEST(SharedZone, ACoreGivesBackWhatItKeepsAlone) {
    shared.take(1);
    shared.take(2, 2);
    shared.cores.now = 1;

    zone.drain_mine();

    UNSIGNED_LONGS_EQUAL(60, shared.cached());
    CHECK(zone.keeper(FrameNumber{68}) == 2U);
}

TEST(SharedZone, PageTablesLeaveNothingBehind) {
    mm::EarlyZoneFrames tables{zone};
    auto const table = must(tables.allocate());
    UNSIGNED_LONGS_EQUAL(63, shared.cached());

    tables.free(table);

    UNSIGNED_LONGS_EQUAL(0, shared.cached());
    check_all_is_free();
}

TEST(SharedZone, VerifyLooksAtTheCachesBeforeItDrainsThem) {
    shared.take(1);
    auto* const words = reinterpret_cast<std::uint64_t*>(&shared.caches[1]);
    words[2] ^= 2;  // A block that nobody has allocated is nobody's.

    CHECK(zone.verify().error() == Error::Corrupt);
    UNSIGNED_LONGS_EQUAL(63, shared.cached());
}

TEST(SharedZone, WhileSomebodyWatchesNobodyKeepsAnything) {
    Watch watch{shared};
    shared.give(1, shared.take(1));
    shared.cores.now = 0;

    zone.set_watch(&watch);
    zone.set_watch(&watch);
    UNSIGNED_LONGS_EQUAL(0, shared.cached());
    FrameRange const block = shared.take(1);
    watch.damaged = FrameNumber{1};
    UNSIGNED_LONGS_EQUAL(2, shared.take(0).first.raw());
    UNSIGNED_LONGS_EQUAL(1, zone.statistics().reserved);
    shared.give(0, block);
    shared.give(0, frames(2, 1));
    shared.give(0, must(zone.allocate_frames(5)));
    must(zone.free({shared.take(0, 5).first, Order::of(5)}));
    UNSIGNED_LONGS_EQUAL(39, watch.freed_frames);
    UNSIGNED_LONGS_EQUAL(0, shared.cached());

    zone.set_watch(nullptr);
    zone.set_watch(nullptr);
    shared.take(1);
    must(zone.allocate_range(frames(2, 62)));  // No run with such a frame is lent.
    UNSIGNED_LONGS_EQUAL(0, shared.cached());
    shared.take(1);
    UNSIGNED_LONGS_EQUAL(63, shared.cached());
    CHECK_FALSE(shared.watch_lock.is_taken);
}

TEST(SharedZone, NobodyAsksWhoKeepsNothing) {
    shared.take(0);
    shared.cores.now = 1;

    shared.cores.answer_on(0);

    UNSIGNED_LONGS_EQUAL(63, shared.cached());
    UNSIGNED_LONGS_EQUAL(0, shared.cores.calls);
    zone.drain();
    UNSIGNED_LONGS_EQUAL(1, shared.cores.calls);
    shared.take(1);
    zone.drain();  // Its own it has at hand.
    UNSIGNED_LONGS_EQUAL(1, shared.cores.calls);
}

// More runs than are given back at a time.
TEST(SharedZone, MuchThatACoreKeepsIsFetchedInParts) {
    SharedZone large{frames(0, 8192)};
    auto const fill = [&large](unsigned core) {
        for (unsigned index = 0; index < 64 * 70; ++index) {
            large.take(core);
        }
        large.take(core);
        UNSIGNED_LONGS_EQUAL(63, large.cached());
        UNSIGNED_LONGS_EQUAL(71, large.zone.buddies().lent_runs());
    };
    auto const is_drained = [&large] {
        bool const is_free = large.cached() == 0 && large.zone.buddies().lent_runs() == 0;
        must(large.zone.buddies().free_frames(frames(0, 64 * 70 + 1)));
        return is_free;
    };
    fill(1);
    large.cores.now = 0;
    large.zone.drain();
    CHECK(is_drained());
    UNSIGNED_LONGS_EQUAL(2, large.cores.calls);  // The core calls itself for the rest.

    fill(1);
    large.cores.sleeps_for_ever = 1;  // That is not possible where it is not called at all.
    large.cores.now = 0;
    large.zone.drain();
    UNSIGNED_LONGS_EQUAL(63, large.cached());
    large.cores.answer_on(1);
    CHECK(is_drained());

    fill(0);
    large.zone.drain();
    CHECK(is_drained());
    fill(0);
    large.zone.drain_mine();
    CHECK(is_drained());
}

TEST(SharedZone, DamageIsNoLackOfMemory) {
    // All is free, and listed nowhere.
    std::fill(shared.metadata.begin() + mm::RunTable::words(16), shared.metadata.end(), 0);

    CHECK(zone.allocate(Order::of(6)).error() == Error::Corrupt);
    LONGS_EQUAL(0, shared.cores.masked);
}

// In the handler of a message.
TEST(SharedZone, ACoreAnswersForBothZonesAsFarAsTheyAreShared) {
    mm::Zone alone{"late", frames(1024, 0), {}, {}};
    mm::FrameAllocator allocator{zone, alone};
    shared.take(1);
    shared.cores.sleeps_for_ever = 1;
    shared.cores.now = 0;
    zone.drain();
    UNSIGNED_LONGS_EQUAL(63, shared.cached());

    shared.cores.now = 1;
    allocator.answer();

    UNSIGNED_LONGS_EQUAL(0, shared.cached());
    allocator.answer();
    CHECK(static_cast<bool>(zone.verify()));
}
