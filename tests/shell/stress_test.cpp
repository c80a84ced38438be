// SPDX-License-Identifier: MIT
// `stress`, as somebody types it.

#include "tests/support/shell_test.hpp"

#include <string>

using kernel::CoreState;

TEST_GROUP_BASE(Stress, test::ShellTest) {
    std::uint64_t before = small.state();

    void leaves_everything_as_it_was() {
        CHECK(before == small.state());
        CHECK_FALSE(small.cores.the_alarm.is_set());
    }
    /// A second passes, and the alarm rings, at each look at the clock.
    void let_time_pass() {
        small.clock.look = [this] {
            small.clock.now += 250'000;
            small.cores.the_alarm.ring();
        };
    }
    /// The first block that somebody has from `first` on.
    mm::Block block_behind(mm::FrameNumber first) {
        while (small.frames.inspect(first).state.kind != mm::FrameKind::Allocated) {
            first = small.frames.inspect(first).state.block.range().end;
        }
        return small.frames.inspect(first).state.block;
    }
};

TEST(Stress, HasAllCoresAllocateAndFree) {
    CHECK(small.succeeds("stress -n 2001"));

    STRCMP_CONTAINS(
        "core  operations   refused  passed on  interrupts\n"
        "   0         501         ",
        small.printed.c_str());
    for (char const* const line : {"\n   1         500  ", "\n   2         500  ",
                                   "\n   3         500  ", "\nlate: ", "\nheld: 0 blocks"}) {
        STRCMP_CONTAINS(line, small.printed.c_str());
    }
    STRCMP_CONTAINS(
        "\n2001 operations on 4 cores in 0.0 s with seed 1: nothing lost, nothing given twice\n",
        small.printed.c_str());
    CHECK(small.cores.started == (std::vector<unsigned>{1, 2, 3}));
    leaves_everything_as_it_was();
}

TEST(Stress, TakesAsManyCoresAsItIsToldOfThoseThatSleep) {
    small.cores.states = {CoreState::Works, CoreState::Silent, CoreState::Sleeps,
                          CoreState::Sleeps};

    mentions("stress -c 2 -n 100 7", "\n   2          50  ");
    STRCMP_CONTAINS("\n100 operations on 2 cores in 0.0 s with seed 7: ", small.printed.c_str());
    CHECK(small.cores.started == (std::vector<unsigned>{2}));

    refuses("stress -c 4", "error: 4: cores go from 1 to 3\n");
}

TEST(Stress, DependsOnItsSeed) {
    std::string const first = small.type("stress -n 5000 -c 1 3");

    CHECK_EQUAL(first, small.type("stress -c 1 -n 5000 3"));
    CHECK(first != small.type("stress -n 5000 -c 1 4"));
}

TEST(Stress, EndsWhenItsTimeIsOver) {
    let_time_pass();

    CHECK(small.succeeds("stress -c 1 -s 2"));

    STRCMP_CONTAINS("1 s: ", small.printed.c_str());
    STRCMP_CONTAINS(" operations\ncore  operations", small.printed.c_str());
    STRCMP_CONTAINS(" on 1 cores in 2.", small.printed.c_str());
    leaves_everything_as_it_was();
}

TEST(Stress, ShowsHowFarItIsOnOneLineWhereTheTerminalCan) {
    let_time_pass();

    small.type("color on");
    mentions("stress -c 1 -n 600", "\r1 s: ");
    STRCMP_CONTAINS(" of 600 operations\ncore ", small.printed.c_str());
}

TEST(Stress, IsInterruptedByAnAlarmThatAllocates) {
    let_time_pass();
    CHECK(small.succeeds("stress -c 1 -n 6400"));
    auto const with = small.printed;
    CHECK(small.cores.the_alarm.last_set >= 100);
    CHECK(small.cores.the_alarm.last_set < 1000);
    STRCMP_CONTAINS("         133\nearly: ", with.c_str());
    leaves_everything_as_it_was();
}

TEST(Stress, SaysWhereNothingInterruptsTheCores) {
    small.cores.the_alarm.is_there = false;

    mentions("stress -c 1 -n 100", "           0\nnothing interrupts the cores of this board\n");
    leaves_everything_as_it_was();
}

TEST(Stress, HasInterruptsAllocateNothingWhilePoisonIsOn) {
    small.type("poison on");
    before = small.state();
    let_time_pass();

    mentions("stress -c 1 -n 640", "poison is on: interrupts have allocated nothing\n");
    leaves_everything_as_it_was();
    small.type("poison off");
}

TEST(Stress, StopsAtControlCAndGivesAllBack) {
    small.console.press_interrupt(3);

    mentions("stress -n 1_000_000_000 -c 4", "error: stress: stopped by Ctrl-C\n");
    leaves_everything_as_it_was();
}

TEST(Stress, FindsABlockThatIsGivenTwice) {
    small.clock.look = [this, looks = 0]() mutable {
        if (++looks == 40) {
            mm::Block const block = block_behind(small.late.span().first);
            CHECK(bool{small.frames.free(mm::ZoneId::Late, block.first, block.order)});
        }
    };

    CHECK(small.fails("stress -c 1 -n 100000"));

    STRCMP_CONTAINS("error: stress: core 0, 0x", small.printed.c_str());
    STRCMP_CONTAINS(": given to it while somebody had it\n", small.printed.c_str());
}

TEST(Stress, FindsAFrameThatIsLost) {
    small.clock.look = [this, looks = 0]() mutable {
        if (++looks == 40) {
            CHECK(bool{small.frames.allocate(mm::Order{}, mm::ZoneId::Late)});
        }
    };
    std::string const free = std::to_string(small.late.buddies().free_frames_count());
    std::string const less = std::to_string(small.late.buddies().free_frames_count() - 1);

    mentions("stress -c 1 -n 10000",
             ("error: late: not as before: " + less + " frames are free, and " + free + " were\n")
                 .c_str());
}

TEST(Stress, RefusesWhatItCannotDo) {
    refuses("stress -c 0", "error: 0: cores go from 1 to 4\n");
    refuses("stress -c 5", "error: 5: cores go from 1 to 4\n");
    refuses("stress -s 0", "error: 0: seconds go from 1 to 1000000\n");
    refuses("stress -n 1000000000000001",
            "error: 1000000000000001: operations go from 1 to 1000000000000000\n");
    refuses("stress -n many", "error: many: not a number\n");
    refuses("stress -n 5 x", "error: x: not a number\n");
    refuses("stress -n 5 -s 5", "error: -s: when to stop has been said already; either -s or -n\n");
    refuses("stress -s 5 -n 5", "error: -n: when to stop has been said already; either -s or -n\n");
    refuses("stress -c 1 -c 1", "error: -c: that has been said already\n");
    refuses("stress 1 2", "usage: stress [-c <cores>] [-s <seconds> | -n <operations>] [<seed>]\n");
    refuses("stress -n 5 -c",
            "usage: stress [-c <cores>] [-s <seconds> | -n <operations>] [<seed>]\n");
    refuses("stress -n5", "usage: stress [-c <cores>] [-s <seconds> | -n <operations>] [<seed>]\n");
    refuses("stress -x 5",
            "usage: stress [-c <cores>] [-s <seconds> | -n <operations>] [<seed>]\n");
}
