// SPDX-License-Identifier: MIT
#include "drivers/bcm2836_interrupts.hpp"

#include "tests/drivers/fake_machine.hpp"
#include "tests/drivers/register_log.hpp"
#include "tests/support/broken_promise.hpp"

#include <array>
#include <string>
#include <vector>

#include <CppUTest/TestHarness.h>

using drivers::bcm2836::local_interrupt;
using kernel::Error;
using kernel::InterruptNumber;

namespace {

class CountingHandler final : public kernel::InterruptHandler {
public:
    void handle_interrupt() override { ++count; }
    std::string_view interrupt_name() const override { return "counter"; }

    unsigned count = 0;
};

}  // namespace

TEST_GROUP(Bcm2836Interrupts) {
    using Bank = test::RegisterLog::Bank;
    using Writes = std::vector<test::RegisterLog::Write>;

    test::FakeCpu cpu;
    test::RegisterLog armctrl;
    test::RegisterLog local;
    drivers::Bcm2836Interrupts<Bank, Bank> interrupts{armctrl.bank(), local.bank(), cpu};
    std::array<CountingHandler, drivers::bcm2836::kSources> handlers;

    void forget_writes() {
        armctrl.writes.clear();
        local.writes.clear();
    }

    // Makes exactly one source pending, as its registers show it on `core`.
    void raise(std::uint32_t number, std::uint32_t core = 0) {
        armctrl.values[0x00] = armctrl.values[0x04] = armctrl.values[0x08] = 0;
        local.values[0x60 + 4 * core] = 1U << 8;
        if (number < 64) {
            armctrl.values[number < 32 ? 0x04 : 0x08] = 1U << number % 32;
            // What the basic register repeats of the other two.
            armctrl.values[0x00] = number == 57 ? 1U << 19 : 1U << (8 + number / 32);
        } else if (number < 72) {
            armctrl.values[0x00] = 1U << (number - 64);
        } else {
            local.values[0x60 + 4 * core] = 1U << (number - 72);
        }
    }

    static bool has_switch(std::uint32_t number) { return number < 80 || number == 81; }
};

TEST(Bcm2836Interrupts, StartsWithEverySourceOffAndSharedOnesOnCoreZero) {
    CHECK(armctrl.writes == (Writes{
                                {0x0c, 0          },
                                {0x1c, 0xffff'ffff},
                                {0x20, 0xffff'ffff},
                                {0x24, 0xffff'ffff},
    }));
    CHECK(local.writes == (Writes{
                              {0x0c, 0},
                              {0x24, 0},
                              {0x34, 0},
                              {0x40, 0},
                              {0x50, 0},
                              {0x44, 0},
                              {0x54, 0},
                              {0x48, 0},
                              {0x58, 0},
                              {0x4c, 0},
                              {0x5c, 0},
    }));
}

TEST(Bcm2836Interrupts, SendsSharedSourcesToWhicheverCoreBoots) {
    forget_writes();
    cpu.core_number = 2;

    drivers::Bcm2836Interrupts<Bank, Bank> const others{armctrl.bank(), local.bank(), cpu};

    CHECK(local.writes.front() == (test::RegisterLog::Write{0x0c, 0b1010}));  // FIQ, IRQ.
}

TEST(Bcm2836Interrupts, SwitchesTheSerialLineOnAndOff) {
    forget_writes();

    CHECK(static_cast<bool>(interrupts.enable(InterruptNumber{57}, handlers[57])));
    interrupts.disable(InterruptNumber{57});

    CHECK(armctrl.writes == (Writes{
                                {0x14, 1U << 25},
                                {0x20, 1U << 25}
    }));
    CHECK(local.writes.empty());
}

TEST(Bcm2836Interrupts, SwitchesEachBankByItsOwnRegisters) {
    forget_writes();

    CHECK(static_cast<bool>(interrupts.enable(InterruptNumber{3}, handlers[3])));
    CHECK(static_cast<bool>(interrupts.enable(InterruptNumber{64}, handlers[64])));
    interrupts.disable(InterruptNumber{3});
    interrupts.disable(InterruptNumber{64});

    CHECK(armctrl.writes == (Writes{
                                {0x10, 8},
                                {0x18, 1},
                                {0x1c, 8},
                                {0x24, 1}
    }));
}

TEST(Bcm2836Interrupts, SwitchesLocalSourcesOnTheCoreThatAsks) {
    forget_writes();
    cpu.core_number = 2;

    CHECK(static_cast<bool>(interrupts.enable(local_interrupt(1), handlers[0])));
    CHECK(static_cast<bool>(interrupts.enable(local_interrupt(3), handlers[1])));
    CHECK(static_cast<bool>(interrupts.enable(local_interrupt(4), handlers[2])));
    CHECK(static_cast<bool>(interrupts.enable(local_interrupt(9), handlers[3])));
    interrupts.disable(local_interrupt(1));
    interrupts.disable(local_interrupt(9));

    CHECK(local.writes == (Writes{
                              {0x48, 0b0010},
                              {0x48, 0b1010},
                              {0x58, 0b0001},
                              {0x10, 0b0100},
                              {0x48, 0b1000},
                              {0x14, 0b0100},
    }));
    CHECK(armctrl.writes.empty());
}

TEST(Bcm2836Interrupts, RefusesWhatItHasNotAndWhatAnotherServes) {
    CHECK(static_cast<bool>(interrupts.enable(InterruptNumber{57}, handlers[0])));
    forget_writes();

    CHECK(interrupts.enable(InterruptNumber{57}, handlers[1]).error() == Error::AlreadyHandled);
    for (InterruptNumber const number :
         {local_interrupt(8), local_interrupt(10), local_interrupt(11), InterruptNumber{84}}) {
        CHECK(interrupts.enable(number, handlers[1]).error() == Error::NoSuchInterrupt);
    }
    CHECK(armctrl.writes.empty());
    CHECK(local.writes.empty());

    CHECK(static_cast<bool>(interrupts.enable(InterruptNumber{57}, handlers[0])));
    CHECK(test::breaks_promise([&] { interrupts.disable(InterruptNumber{84}); }));
    CHECK(test::breaks_promise(
        [&] { static_cast<void>(interrupts.statistics(InterruptNumber{84})); }));
}

TEST(Bcm2836Interrupts, ServesEachSourceOnce) {
    for (std::uint32_t number = 0; number != handlers.size(); ++number) {
        if (has_switch(number)) {
            CHECK(static_cast<bool>(interrupts.enable(InterruptNumber{number}, handlers[number])));
        }
    }

    for (std::uint32_t number = 0; number != handlers.size(); ++number) {
        if (has_switch(number)) {
            raise(number);
            interrupts.dispatch();
        }
    }

    for (std::uint32_t number = 0; number != handlers.size(); ++number) {
        CHECK_EQUAL(has_switch(number) ? 1 : 0, handlers[number].count);
        CHECK_EQUAL(has_switch(number) ? 1 : 0,
                    interrupts.statistics(InterruptNumber{number}).count);
    }
    CHECK_EQUAL(0, interrupts.spurious());
}

TEST(Bcm2836Interrupts, ServesAllThatArePendingAtOnce) {
    for (std::uint32_t const number : {0U, 31U, 32U, 57U, 64U, 73U}) {
        CHECK(static_cast<bool>(interrupts.enable(InterruptNumber{number}, handlers[number])));
    }
    local.values[0x60] = 1U << 8 | 1U << 1;
    armctrl.values[0x04] = 1U << 31 | 1U;
    armctrl.values[0x08] = 1U << 25 | 1U;
    armctrl.values[0x00] = 1U << 19 | 1U << 9 | 1U << 8 | 1U;

    interrupts.dispatch();

    for (std::uint32_t const number : {0U, 31U, 32U, 57U, 64U, 73U}) {
        CHECK_EQUAL(1, handlers[number].count);
    }
    CHECK_EQUAL(0, interrupts.spurious());
}

TEST(Bcm2836Interrupts, LooksAtTheSourcesOfItsOwnCore) {
    CHECK(static_cast<bool>(interrupts.enable(local_interrupt(1), handlers[0])));
    raise(73, 3);
    cpu.core_number = 3;

    interrupts.dispatch();

    CHECK_EQUAL(1, handlers[0].count);
}

TEST(Bcm2836Interrupts, SwitchesOffWhatNobodyServes) {
    forget_writes();

    raise(29);
    interrupts.dispatch();
    raise(74);
    local.values[0x40] = 0b1111;
    interrupts.dispatch();

    CHECK(armctrl.writes == (Writes{
                                {0x1c, 1U << 29}
    }));
    CHECK(local.writes == (Writes{
                              {0x40, 0b1011}
    }));
    CHECK_EQUAL(2, interrupts.spurious());
    CHECK_EQUAL(1, interrupts.statistics(InterruptNumber{29}).count);
}

TEST(Bcm2836Interrupts, CountsAnInterruptWithoutASource) {
    interrupts.dispatch();
    local.values[0x60] = 1U << 8;
    interrupts.dispatch();

    CHECK_EQUAL(2, interrupts.spurious());
}

TEST(Bcm2836Interrupts, NamesItsHandlers) {
    CHECK(static_cast<bool>(interrupts.enable(InterruptNumber{57}, handlers[57])));

    CHECK(std::string{interrupts.statistics(InterruptNumber{57}).name} == "counter");
    CHECK(interrupts.statistics(InterruptNumber{56}).name.empty());
    CHECK_EQUAL(84, interrupts.interrupt_count());
}
