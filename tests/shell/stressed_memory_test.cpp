// SPDX-License-Identifier: MIT
#include "shell/stress/stressed_memory.hpp"

#include "shell/stress/stamped_block.hpp"
#include "shell/stress/stress_worker.hpp"
#include "shell/stress/taken_frames.hpp"

#include "tests/support/small_machine.hpp"

#include <array>
#include <set>
#include <vector>

#include <CppUTest/TestHarness.h>

using kernel::Error;
using mm::FrameNumber;
using mm::Order;
using mm::ZoneId;
using shell::StampedBlock;
using shell::StressFault;

namespace {

constexpr StampedBlock kLast{
    {FrameNumber{StampedBlock::kFrameLimit - 1}, Order::of(10)},
    0xffff'ffff
};
static_assert(kLast.block().first == FrameNumber{StampedBlock::kFrameLimit - 1});
static_assert(kLast.block().order == Order::of(10) && kLast.stamp() == 0xffff'ffff);
static_assert(StampedBlock{kLast.word()}.word() == kLast.word());
static_assert(StampedBlock{
                  {FrameNumber{0}, Order{}},
                  1
}
                  .word() != 0);

mm::FrameRange frames(std::uint64_t first, std::uint64_t end) {
    return {FrameNumber{first}, FrameNumber{end}};
}

}  // namespace

TEST_GROUP(StressedMemory) {
    test::SmallMachine small;
    std::vector<shell::TakenFrames::Word> words =
        std::vector<shell::TakenFrames::Word>(shell::StressedMemory::words(small.frames));
    shell::StressedMemory memory{small.frames, small.window, words};

    StampedBlock must_allocate(unsigned order, ZoneId zone, std::uint32_t stamp = 1) {
        auto const block = memory.allocate(Order::of(order), zone, stamp);
        CHECK(block.has_value());
        return *block;
    }
    /// What the allocator would do if it were wrong.
    void free_behind_its_back(StampedBlock stamped) {
        mm::Block const block = stamped.block();
        CHECK(
            bool{small.frames.free(*small.frames.zone_of(block.first), block.first, block.order)});
    }
    void finds(StressFault fault, StampedBlock block, std::uint32_t stamp) {
        CHECK(memory.stops());
        CHECK(memory.finding().has_value());
        CHECK(memory.finding()->fault == fault);
        CHECK(memory.finding()->block.block() == block.block());
        UNSIGNED_LONGS_EQUAL(stamp, memory.finding()->block.stamp());
    }
};

TEST(StressedMemory, CountsWordsOfFramesThatBeginAndEndAnywhere) {
    UNSIGNED_LONGS_EQUAL(0, shell::TakenFrames::words(frames(70, 70)));
    UNSIGNED_LONGS_EQUAL(1, shell::TakenFrames::words(frames(64, 128)));
    UNSIGNED_LONGS_EQUAL(2, shell::TakenFrames::words(frames(127, 129)));
    UNSIGNED_LONGS_EQUAL(2, shell::TakenFrames::words(frames(64, 129)));
}

TEST(StressedMemory, KnowsEachFrameThatIsNotFreeFromTheFirstOn) {
    std::vector<shell::TakenFrames::Word> bits(shell::TakenFrames::words(small.late.span()));
    shell::TakenFrames taken{small.late, bits};
    auto const span = small.late.span();
    CHECK(small.succeeds("alloc -z late 3"));
    shell::TakenFrames later{small.late, bits};

    std::uint64_t free = 0;
    for (FrameNumber frame = span.first; frame < span.end; frame = frame + 1) {
        bool const is_free = small.frames.inspect(frame).state.kind == mm::FrameKind::Free;
        CHECK_EQUAL(is_free, later.take({frame, frame + 1}));
        free += is_free ? 1 : 0;
    }

    UNSIGNED_LONGS_EQUAL(small.late.buddies().free_frames_count(), free);
}

TEST(StressedMemory, TakesAndGivesFramesAcrossWords) {
    auto const first = small.late.span().first;
    CHECK(memory.allocate(Order::of(10), ZoneId::Late, 1).has_value());
    std::vector<shell::TakenFrames::Word> bits(shell::TakenFrames::words(small.late.span()));
    shell::TakenFrames taken{small.late, bits};
    mm::FrameRange const range{first + 5001, first + 5300};

    CHECK(taken.take(range));
    CHECK_FALSE(taken.take({first + 5299, first + 5400}));
    CHECK_FALSE(taken.take({first + 4900, first + 5002}));
    CHECK(taken.give({first + 5001, first + 5002}));
    CHECK_FALSE(taken.give({first + 5001, first + 5003}));
}

TEST(StressedMemory, StampsTheFirstAndLastWordOfEachEarlyFrame) {
    StampedBlock const block = must_allocate(1, ZoneId::Early, 7);
    auto const* const memory_of_both =
        small.window.pointer<std::uint64_t>(mm::EarlyFrame{block.block().first});

    std::set<std::uint64_t> stamps;
    for (std::size_t const at : {0U, 511U, 512U, 1023U}) {
        UNSIGNED_LONGS_EQUAL(7, memory_of_both[at] >> 32);
        stamps.insert(memory_of_both[at]);
    }

    UNSIGNED_LONGS_EQUAL(2, stamps.size());
    memory.free(block);
    CHECK_FALSE(memory.stops());
}

TEST(StressedMemory, FindsABlockThatIsGivenTwice) {
    StampedBlock const block = must_allocate(0, ZoneId::Late, 3);
    free_behind_its_back(block);

    CHECK_FALSE(memory.allocate(Order{}, ZoneId::Late, 4).has_value());

    finds(StressFault::GivenTwice, block, 4);
}

TEST(StressedMemory, FindsABlockThatIsGivenInPartWhileSomebodyHasIt) {
    StampedBlock const block = must_allocate(9, ZoneId::Early, 3);
    free_behind_its_back(block);

    while (memory.allocate(Order::of(2), ZoneId::Early, 4)) {
    }

    CHECK(memory.finding()->fault == StressFault::GivenTwice);
}

TEST(StressedMemory, FindsAFrameThatWasNotFreeWhenItBegan) {
    CHECK(small.succeeds("alloc -z late 0"));
    std::vector<shell::TakenFrames::Word> bits(shell::StressedMemory::words(small.frames));
    shell::StressedMemory later{small.frames, small.window, bits};
    CHECK(bool{small.frames.free(small.holdings.at_or_after(0)->allocation)});

    CHECK_FALSE(later.allocate(Order{}, ZoneId::Late, 4).has_value());

    CHECK(later.finding()->fault == StressFault::GivenTwice);
}

TEST(StressedMemory, FindsWhatIsFreedTwice) {
    StampedBlock const block = must_allocate(2, ZoneId::Late, 5);
    memory.free(block);
    CHECK_FALSE(memory.stops());

    memory.free(block);

    finds(StressFault::FreedByOther, block, 5);
}

TEST(StressedMemory, FindsAFreeThatIsRefused) {
    StampedBlock const block = must_allocate(2, ZoneId::Late, 5);
    free_behind_its_back(block);

    memory.free(block);

    finds(StressFault::Refused, block, 5);
    CHECK(memory.finding()->error == Error::AlreadyFree);
}

TEST(StressedMemory, FindsAnyWordOfAStampThatIsOverwritten) {
    for (std::size_t const at : {0U, 511U, 512U, 1023U}) {
        std::vector<shell::TakenFrames::Word> bits(shell::StressedMemory::words(small.frames));
        shell::StressedMemory fresh{small.frames, small.window, bits};
        auto const block = fresh.allocate(Order::of(1), ZoneId::Early, 9);
        small.window.pointer<std::uint64_t>(mm::EarlyFrame{block->block().first})[at] ^= 1;

        fresh.free(*block);

        CHECK(fresh.finding()->fault == StressFault::Overwritten);
        CHECK(small.frames.inspect(block->block().first).state.kind == mm::FrameKind::Free);
    }
}

TEST(StressedMemory, KeepsTheFirstFinding) {
    StampedBlock const block = must_allocate(2, ZoneId::Late, 5);
    memory.free(block);
    memory.free(block);
    StampedBlock const other = must_allocate(0, ZoneId::Early, 6);
    free_behind_its_back(other);
    memory.free(other);

    finds(StressFault::FreedByOther, block, 5);
}

TEST(StressedMemory, FindsNothingWrongWhereThereIsNoMore) {
    while (memory.allocate(Order::of(10), ZoneId::Late, 1)) {
    }

    CHECK_FALSE(memory.stops());
}

TEST(StressedMemory, HandsBlocksFromOneToAnother) {
    StampedBlock const first = must_allocate(0, ZoneId::Early, 1);
    StampedBlock const second = must_allocate(1, ZoneId::Late, 2);
    std::uint64_t const free = small.late.buddies().free_frames_count();

    CHECK_FALSE(memory.exchange(7, first).has_value());
    auto const found = memory.exchange(7, second);
    CHECK(found && found->word() == first.word());
    memory.free(*found);
    memory.free_what_was_left();

    CHECK_FALSE(memory.stops());
    UNSIGNED_LONGS_EQUAL(free + 2, small.late.buddies().free_frames_count());
}
