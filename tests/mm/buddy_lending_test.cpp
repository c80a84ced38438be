// SPDX-License-Identifier: MIT
// Runs that are lent, and what becomes of them when they come back.
#include "kernel/mm/buddy_allocator.hpp"

#include "tests/support/arena.hpp"
#include "tests/support/broken_promise.hpp"

#include <CppUTest/TestHarness.h>

using kernel::Error;
using mm::FrameKind;
using mm::FrameNumber;
using mm::LentRun;
using mm::Order;
using test::Arena;
using test::frames;
using test::must;

TEST_GROUP(BuddyLending) {
    Arena arena{0, 1024};

    LentRun lend(unsigned order) { return must(arena.allocator.lend(Order::of(order))); }
    void take_back(LentRun const& lent, unsigned order, std::uint64_t free) {
        must(arena.allocator.take_back(lent.first, Order::of(order), free));
        CHECK(arena.is_sound());
    }
    void check_all_free() {
        CHECK(arena.is_sound());
        UNSIGNED_LONGS_EQUAL(1024, arena.allocator.free_frames_count());
        UNSIGNED_LONGS_EQUAL(0, arena.allocator.lent_runs());
        CHECK(arena.allocator.largest_free() == Order::of(10));
    }
};

TEST(BuddyLending, AFreeRunIsLentForBlocksOfAnyOrderBelowItsOwn) {
    for (unsigned order = 0; order < 6; ++order) {
        LentRun const lent = lend(order);

        CHECK(lent.is_run);
        UNSIGNED_LONGS_EQUAL(0, lent.first.raw());
        UNSIGNED_LONGS_EQUAL(mm::unit_set::kAligned[order], lent.free);
        CHECK(arena.allocator.is_lent(FrameNumber{63}));
        CHECK_FALSE(arena.allocator.is_lent(FrameNumber{64}));
        UNSIGNED_LONGS_EQUAL(1, arena.allocator.lent_runs());
        UNSIGNED_LONGS_EQUAL(1024 - 64, arena.allocator.free_frames_count());
        UNSIGNED_LONGS_EQUAL(0, arena.allocator.allocated_blocks());
        CHECK(arena.is_sound());
        UNSIGNED_LONGS_EQUAL(0, arena.allocator.free_blocks()[0]);
        take_back(lent, order, lent.free);
        check_all_free();
    }
}

TEST(BuddyLending, WhatWasHandedOutOfItIsAllocatedThen) {
    for (unsigned order = 0; order < 6; ++order) {
        LentRun const lent = lend(order);
        std::uint64_t const taken = lent.free & (lent.free << 7 | 1);

        take_back(lent, order, lent.free & ~taken);

        unsigned const count = mm::unit_set::count(taken);
        UNSIGNED_LONGS_EQUAL(count, arena.allocator.allocated_blocks());
        UNSIGNED_LONGS_EQUAL(1024 - (std::uint64_t{count} << order),
                             arena.allocator.free_frames_count());
        for (std::uint64_t first = 0; first < 64; first += std::uint64_t{1} << order) {
            bool const is_taken = (taken >> first & 1) != 0;
            mm::FrameState const state = arena.allocator.inspect(FrameNumber{first});
            CHECK(state.kind == (is_taken ? FrameKind::Allocated : FrameKind::Free));
            if (is_taken) {
                CHECK(state.block.order == Order::of(order));
                arena.free({FrameNumber{first}, Order::of(order)});
            }
        }
        check_all_free();
    }
}

TEST(BuddyLending, OfARunThatIsFullNothingIsFoundFree) {
    must(arena.allocator.allocate_range(frames(64, 960)));
    take_back(lend(3), 3, 0);

    CHECK(arena.allocator.allocate(Order{}).error() == Error::OutOfMemory);
    UNSIGNED_LONGS_EQUAL(8 + 1 + 1 + 1 + 1, arena.allocator.allocated_blocks());
    arena.free({FrameNumber{8}, Order::of(3)});
    CHECK(arena.allocate(0).first == FrameNumber{8});
}

TEST(BuddyLending, ASplitRunIsLentIfAllItsBlocksAreOfTheOrder) {
    for (unsigned order = 0; order < 6; ++order) {
        for (std::uint64_t const index : {0U, 1U}) {
            must(arena.allocator.allocate_range(frames(index << order, std::uint64_t{1} << order)));
        }
        bool const is_full = order == 5;
        LentRun const lent = lend(order);

        CHECK(lent.is_run);
        UNSIGNED_LONGS_EQUAL(is_full ? 64 : 0, lent.first.raw());
        UNSIGNED_LONGS_EQUAL(0, arena.allocator.allocated_blocks() - (is_full ? 2 : 0));
        if (!is_full) {
            UNSIGNED_LONGS_EQUAL(
                mm::unit_set::kAligned[order] & ~(1 | std::uint64_t{1} << (1U << order)),
                lent.free);
        }
        CHECK(arena.is_sound());
        take_back(lent, order, mm::unit_set::kAligned[order]);
        if (is_full) {
            must(arena.allocator.free_frames(frames(0, 64)));
        }
        check_all_free();
    }
}

TEST(BuddyLending, FromAnyOtherRunABlockIsAllocated) {
    auto const check = [this](unsigned order, std::uint64_t first) {
        std::uint64_t const before = arena.allocator.allocated_blocks();
        LentRun const one = lend(order);
        CHECK_FALSE(one.is_run);
        UNSIGNED_LONGS_EQUAL(first, one.first.raw());
        UNSIGNED_LONGS_EQUAL(0, arena.allocator.lent_runs());
        UNSIGNED_LONGS_EQUAL(before + 1, arena.allocator.allocated_blocks());
        CHECK(arena.allocator.inspect(one.first).block.order == Order::of(order));
        CHECK(arena.is_sound());
    };
    must(arena.allocator.allocate_range(frames(0, 2)));  // A pair:
    check(0, 2);                                         // no frame.
    check(1, 4);                                         // Now there is a frame beside it.
    check(2, 8);
    CHECK(static_cast<bool>(arena.allocator.reserve(frames(63, 1))));
    check(3, 48);
}

TEST(BuddyLending, OneReservedFrameIsEnough) {
    for (unsigned order = 0; order < 6; ++order) {
        CHECK(static_cast<bool>(arena.allocator.reserve(frames(40, 1))));
        LentRun const one = lend(order);
        CHECK_FALSE(one.is_run);
        arena.free({one.first, Order::of(order)});
        CHECK(static_cast<bool>(arena.allocator.release(frames(40, 1))));
        check_all_free();
    }
}

TEST(BuddyLending, ALentRunIsNobodyElses) {
    must(arena.allocator.allocate_range(frames(64, 960)));
    LentRun const lent = lend(2);

    CHECK(arena.allocator.allocate(Order{}).error() == Error::OutOfMemory);
    CHECK(arena.allocator.lend(Order{}).error() == Error::OutOfMemory);
    CHECK(arena.allocator.allocate_range(frames(4, 4)).error() == Error::NotFree);
    CHECK(arena.allocator.reserve(frames(4, 4)).error() == Error::NotFree);
    CHECK(arena.allocator.release(frames(4, 4)).error() == Error::NotReserved);
    CHECK(arena.allocator.free_frames(frames(0, 64)).error() == Error::InsideBlock);
    for (unsigned order = 0; order <= 6; ++order) {
        CHECK(arena.allocator.free(FrameNumber{0}, Order::of(order)).error() == Error::InsideBlock);
    }
    mm::FrameState const state = arena.allocator.inspect(FrameNumber{17});
    CHECK(state.kind == FrameKind::Allocated);
    CHECK(state.block == (mm::Block{FrameNumber{0}, Order::of(6)}));
    UNSIGNED_LONGS_EQUAL(0, arena.allocator.free_frames_count());
    CHECK(arena.is_sound());
    take_back(lent, 2, 1U << 4);
    CHECK(arena.allocate(0).first == FrameNumber{4});
}

TEST(BuddyLending, WhatItsBorrowerNotesOfItIsNotLookedAt) {
    lend(0);
    std::uint64_t const hash = arena.allocator.hash();
    auto const blocks = arena.allocator.free_blocks();
    std::uint64_t* const words = arena.allocator.run_words();
    // As blocks that are free, allocated, and of no possible size.
    for (auto const& [first, second] : {
             std::pair{~std::uint64_t{0}, ~std::uint64_t{0}},
             {0,                 ~std::uint64_t{0}},
             {6,                 1                }
    }) {
        words[0] = first;
        words[1] = second;
        CHECK(arena.is_sound());
        UNSIGNED_LONGS_EQUAL(hash, arena.allocator.hash());
        CHECK(blocks == arena.allocator.free_blocks());
        CHECK(arena.allocator.free(FrameNumber{0}, Order{}).error() == Error::InsideBlock);
        CHECK(arena.allocator.inspect(FrameNumber{0}).kind == FrameKind::Allocated);
    }
    must(arena.allocator.take_back(FrameNumber{0}));
    check_all_free();
}

TEST(BuddyLending, OnlyWhatWasLentComesBack) {
    lend(1);
    auto const refused = [this](std::uint64_t frame, unsigned order, std::uint64_t free) {
        return arena.refusal(
            [&] { return arena.allocator.take_back(FrameNumber{frame}, Order::of(order), free); });
    };
    for (std::uint64_t const free : {std::uint64_t{1}, mm::unit_set::kAligned[1]}) {
        CHECK(refused(64, 1, free) == Error::Corrupt);    // Not lent.
        CHECK(refused(1, 1, free) == Error::Corrupt);     // In the middle.
        CHECK(refused(1024, 1, free) == Error::Corrupt);  // Behind the table.
        CHECK(refused(std::uint64_t{1} << 63, 1, free) == Error::Corrupt);
    }
    CHECK(refused(0, 1, 2) == Error::Corrupt);  // No block can begin there.
    CHECK(static_cast<bool>(arena.allocator.take_back(FrameNumber{0})));
    CHECK(arena.allocator.take_back(FrameNumber{0}).error() == Error::Corrupt);
    check_all_free();
}

TEST(BuddyLending, NothingBeforeTheTableComesBack) {
    Arena high{4096, 1024};
    must(high.allocator.lend(Order{}));
    CHECK(high.allocator.take_back(FrameNumber{0}).error() == Error::Corrupt);
    CHECK(high.allocator.take_back(FrameNumber{4096 - 64}).error() == Error::Corrupt);
    UNSIGNED_LONGS_EQUAL(4096, high.allocator.first_of_runs().raw());
    UNSIGNED_LONGS_EQUAL(16, high.allocator.runs());
    must(high.allocator.take_back(FrameNumber{4096}));
}

TEST(BuddyLending, NorDoesARunBehindTheLast) {
    Arena group{0, 4096};  // Behind its words are those of the index.
    group.allocate(0);
    CHECK(group.allocator.take_back(FrameNumber{4096}).error() == Error::Corrupt);
    CHECK(group.is_sound());
}

TEST(BuddyLending, IsRefusedWhereNothingIsFree) {
    must(arena.allocator.allocate_range(frames(0, 1024)));
    CHECK(arena.refusal([this] { return arena.allocator.lend(Order{}); }) == Error::OutOfMemory);
}

TEST(BuddyLending, IsForBlocksSmallerThanARun) {
    auto const any = [this] { static_cast<void>(arena.allocator.lend(Order::of(6))); };
    auto const back = [this] {
        static_cast<void>(arena.allocator.take_back(FrameNumber{0}, Order::of(6), 0));
    };
    STRCMP_EQUAL("a lent run holds blocks smaller than itself", test::promise_broken_by(any));
    STRCMP_EQUAL("a lent run holds blocks smaller than itself", test::promise_broken_by(back));
}

TEST(BuddyLending, RunsOfAllGroupsAreLent) {
    Arena large{0, 8192};
    for (unsigned run = 0; run < 128; ++run) {
        UNSIGNED_LONGS_EQUAL(run * 64U, must(large.allocator.lend(Order{})).first.raw());
    }
    CHECK(large.is_sound());
    CHECK_FALSE(large.allocator.largest_free().has_value());
    for (unsigned run = 128; run-- != 0;) {
        must(large.allocator.take_back(FrameNumber{std::uint64_t{64} * run}));
        CHECK(large.is_sound());
    }
    UNSIGNED_LONGS_EQUAL(8, large.allocator.free_blocks()[10]);
}
