// SPDX-License-Identifier: MIT
#include "drivers/gpio.hpp"

#include "tests/drivers/fake_machine.hpp"
#include "tests/drivers/register_log.hpp"
#include "tests/support/broken_promise.hpp"

#include <vector>

#include <CppUTest/TestHarness.h>

using drivers::PinFunction;
using drivers::PinPull;
using drivers::PullRegisters;

TEST_GROUP(Gpio) {
    using Writes = std::vector<test::RegisterLog::Write>;

    test::FakeClock clock;
    test::RegisterLog registers;

    drivers::Gpio<test::RegisterLog::Bank> gpio(PullRegisters pull_registers) {
        return {registers.bank(), clock, pull_registers};
    }
};

TEST(Gpio, RoutesThePl011OnABcm2837) {
    registers.values[0x04] = 0xffff'ffff;
    registers.values[0x0c] = 0xffff'ffff;

    gpio(PullRegisters::Clocked).route_pl011_to_header();

    CHECK(registers.writes == (Writes{
                                  {0x0c, 0xffff'fe3f}, // 32: bits 8:6 are 0.
                                  {0x0c, 0xffff'f03f}, // 33: bits 11:9 are 0.
                                  {0x04, 0xffff'cfff}, // 14: bits 14:12 are 0b100.
                                  {0x04, 0xfffe'4fff}, // 15: bits 17:15 likewise.
                                  {0x94, 2          },
                                  {0x98, 1U << 15   },
                                  {0x94, 0          },
                                  {0x98, 0          },
    }));
}

TEST(Gpio, RoutesThePl011OnABcm2711) {
    registers.values[0xe4] = 0xaaaa'aaaa;

    gpio(PullRegisters::PerPin).route_pl011_to_header();

    CHECK(registers.writes == (Writes{
                                  {0x0c, 0          },
                                  {0x0c, 0          },
                                  {0x04, 0x0000'4000},
                                  {0x04, 0x0002'4000},
                                  {0xe4, 0x6aaa'aaaa},
    }));
}

TEST(Gpio, EncodesPullsTheOtherWayRoundOnTheTwo) {
    gpio(PullRegisters::Clocked).pull(53, PinPull::Down);
    gpio(PullRegisters::PerPin).pull(53, PinPull::Down);
    gpio(PullRegisters::PerPin).pull(53, PinPull::None);

    CHECK(registers.writes == (Writes{
                                  {0x94, 1       },
                                  {0x9c, 1U << 21},
                                  {0x94, 0       },
                                  {0x9c, 0       },
                                  {0xf0, 2U << 10},
                                  {0xf0, 0       },
    }));
}

TEST(Gpio, GivesThePullTimeToSettle) {
    auto const before = clock.now();

    gpio(PullRegisters::Clocked).pull(15, PinPull::Up);

    CHECK(clock.now() - before >= 6);  // Two whole microseconds, and a look at the start of each.
}

TEST(Gpio, ReachesEveryPinAndNoOther) {
    gpio(PullRegisters::PerPin).select(53, PinFunction::Alt3);

    CHECK(registers.writes == (Writes{
                                  {0x14, 7U << 9}
    }));
    CHECK(
        test::breaks_promise([&] { gpio(PullRegisters::PerPin).select(54, PinFunction::Input); }));
    CHECK(test::breaks_promise([&] { gpio(PullRegisters::PerPin).pull(54, PinPull::Up); }));
}

TEST(Gpio, IsKnownByItsNameInTheTree) {
    CHECK(drivers::pull_registers_of("brcm,bcm2711-gpio") == PullRegisters::PerPin);
    CHECK(drivers::pull_registers_of("brcm,bcm2835-gpio") == PullRegisters::Clocked);
}
