// SPDX-License-Identifier: MIT
// What cores borrow of a buddy allocator, and how it comes home. What several of them do at once:
// T=explore, T=tsan.
#include "kernel/mm/cached_buddies.hpp"

#include "tests/support/caches.hpp"

#include <CppUTest/TestHarness.h>

using kernel::Error;
using mm::FrameKind;
using mm::FrameNumber;
using mm::Order;
using test::CachedArena;
using test::frames;
using test::must;

TEST_GROUP(CachedBuddies) {
    CachedArena arena{0, 1024};

    void check_lent(std::uint64_t runs) {
        UNSIGNED_LONGS_EQUAL(runs, arena.buddies().lent_runs());
        CHECK(arena.is_sound());
    }
    /// That core 0 is given these next.
    void check_next(std::initializer_list<std::uint64_t> firsts, unsigned order = 0) {
        for (std::uint64_t const first : firsts) {
            UNSIGNED_LONGS_EQUAL(first, arena.next(order));
            CHECK(arena.is_sound());
        }
    }
};

TEST(CachedBuddies, ACoreBorrowsAWholeRun) {
    for (unsigned order = 0; order < mm::CoreCache::kOrders; ++order) {
        mm::Block const block = arena.take(0, order);

        UNSIGNED_LONGS_EQUAL(0, block.first.raw());
        UNSIGNED_LONGS_EQUAL(1024 - 64, arena.buddies().free_frames_count());
        UNSIGNED_LONGS_EQUAL(64 - (1U << order), arena.cached.cached_frames());
        UNSIGNED_LONGS_EQUAL(64 - (1U << order), arena.cached.frames_in(arena.caches[0]));
        UNSIGNED_LONGS_EQUAL(0, arena.cached.frames_in(arena.caches[1]));
        CHECK_FALSE(arena.cached.keeper(FrameNumber{0}).has_value());
        CHECK(arena.cached.keeper(FrameNumber{1U << order}) == 0U);
        CHECK(arena.cached.keeper(FrameNumber{63}) == 0U);
        CHECK_FALSE(arena.cached.keeper(FrameNumber{64}).has_value());
        check_lent(1);
        arena.give(0, block);
        UNSIGNED_LONGS_EQUAL(64, arena.cached.cached_frames());
        CHECK(arena.is_whole_again());
    }
}

TEST(CachedBuddies, WhatAFrameIsSaysWhoHasBorrowedItsRun) {
    arena.take(1, 2);

    for (std::uint64_t frame = 0; frame < 8; ++frame) {
        mm::FrameState const state = arena.cached.inspect(FrameNumber{frame});
        CHECK(state.kind == (frame < 4 ? FrameKind::Allocated : FrameKind::Free));
        UNSIGNED_LONGS_EQUAL(frame / 4 * 4, state.block.first.raw());
        CHECK(state.block.order == Order::of(2));
    }
    CHECK(arena.cached.inspect(FrameNumber{64}).block.order == Order::of(9 - 3));
    CHECK(arena.cached.inspect(FrameNumber{1024}).kind == FrameKind::Outside);
    CHECK_FALSE(arena.cached.keeper(FrameNumber{1024}).has_value());
}

TEST(CachedBuddies, NoLockIsTakenWhileThereIsSomethingAtHand) {
    arena.fill(1);
    arena.lock.taken = 0;

    arena.fill(63);
    for (std::uint64_t frame = 0; frame < 64; ++frame) {
        arena.give(0, frame);
    }
    arena.fill(64);
    UNSIGNED_LONGS_EQUAL(0, arena.lock.taken);
    arena.fill(1);
    UNSIGNED_LONGS_EQUAL(1, arena.lock.taken);
    check_lent(2);
}

TEST(CachedBuddies, EachOrderBelowARunsHasRunsOfItsOwn) {
    for (unsigned order = 0; order < 6; ++order) {
        check_next({std::uint64_t{order} * 64}, order);
    }
    arena.take(0, 6);
    arena.take(0, 9);
    check_lent(6);
}

TEST(CachedBuddies, ACoreBorrowsAsManyRunsAsItNeeds) {
    auto const taken = arena.fill(64 * 10 + 1);
    check_lent(11);
    for (mm::Block const& block : taken) {
        arena.give(0, block);
        CHECK(arena.is_sound());
    }
    check_lent(1);  // The current one.
    CHECK(arena.is_whole_again());
}

TEST(CachedBuddies, WhatComesHomeToAnyOfThemNeedsNoLock) {
    arena.fill_and_hold(3);
    arena.lock.taken = 0;

    for (std::uint64_t const frame : {70U, 3U, 5U, 150U}) {
        arena.give(0, frame);
        CHECK(arena.is_sound());
    }
    UNSIGNED_LONGS_EQUAL(4, arena.cached.cached_frames());
    check_next({150});  // Of the current one;
    check_next({3, 5, 70});
    UNSIGNED_LONGS_EQUAL(0, arena.lock.taken);
    check_next({192});
}

TEST(CachedBuddies, TheLowestThatHasSeveralBecomesTheCurrentOne) {
    arena.fill_and_hold(3);
    for (std::uint64_t const frame : {70U, 71U, 1U, 2U, 3U}) {
        arena.give(0, frame);
    }
    arena.lock.taken = 0;

    check_next({1});
    UNSIGNED_LONGS_EQUAL(1, arena.lock.taken);
    arena.give(0, 150);  // Of the one that was current before, and is abandoned.
    UNSIGNED_LONGS_EQUAL(2, arena.lock.taken);
    check_next({2, 3, 70, 71, 150});
    UNSIGNED_LONGS_EQUAL(2, arena.lock.taken);
    check_lent(3);
}

TEST(CachedBuddies, ARunGoesHomeWithItsLastBlock) {
    for (unsigned order = 0; order < 6; ++order) {
        unsigned const blocks = 64U >> order;
        auto const taken = arena.fill(blocks + 1, order);
        for (unsigned index = 0; index < blocks; ++index) {
            check_lent(2);
            arena.give(0, taken[index]);
        }
        check_lent(1);
        CHECK_FALSE(arena.buddies().is_lent(FrameNumber{0}));
        UNSIGNED_LONGS_EQUAL(1024 - 64, arena.buddies().free_frames_count());
        arena.give(0, taken[blocks]);
        CHECK(arena.is_whole_again());
    }
}

TEST(CachedBuddies, ARunThatHasNothingElseIsBorrowedThoughItIsSplit) {
    for (unsigned order = 0; order < 6; ++order) {
        arena.fill(3, order);
        arena.drain();
        UNSIGNED_LONGS_EQUAL(3, arena.buddies().allocated_blocks());

        std::uint64_t const first = arena.next(order);
        UNSIGNED_LONGS_EQUAL(std::uint64_t{3} << order, first);
        CHECK(arena.is_sound());
        for (std::uint64_t index = 0; index < 4; ++index) {
            arena.give(0, index << order, order);
        }
        CHECK(arena.is_whole_again());
    }
}

TEST(CachedBuddies, ARunWithOtherBlocksGivesOneAndIsNotBorrowed) {
    must(arena.buddies().allocate_range(frames(0, 61)));
    check_next({61, 62, 63});
    check_lent(0);
    must(arena.buddies().free_frames(frames(0, 64)));
    must(arena.buddies().allocate_range(frames(64, 2)));
    check_next({66}, 1);  // Of a run that has just such a pair besides.
    check_lent(1);
}

TEST(CachedBuddies, ARunWithReservedFramesIsNotBorrowed) {
    CHECK(static_cast<bool>(arena.buddies().reserve(frames(5, 1))));
    check_next({0, 1});
    check_lent(0);
    check_next({2}, 1);
    check_lent(0);
}

TEST(CachedBuddies, WhatIsWrongIsRefusedWithTheReason) {
    arena.take(0, 1);
    mm::Block const large = arena.take(0, 5);
    must(arena.buddies().allocate_range(frames(512, 4)));

    for (unsigned core = 0; core < 2; ++core) {
        CHECK(arena.refusal(core, 0, 0) == Error::WrongOrder);
        CHECK(arena.refusal(core, 0, 2) == Error::WrongOrder);
        CHECK(arena.refusal(core, 0, 7) == Error::WrongOrder);
        CHECK(arena.refusal(core, 1, 0) == Error::InsideBlock);
        CHECK(arena.refusal(core, 1, 1) == Error::InsideBlock);
        CHECK(arena.refusal(core, 2, 1) == Error::AlreadyFree);  // Kept by core 0.
        CHECK(arena.refusal(core, 3, 0) == Error::AlreadyFree);
        CHECK(arena.refusal(core, 2, 4) == Error::AlreadyFree);
        CHECK(arena.refusal(core, large.first.raw(), 4) == Error::WrongOrder);
        CHECK(arena.refusal(core, 1024, 0) == Error::NotRam);
        CHECK(arena.refusal(core, std::uint64_t{1} << 63, 0) == Error::NotRam);
        CHECK(arena.refusal(core, 900, 0) == Error::AlreadyFree);
        CHECK(arena.refusal(core, 513) == Error::InsideBlock);
    }
    arena.give(0, 512, 2);
    CHECK(arena.refusal(0, 512, 2) == Error::AlreadyFree);
}

TEST(CachedBuddies, WhatIsFreedTwiceIsFreeAlready) {
    for (unsigned const core : {0U, 1U}) {
        for (unsigned const more : {0U, 64U}) {  // In the current run, and in one that is not.
            mm::Block const block = arena.take(0);
            arena.fill(more);
            arena.give(core, block);

            CHECK(arena.refusal(0, block.first.raw()) == Error::AlreadyFree);
            CHECK(arena.refusal(1, block.first.raw()) == Error::AlreadyFree);
            CHECK(arena.is_sound());
        }
    }
}

TEST(CachedBuddies, ACoreDoesNotDrainBeforeItRefuses) {
    arena.give(0, arena.take(0));
    CHECK(arena.cached.allocate(arena.caches[0], Order::of(10)).error() == Error::OutOfMemory);
    CHECK(static_cast<bool>(arena.cached.allocate(arena.caches[0], Order::of(9))));
    check_lent(1);

    must(arena.cached.drain(arena.caches[0]));
    check_lent(0);
    check_next({0}, 8);
}

TEST(CachedBuddies, WhichRunsAreLentIsKnown) {
    must(arena.buddies().allocate_range(frames(0, 64)));
    CHECK_FALSE(arena.cached.has_lent(frames(0, 1024)));
    arena.fill(1);

    CHECK_FALSE(arena.cached.has_lent(frames(0, 64)));
    CHECK_FALSE(arena.cached.has_lent(frames(64, 0)));
    CHECK(arena.cached.has_lent(frames(0, 65)));
    CHECK(arena.cached.has_lent(frames(63, 2)));
    CHECK(arena.cached.has_lent(frames(127, 10)));
    CHECK(arena.cached.has_lent(frames(127, 1)));
    CHECK_FALSE(arena.cached.has_lent(frames(128, 10)));
    CHECK_FALSE(arena.cached.has_lent(frames(128, 10'000)));
}

// A zone may begin and end anywhere.
TEST(CachedBuddies, RunsAtTheEdgesAreNotLent) {
    CachedArena edges{60, 4 + 64 + 5};

    std::vector<mm::Block> taken;
    for (unsigned index = 0; index < 4 + 64 + 5; ++index) {
        taken.push_back(edges.take(0));
        CHECK(edges.is_sound());
    }
    UNSIGNED_LONGS_EQUAL(1, edges.buddies().lent_runs());
    CHECK(edges.cached.allocate(edges.caches[0], Order{}).error() == Error::OutOfMemory);
    CHECK(edges.cached.has_lent(frames(0, 10'000)));
    CHECK_FALSE(edges.cached.has_lent(frames(0, 64)));
    for (mm::Block const& block : taken) {
        edges.give(0, block);
    }
    CHECK(edges.refusal(0, 59) == Error::NotRam);
    CHECK(edges.refusal(0, 133) == Error::NotRam);
    CHECK(edges.is_whole_again());
}

// What lies behind the last byte, word or order is something else.
TEST(CachedBuddies, WhatIsBehindTheLastRunOrOrderIsNotTouched) {
    CachedArena high{4096, 1024};
    UNSIGNED_LONGS_EQUAL(4096, high.next(6));
    CHECK(high.is_sound());

    arena.fill(1);
    UNSIGNED_LONGS_EQUAL(64, arena.next(6));
    arena.fill(64);
    arena.give(0, 0);  // That tree's word is behind the bytes, which say who has borrowed.
    arena.give(0, 48);
    for (unsigned core = 0; core < 2; ++core) {
        CHECK(arena.refusal(core, 1024) == Error::NotRam);
    }
    CHECK(arena.cached.inspect(FrameNumber{1024}).kind == FrameKind::Outside);
    CHECK_FALSE(arena.cached.keeper(FrameNumber{1024}).has_value());
    std::uint64_t const before = arena.buddies().free_frames_count();
    arena.give(0, 64, 6);
    UNSIGNED_LONGS_EQUAL(before + 64, arena.buddies().free_frames_count());
    CHECK(arena.is_sound());
}

TEST(CachedBuddies, MetadataMustHaveRoomForAllCaches) {
    std::vector<mm::CoreCache> caches(2);
    mm::FrameRange const span = arena.buddies().span();
    std::vector<std::uint64_t> words(mm::CachedBuddies::metadata_words(span, 2));
    UNSIGNED_LONGS_EQUAL(16 / 8 + 2 * 7, words.size());
    auto const with = [&](std::size_t count) {
        mm::CachedBuddies const made{arena.buddies(), caches, std::span{words}.first(count),
                                     nullptr};
    };
    STRCMP_EQUAL("the metadata has room for all caches",
                 test::promise_broken_by([&] { with(words.size() - 1); }));
    with(words.size());
    UNSIGNED_LONGS_EQUAL(
        words.size() * 8 + 2 * sizeof(mm::CoreCache),
        (mm::CachedBuddies{arena.buddies(), caches, words, nullptr}.metadata_bytes()));
    std::vector<std::uint64_t> dirty(mm::CachedBuddies::metadata_words(span, 8), ~std::uint64_t{0});
    std::vector<mm::CoreCache> most(8);
    CHECK(static_cast<bool>(mm::CachedBuddies{arena.buddies(), most, dirty, nullptr}.verify()));
    std::vector<mm::CoreCache> many(9);
    STRCMP_EQUAL("a byte says which core it is", test::promise_broken_by([&] {
                     mm::CachedBuddies const made{arena.buddies(), many, words, nullptr};
                 }));
}
