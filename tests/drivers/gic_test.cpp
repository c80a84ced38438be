// SPDX-License-Identifier: MIT
#include "drivers/gic.hpp"

#include "tests/drivers/gic_model.hpp"
#include "tests/support/broken_promise.hpp"

#include <algorithm>
#include <string_view>

#include <CppUTest/TestHarness.h>

using kernel::Error;
using kernel::InterruptNumber;

namespace {

using Model = test::GicModel;
using Gic = drivers::Gic<Model::Distributor, Model::Interface>;

class CountingHandler final : public kernel::InterruptHandler {
public:
    void handle_interrupt() override {
        ++count;
        ended_before = model.interface_writes.size();
    }
    std::string_view interrupt_name() const override { return "counter"; }

    explicit CountingHandler(Model& gic) : model{gic} {}

    Model& model;
    unsigned count = 0;
    std::size_t ended_before = 0;
};

constexpr InterruptNumber kLine{33};
constexpr InterruptNumber kTimer{30};

}  // namespace

TEST_GROUP(Gic) {
    test::FakeCpu cpu;
    Model model{cpu, Model::View::NonSecure};
    Model both{cpu, Model::View::BothGroups};
    CountingHandler handler{model};
    CountingHandler other{model};

    Gic started() { return started(model); }
    Gic started(Model & from) { return Gic{from.distributor(), from.core_interface(), cpu}; }

    // As the core sees it that takes an interrupt now.
    void take(Gic & gic, std::uint32_t acknowledged) {
        model.acknowledged = acknowledged;
        model.interface_writes.clear();
        gic.dispatch();
    }
};

TEST(Gic, StartsWithEverySourceOff) {
    for (std::uint32_t const offset : {0x100U, 0x104U, 0x108U}) {
        model.distributor().write(offset, 0xffff'ffff);
    }

    Gic const gic = started();

    UNSIGNED_LONGS_EQUAL(96, gic.interrupt_count());
    UNSIGNED_LONGS_EQUAL(0b11, model.at(0x100));  // But for what cores send each other.
    UNSIGNED_LONGS_EQUAL(0, model.at(0x104));
    UNSIGNED_LONGS_EQUAL(0, model.at(0x108));
    for (std::uint32_t word = 0; word < 3; ++word) {
        UNSIGNED_LONGS_EQUAL(0xffff'ffff, model.at(0x280 + 4 * word));  // None pending,
        UNSIGNED_LONGS_EQUAL(0xffff'ffff, model.at(0x380 + 4 * word));  // none active.
    }
    UNSIGNED_LONGS_EQUAL(0, gic.spurious());
}

TEST(Gic, GivesEachSourceOnePriorityALevelAndThisCore) {
    cpu.core_number = 2;

    (void)started();

    for (std::uint32_t number = 0; number < 96; number += 4) {
        UNSIGNED_LONGS_EQUAL(0xa0a0'a0a0, model.at(0x400 + number));
        UNSIGNED_LONGS_EQUAL(number < 32 ? 0 : 0x0404'0404, model.at(0x800 + number));
    }
    for (std::uint32_t number = 32; number < 96; number += 16) {
        CHECK((model.writes.end() != std::find(model.writes.begin(), model.writes.end(),
                                               Model::Write{0xc00 + number / 4, 0})));
    }
    UNSIGNED_LONGS_EQUAL(0xf0, model.interface()[0x04]);
}

TEST(Gic, WritesToNothingButWhatThereIs) {
    std::uint32_t const sizes[] = {32, 96, 1024};
    for (std::uint32_t const sources : sizes) {
        Model small{cpu, Model::View::NonSecure};
        small.sources = sources;
        Gic const gic = started(small);
        UNSIGNED_LONGS_EQUAL(std::min(sources, 1020U), gic.interrupt_count());
        std::uint32_t bits = 0;
        std::uint32_t bytes = 0;
        std::uint32_t kinds = 0;
        for (auto const [offset, value] : small.writes) {
            bits += offset >= 0x180 && offset < 0x200 ? 1 : 0;
            bytes += offset >= 0x400 && offset < 0x800 ? 1 : 0;
            kinds += offset >= 0xc00 && offset < 0xd00 ? 1 : 0;
        }
        UNSIGNED_LONGS_EQUAL(sources / 32, bits);
        UNSIGNED_LONGS_EQUAL(sources / 4, bytes);
        UNSIGNED_LONGS_EQUAL((sources - 32) / 16, kinds);
    }
}

TEST(Gic, IsOffWhileItIsSetUp) {
    (void)started();

    CHECK(model.writes.front() == (Model::Write{0, 0}));
    CHECK(model.writes.back() == (Model::Write{0, 1}));
}

TEST(Gic, HasOneGroupAndNoFiqOnTheNonSecureSide) {
    (void)started();

    UNSIGNED_LONGS_EQUAL(1, model.at(0));
    UNSIGNED_LONGS_EQUAL(1, model.interface()[0]);
}

TEST(Gic, MakesAFiqOfNothingButStopWhereItHasBothGroups) {
    (void)started(both);

    UNSIGNED_LONGS_EQUAL(0xffff'fffd, both.at(0x80));
    UNSIGNED_LONGS_EQUAL(0xffff'ffff, both.at(0x84));
    UNSIGNED_LONGS_EQUAL(0b11, both.at(0));
    UNSIGNED_LONGS_EQUAL(0b1111, both.interface()[0]);
}

TEST(Gic, LetsFurtherCoresJoinOnce) {
    Gic gic = started(both);
    cpu.core_number = 3;
    both.distributor().write(0x100, 0xffff'0000);

    gic.join();

    UNSIGNED_LONGS_EQUAL(0b11, both.at(0x100));
    UNSIGNED_LONGS_EQUAL(0xffff'fffd, both.at(0x80));
    UNSIGNED_LONGS_EQUAL(0xa0a0'a0a0, both.at(0x41c));
    UNSIGNED_LONGS_EQUAL(0xf0, both.interface()[0x04]);
    UNSIGNED_LONGS_EQUAL(0b1111, both.interface()[0]);
    CHECK(static_cast<bool>(gic.enable(kTimer, handler)));
    gic.join();
    CHECK(both.is_enabled(30));
    cpu.core_number = 0;
    both.writes.clear();
    gic.join();
    CHECK(both.writes.empty());
}

TEST(Gic, SendsToCoresThatTakePart) {
    Gic gic = started();
    cpu.core_number = 2;
    gic.join();
    model.writes.clear();

    gic.send(0, InterruptNumber{1});
    gic.send(2, InterruptNumber{0});
    gic.send(1, InterruptNumber{1});  // Nobody is there.

    CHECK(model.writes == (std::vector<Model::Write>{
                              {0xf00, 0x1'0001},
                              {0xf00, 0x4'0000},
                              {0xf00, 0x1     }
    }));
}

TEST(Gic, GoesByWhereACoreIsNotByItsNumber) {
    model.targets_of_0 = 0x10;
    cpu.core_number = 1;

    Gic gic = started();
    gic.send(1, InterruptNumber{1});

    UNSIGNED_LONGS_EQUAL(0x2020'2020, model.at(0x820));
    UNSIGNED_LONGS_EQUAL(0x20'0001, model.writes.back().value);
}

TEST(Gic, SwitchesASourceOnAndOff) {
    Gic gic = started();

    CHECK(static_cast<bool>(gic.enable(kLine, handler)));
    CHECK(model.is_enabled(33));
    CHECK(!model.is_enabled(32) && !model.is_enabled(34));
    CHECK(static_cast<bool>(gic.enable(kLine, handler)));  // Again.
    CHECK(gic.statistics(kLine).name == "counter");

    gic.disable(kLine);
    CHECK(!model.is_enabled(33));
    CHECK(gic.statistics(kLine).name.empty());
}

TEST(Gic, KnowsTheHandlerBeforeTheSourceIsOn) {
    Gic gic = started();
    CHECK(static_cast<bool>(gic.enable(kLine, handler)));
    CHECK(gic.enable(kLine, other).error() == Error::AlreadyHandled);
    take(gic, 33);
    UNSIGNED_LONGS_EQUAL(1, handler.count);
    UNSIGNED_LONGS_EQUAL(0, other.count);
}

TEST(Gic, RefusesSourcesThatItHasNot) {
    Gic gic = started();

    CHECK(gic.enable(InterruptNumber{96}, handler).error() == Error::NoSuchInterrupt);
    CHECK(static_cast<bool>(gic.enable(InterruptNumber{95}, handler)));
    CHECK(test::breaks_promise([&] { gic.disable(InterruptNumber{96}); }));
    CHECK(test::breaks_promise([&] { (void)gic.statistics(InterruptNumber{96}); }));
}

TEST(Gic, RefusesSourcesThatTheFirmwareKeeps) {
    Gic gic = started();
    CHECK(static_cast<bool>(gic.enable(InterruptNumber{34}, handler)));
    model.secure = 0b110;

    CHECK(gic.enable(kLine, handler).error() == Error::NoSuchInterrupt);

    CHECK(gic.statistics(kLine).name.empty());
    // A handler that was there before stays.
    model.distributor().write(0x184, 0b100);
    CHECK(gic.enable(InterruptNumber{34}, handler).error() == Error::NoSuchInterrupt);
    CHECK(gic.statistics(InterruptNumber{34}).name == "counter");
}

TEST(Gic, ServesWhatItAcknowledgesAndThenEndsIt) {
    Gic gic = started();
    CHECK(static_cast<bool>(gic.enable(kLine, handler)));

    take(gic, 33);

    UNSIGNED_LONGS_EQUAL(1, handler.count);
    UNSIGNED_LONGS_EQUAL(0, handler.ended_before);
    CHECK(model.interface_writes == (std::vector<Model::Write>{
                                        {0x10, 33}
    }));
    UNSIGNED_LONGS_EQUAL(1, gic.statistics(kLine).count);
    UNSIGNED_LONGS_EQUAL(0, gic.spurious());
    CHECK(model.is_enabled(33));
}

TEST(Gic, EndsAMessageWithTheCoreThatSentIt) {
    Gic gic = started();
    CHECK(static_cast<bool>(gic.enable(drivers::gic::kMessage, handler)));

    take(gic, 0xc00);

    UNSIGNED_LONGS_EQUAL(1, handler.count);
    CHECK(model.interface_writes.back() == (Model::Write{0x10, 0xc00}));
}

TEST(Gic, CountsForEachCoreWhatIsItsOwn) {
    Gic gic = started();
    CHECK(static_cast<bool>(gic.enable(InterruptNumber{31}, handler)));
    for (unsigned const core : {0U, 1U, 2U, 3U, 3U}) {
        cpu.core_number = core;
        gic.join();
        CHECK(static_cast<bool>(gic.enable(InterruptNumber{31}, handler)));
        take(gic, 31);
    }
    CHECK(static_cast<bool>(gic.enable(InterruptNumber{32}, other)));
    take(gic, 32);

    UNSIGNED_LONGS_EQUAL(5, gic.statistics(InterruptNumber{31}).count);
    UNSIGNED_LONGS_EQUAL(1, gic.statistics(InterruptNumber{32}).count);
    UNSIGNED_LONGS_EQUAL(0, gic.statistics(InterruptNumber{30}).count);
    UNSIGNED_LONGS_EQUAL(5, handler.count);
}

TEST(Gic, CountsWhatIsSpuriousAndEndsNothing) {
    Gic gic = started();

    for (std::uint32_t const none : {1020U, 1022U, 1023U}) {
        take(gic, none);
        CHECK(model.interface_writes.empty());
    }

    UNSIGNED_LONGS_EQUAL(3, gic.spurious());
}

TEST(Gic, SwitchesOffWhatNobodyServes) {
    Gic gic = started();
    model.sources = 1024;
    for (std::uint32_t const number : {40U, 95U, 96U, 300U, 1019U}) {
        model.distributor().write(0x100 + number / 32 * 4, 1U << number % 32);
        CHECK(model.is_enabled(number));

        take(gic, number);

        CHECK(!model.is_enabled(number));
        CHECK(model.interface_writes.back() == (Model::Write{0x10, number}));
    }
    UNSIGNED_LONGS_EQUAL(5, gic.spurious());
    // Nor does anybody who did once.
    CHECK(static_cast<bool>(gic.enable(kLine, handler)));
    gic.disable(kLine);
    model.distributor().write(0x104, 0b10);
    take(gic, 33);
    CHECK(!model.is_enabled(33));
    UNSIGNED_LONGS_EQUAL(6, gic.spurious());
    UNSIGNED_LONGS_EQUAL(0, handler.count);
}

TEST(Gic, ServesNoMoreThanItHasRoomFor) {
    Gic gic = started();
    for (std::uint32_t number = 32; number < 40; ++number) {
        CHECK(static_cast<bool>(gic.enable(InterruptNumber{number}, handler)));
    }

    CHECK(gic.enable(InterruptNumber{40}, handler).error() == Error::TableFull);

    CHECK(!model.is_enabled(40));
    CHECK(static_cast<bool>(gic.enable(InterruptNumber{39}, handler)));
    take(gic, 39);
    UNSIGNED_LONGS_EQUAL(1, gic.statistics(InterruptNumber{39}).count);
    UNSIGNED_LONGS_EQUAL(0, gic.statistics(InterruptNumber{40}).count);
    gic.disable(InterruptNumber{41});  // Which is off.
}

TEST(Gic, CountsGoOnWhenASourceIsSwitchedOff) {
    Gic gic = started();
    CHECK(static_cast<bool>(gic.enable(kLine, handler)));
    take(gic, 33);

    gic.disable(kLine);

    UNSIGNED_LONGS_EQUAL(1, gic.statistics(kLine).count);
}
