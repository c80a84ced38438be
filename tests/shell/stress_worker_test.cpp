// SPDX-License-Identifier: MIT
#include "shell/stress/stress_worker.hpp"

#include "tests/support/small_machine.hpp"

#include <array>
#include <vector>

#include <CppUTest/TestHarness.h>

using mm::Order;

namespace {

/// A machine of its own for each worker.
struct Place {
    Place() = default;
    test::SmallMachine small;
    std::vector<shell::TakenFrames::Word> words =
        std::vector<shell::TakenFrames::Word>(shell::StressedMemory::words(small.frames));
    shell::StressedMemory memory{small.frames, small.window, words};
    std::array<std::uint64_t, 512> room{};

    /// The states it goes through.
    std::vector<std::uint64_t> history(shell::StressWorker::Name name, Order largest) {
        shell::StressWorker worker{memory, name, room, largest};
        std::vector<std::uint64_t> states;
        for (unsigned step = 0; step < 200; ++step) {
            worker.step();
            states.push_back(small.state());
        }
        worker.end();
        CHECK_FALSE(memory.stops());
        return states;
    }
};

}  // namespace

TEST_GROUP(StressWorker) {
    Place place;
    std::uint64_t before = place.small.state();

    /// How many blocks of each order are held. Frees change it little.
    std::array<std::uint64_t, Order::kMax + 1> orders_held() {
        std::array<std::uint64_t, Order::kMax + 1> orders{};
        for (std::uint64_t const word : place.room) {
            if (word != 0) {
                ++orders[shell::StampedBlock{word}.block().order.value()];
            }
        }
        return orders;
    }
};

TEST(StressWorker, DoesTheSameAgainWithTheSameSeedAndNumberOnly) {
    auto const first = place.history({1, 5}, Order::of(10));

    CHECK(first == Place().history({1, 5}, Order::of(10)));
    CHECK(first != Place().history({1, 6}, Order::of(10)));
    CHECK(first != Place().history({2, 5}, Order::of(10)));
}

TEST(StressWorker, TakesSmallBlocksMostOftenAndLargeOnesToo) {
    shell::StressWorker worker{
        place.memory, {0, 1},
         place.room, Order::of(10)
    };
    std::array<std::uint64_t, Order::kMax + 1> most{};
    for (unsigned step = 0; step < 20'000; ++step) {
        worker.step();
        auto const now = orders_held();
        for (unsigned order = 0; order <= Order::kMax; ++order) {
            most[order] = std::max(most[order], now[order]);
        }
    }
    worker.end();
    place.memory.free_what_was_left();

    CHECK(most[0] > most[1] && most[1] > most[2] && most[2] > most[3]);
    for (std::uint64_t const each : most) {
        CHECK(each > 0);
    }
    CHECK(before == place.small.state());
}

TEST(StressWorker, IsRefusedNowAndThenAndGoesOn) {
    shell::StressWorker worker{
        place.memory, {0, 1},
         place.room, Order::of(10)
    };
    std::uint64_t refused = 0;
    for (unsigned step = 0; step < 40'000; ++step) {
        worker.step();
        refused = worker.refused();
    }

    CHECK(refused >= 3);
    CHECK(refused < 100);
    CHECK(worker.operations() > 30'000);
    CHECK(worker.operations() < 40'000);
    worker.end();
    place.memory.free_what_was_left();
    CHECK(before == place.small.state());
}

TEST(StressWorker, HasNoLargerBlocksThanItMayAndNoMoreThanItHasRoomFor) {
    std::array<std::uint64_t, 9> room{};
    shell::StressWorker worker{
        place.memory, {14, 1},
         std::span{room }
         .first(8), Order::of(3)
    };
    unsigned largest = 0;
    for (unsigned step = 0; step < 5'000; ++step) {
        worker.step();
        for (std::uint64_t const word : room) {
            if (word != 0) {
                shell::StampedBlock const block{word};
                largest = std::max(largest, block.block().order.value());
                UNSIGNED_LONGS_EQUAL(14, shell::StressWorker::number_of(block.stamp()));
            }
        }
    }

    UNSIGNED_LONGS_EQUAL(3, largest);
    CHECK(room[7] != 0);
    UNSIGNED_LONGS_EQUAL(0, room[8]);
    worker.end();
}

TEST(StressWorker, FindsWhatOthersLeave) {
    shell::StressWorker worker{
        place.memory, {0, 1},
         place.room, Order::of(10)
    };
    for (unsigned step = 0; step < 5'000; ++step) {
        worker.step();
    }
    CHECK(worker.found() > 10);
}

TEST(StressWorker, UsesTheEarlyZoneAloneWhereThereIsNoOther) {
    mm::FrameNumber const end = place.small.early.span().end;
    mm::FrameRange const no_span{end, end};
    std::vector<std::uint64_t> metadata(mm::BuddyAllocator::metadata_words(no_span));
    mm::Zone nothing("late", no_span, std::span<mm::FrameRange const>(), metadata);
    mm::FrameAllocator frames{place.small.early, nothing};
    shell::StressedMemory memory{frames, place.small.window, place.words};
    shell::StressWorker worker{
        memory, {0, 1},
         place.room, Order::of(0)
    };
    for (unsigned step = 0; step < 100; ++step) {
        worker.step();
    }
    UNSIGNED_LONGS_EQUAL(0, worker.refused());
    worker.end();
    CHECK_FALSE(memory.stops());
}
