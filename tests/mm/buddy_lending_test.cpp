// SPDX-License-Identifier: MIT
// Runs that are lent, and what becomes of them when they come back.
#include "kernel/mm/buddy_allocator.hpp"

#include "tests/support/arena.hpp"
#include "tests/support/broken_promise.hpp"

#include <CppUTest/TestHarness.h>

using kernel::Error;
using mm::FrameNumber;
using mm::LentRun;
using mm::Order;
using test::Arena;
using test::frames;
using test::must;

TEST_GROUP(BuddyLending) {
    static constexpr std::uint64_t kAll = ~std::uint64_t{0};
    Arena arena{0, 1024};

    LentRun lend(unsigned order) { return must(arena.allocator.lend(Order::of(order))); }
    bool take_back(LentRun const& lent, unsigned order, std::uint64_t blocks) {
        return static_cast<bool>(arena.allocator.take_back(lent.first, Order::of(order), blocks));
    }
    void check_all_free() {
        CHECK(arena.is_sound());
        UNSIGNED_LONGS_EQUAL(1024, arena.allocator.free_frames_count());
        CHECK(arena.allocator.largest_free() == Order::of(10));
    }
};

TEST(BuddyLending, AWholeRunIsTakenAsBlocksOfTheOrder) {
    for (unsigned order = 0; order < 6; ++order) {
        LentRun const lent = lend(order);

        UNSIGNED_LONGS_EQUAL(0, lent.first.raw());
        UNSIGNED_LONGS_EQUAL(mm::unit_set::kAligned[order], lent.taken);
        UNSIGNED_LONGS_EQUAL(lent.taken, lent.blocks);
        CHECK(arena.allocator.is_lent(FrameNumber{63}));
        CHECK_FALSE(arena.allocator.is_lent(FrameNumber{64}));
        CHECK(arena.is_sound());
        UNSIGNED_LONGS_EQUAL(1024 - 64, arena.allocator.free_frames_count());
        UNSIGNED_LONGS_EQUAL(64U >> order, arena.allocator.allocated_blocks());
        CHECK(arena.allocator.inspect(FrameNumber{0}).block.order == Order::of(order));
        CHECK(take_back(lent, order, lent.taken));
        check_all_free();
    }
}

TEST(BuddyLending, OfASplitRunOnlyWhatIsFreeAndLargeEnoughIsTaken) {
    must(arena.allocator.allocate_range(frames(3, 1)));
    must(arena.allocator.allocate_range(frames(8, 2)));

    LentRun const lent = lend(1);

    UNSIGNED_LONGS_EQUAL(0x5555'5555'5555'5451, lent.taken);
    UNSIGNED_LONGS_EQUAL(0x5555'5555'5555'5551, lent.blocks);
    CHECK(arena.allocator.inspect(FrameNumber{2}).kind == mm::FrameKind::Free);
    CHECK(arena.is_sound());
}

TEST(BuddyLending, ALentRunGivesNothingElseUntilItIsBack) {
    must(arena.allocator.allocate_range(frames(64, 960)));
    LentRun const lent = lend(2);
    arena.free({FrameNumber{4}, Order::of(2)});

    CHECK(arena.allocator.allocate(Order{}).error() == Error::OutOfMemory);
    CHECK(arena.allocator.lend(Order{}).error() == Error::OutOfMemory);
    CHECK_FALSE(arena.allocator.lend(FrameNumber{4}, Order{}).has_value());
    UNSIGNED_LONGS_EQUAL(4, arena.allocator.free_frames_count());
    CHECK(arena.is_sound());
    CHECK(take_back(lent, 2, 0));
    CHECK(arena.allocate(0).first == FrameNumber{4});
}

TEST(BuddyLending, WhatIsFreedMeanwhileComesBackToo) {
    LentRun const lent = lend(0);
    for (std::uint64_t frame = 0; frame < 64; frame += 2) {
        arena.free({FrameNumber{frame}, Order{}});
    }
    CHECK(arena.is_sound());

    CHECK(take_back(lent, 0, 0xaaaa'aaaa'aaaa'aaaa));

    check_all_free();
    CHECK_FALSE(arena.allocator.is_lent(FrameNumber{0}));
}

TEST(BuddyLending, ALentRunStaysSplitThoughAllItsBlocksAreFreed) {
    lend(0);
    LentRun const lent = lend(0);
    UNSIGNED_LONGS_EQUAL(64, lent.first.raw());
    for (std::uint64_t frame = 64; frame < 128; ++frame) {
        arena.free({FrameNumber{frame}, Order{}});
    }
    CHECK(arena.is_sound());
    CHECK(arena.allocator.is_lent(FrameNumber{127}));
    CHECK_FALSE(arena.allocator.is_lent(FrameNumber{128}));
    UNSIGNED_LONGS_EQUAL(128, lend(0).first.raw());

    CHECK(take_back(lent, 0, 0));
    CHECK(arena.is_sound());
    CHECK(arena.allocate(6).first == FrameNumber{64});
}

TEST(BuddyLending, WithNoBlockARunComesBackWithWhatWasFreedThere) {
    must(arena.allocator.allocate_range(frames(64, 960)));
    auto const end = [this](LentRun const& lent) {
        CHECK(static_cast<bool>(arena.allocator.take_back(lent.first)));
        CHECK(arena.is_sound());
    };
    end(lend(0));
    CHECK(arena.allocator.allocate(Order{}).error() == Error::OutOfMemory);
    CHECK(arena.allocator.take_back(FrameNumber{0}).error() == Error::Corrupt);  // Not lent now.

    arena.free({FrameNumber{63}, Order{}});
    LentRun const lent = lend(0);
    arena.free({FrameNumber{0}, Order{}});
    end(lent);
    CHECK(arena.allocate(0).first == FrameNumber{0});
    arena.free({FrameNumber{0}, Order{}});
    LentRun const again = lend(0);
    CHECK(static_cast<bool>(arena.allocator.free_frames(frames(0, 64))));
    end(again);
    must(arena.allocator.free_frames(frames(64, 960)));
    check_all_free();
}

TEST(BuddyLending, ALentRunStaysSplitThoughAllOfItIsFreed) {
    LentRun const lent = lend(0);
    CHECK(static_cast<bool>(arena.allocator.free_frames(frames(0, 64))));
    CHECK(arena.is_sound());
    CHECK(arena.allocator.inspect(FrameNumber{40}).block.range() == frames(32, 32));
    UNSIGNED_LONGS_EQUAL(2, arena.allocator.free_blocks()[5]);
    CHECK(arena.allocate(10 - 1).first == FrameNumber{512});

    CHECK(take_back(lent, 0, 0));
    arena.free({FrameNumber{512}, Order::of(9)});
    check_all_free();
}

TEST(BuddyLending, AFullRunMayBeLentToo) {
    must(arena.allocator.allocate_range(frames(0, 1)));
    for (std::uint64_t frame = 1; frame < 64; ++frame) {
        must(arena.allocator.allocate_range(frames(frame, 1)));
    }

    auto const lent = arena.allocator.lend(FrameNumber{7}, Order{});

    CHECK(lent.has_value());
    UNSIGNED_LONGS_EQUAL(0, lent->taken);
    UNSIGNED_LONGS_EQUAL(kAll, lent->blocks);
    CHECK(arena.is_sound());
}

TEST(BuddyLending, TheRunOfAFrameIsLentWithWhatIsFreeInIt) {
    must(arena.allocator.allocate_range(frames(3, 1)));

    auto const lent = arena.allocator.lend(FrameNumber{9}, Order{});

    CHECK(lent.has_value());
    UNSIGNED_LONGS_EQUAL(~std::uint64_t{8}, lent->taken);
}

TEST(BuddyLending, RunsThatAreFreedWhileTheyAreLentStaySplit) {
    Arena large{0, 8192};
    must(large.allocator.allocate_range(frames(0, 4096)));
    LentRun const one = must(large.allocator.lend(Order{}));
    LentRun const two = must(large.allocator.lend(Order{}));
    must(large.allocator.allocate_range(frames(4096 + 128, 64)));

    must(large.allocator.free_frames(frames(4096, 192)));

    CHECK(large.is_sound());
    UNSIGNED_LONGS_EQUAL(4096, large.allocator.free_frames_count());
    must(large.allocator.take_back(one.first, Order{}, 0));
    must(large.allocator.take_back(two.first, Order{}, 0));
    CHECK(large.is_sound());
    UNSIGNED_LONGS_EQUAL(4, large.allocator.free_blocks()[10]);
}

TEST(BuddyLending, WhatIsNoSplitRunOfTheSpanIsNotLent) {
    CHECK_FALSE(arena.allocator.lend(FrameNumber{64}, Order{}).has_value());
    CHECK_FALSE(arena.allocator.lend(FrameNumber{1024}, Order{}).has_value());
    arena.allocate(6);
    CHECK_FALSE(arena.allocator.lend(FrameNumber{0}, Order{}).has_value());
    auto const any = [this] { static_cast<void>(arena.allocator.lend(Order::of(6))); };
    auto const one = [this] {
        static_cast<void>(arena.allocator.lend(FrameNumber{0}, Order::of(6)));
    };
    STRCMP_EQUAL("a lent run holds blocks smaller than itself", test::promise_broken_by(any));
    STRCMP_EQUAL("a lent run holds blocks smaller than itself", test::promise_broken_by(one));
    auto const back = [this] { take_back({FrameNumber{0}, 0, 0}, 6, 0); };
    STRCMP_EQUAL("a lent run holds blocks smaller than itself", test::promise_broken_by(back));
}

TEST(BuddyLending, OnlyWhatWasLentComesBack) {
    LentRun const lent = lend(1);
    auto const refused = [this](std::uint64_t frame, unsigned order, std::uint64_t blocks) {
        return arena.refusal([&] {
            return arena.allocator.take_back(FrameNumber{frame}, Order::of(order), blocks);
        });
    };

    CHECK(refused(64, 1, 0) == Error::Corrupt);    // Not lent.
    CHECK(refused(2048, 1, 0) == Error::Corrupt);  // Not in the span.
    CHECK(refused(0, 1, 2) == Error::Corrupt);     // No block begins there.
    CHECK(refused(0, 0, 1) == Error::Corrupt);     // It has another order.
    CHECK(take_back(lent, 1, lent.taken));
    check_all_free();
}

TEST(BuddyLending, IsRefusedWhereNothingIsFree) {
    must(arena.allocator.allocate_range(frames(0, 1024)));
    CHECK(arena.refusal([this] { return arena.allocator.lend(Order{}); }) == Error::OutOfMemory);
}

TEST(BuddyLending, RangesGoThroughRunsThatAreLent) {
    LentRun const lent = lend(0);
    arena.free({FrameNumber{5}, Order{}});

    must(arena.allocator.allocate_range(frames(5, 1)));
    CHECK(arena.is_sound());
    arena.free({FrameNumber{5}, Order{}});
    CHECK(static_cast<bool>(arena.allocator.reserve(frames(5, 1))));
    CHECK(arena.is_sound());
    CHECK(static_cast<bool>(arena.allocator.release(frames(5, 1))));
    CHECK(arena.is_sound());
    CHECK(take_back(lent, 0, lent.taken & ~std::uint64_t{1U << 5}));
    check_all_free();
}

TEST(BuddyLending, ARunWithTooFewBlocksGivesOneAndIsNotLent) {
    must(arena.allocator.allocate_range(frames(0, 58)));
    must(arena.allocator.allocate_range(frames(62, 1)));

    LentRun const one = must(arena.allocator.lend(Order::of(1), 3));
    UNSIGNED_LONGS_EQUAL(0, one.first.raw());
    UNSIGNED_LONGS_EQUAL(std::uint64_t{1} << 58, one.taken);
    UNSIGNED_LONGS_EQUAL(0, one.blocks);
    UNSIGNED_LONGS_EQUAL(0, arena.allocator.lent_runs());
    CHECK(arena.allocator.inspect(FrameNumber{58}).block.order == Order::of(1));
    CHECK(arena.is_sound());
    LentRun const all = must(arena.allocator.lend(Order{}, 3));
    UNSIGNED_LONGS_EQUAL(std::uint64_t{0b1011} << 60, all.taken);
    UNSIGNED_LONGS_EQUAL(1, arena.allocator.lent_runs());
}

TEST(BuddyLending, ARunMayBeginBeforeTheSpanDoes) {
    Arena edge{60, 10};
    LentRun const lent = must(edge.allocator.lend(Order{}));

    UNSIGNED_LONGS_EQUAL(0, lent.first.raw());
    UNSIGNED_LONGS_EQUAL(std::uint64_t{15} << 60, lent.taken);
    UNSIGNED_LONGS_EQUAL(lent.blocks, edge.allocator.lent_blocks(lent.first, Order{}).value_or(0));
    must(edge.allocator.take_back(lent.first, Order{}, lent.taken));
    CHECK(edge.is_sound());
    UNSIGNED_LONGS_EQUAL(10, edge.allocator.free_frames_count());
}

TEST(BuddyLending, OfARunThatIsNotLentNoBlocksAre) {
    LentRun const lent = lend(2);

    CHECK(arena.allocator.lent_blocks(lent.first, Order::of(2)) == lent.blocks);
    CHECK(arena.allocator.lent_blocks(lent.first, Order{}) == std::uint64_t{0});
    CHECK_FALSE(arena.allocator.lent_blocks(FrameNumber{1}, Order::of(2)).has_value());
    CHECK_FALSE(arena.allocator.lent_blocks(FrameNumber{64}, Order::of(2)).has_value());
    CHECK_FALSE(arena.allocator.lent_blocks(FrameNumber{1024}, Order::of(2)).has_value());
    CHECK(test::breaks_promise(
        [&] { static_cast<void>(arena.allocator.lent_blocks(lent.first, Order::of(6))); }));
}

TEST(BuddyLending, NoRunBehindTheLastIsLent) {
    Arena group{0, 4096};  // Behind its words are those of the index.
    group.allocate(0);

    CHECK_FALSE(group.allocator.lent_blocks(FrameNumber{4096}, Order{}).has_value());
}
