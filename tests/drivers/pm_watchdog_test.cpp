// SPDX-License-Identifier: MIT
#include "drivers/pm_watchdog.hpp"

#include "tests/drivers/fake_machine.hpp"
#include "tests/drivers/register_log.hpp"

#include <vector>

#include <CppUTest/TestHarness.h>

TEST_GROUP(PmWatchdog) {
    using Writes = std::vector<test::RegisterLog::Write>;

    test::FakeClock clock{1000};
    test::RegisterLog registers;
    drivers::PmWatchdog<test::RegisterLog::Bank> watchdog{registers.bank(), clock};

    void setup() override {
        registers.values[0x1c] = 0x102;  // What QEMU starts with.
        registers.values[0x20] = 0x1000;
    }
};

TEST(PmWatchdog, Reboots) {
    watchdog.reboot();

    CHECK(registers.writes == (Writes{
                                  {0x24, 0x5a00'000a},
                                  {0x1c, 0x5a00'0122}
    }));
}

TEST(PmWatchdog, PowersOffByThePartitionThatMeansHalt) {
    watchdog.power_off();

    CHECK(registers.writes == (Writes{
                                  {0x20, 0x5a00'1555},
                                  {0x24, 0x5a00'000a},
                                  {0x1c, 0x5a00'0122}
    }));
}

TEST(PmWatchdog, ReplacesThePasswordAndTheKindOfResetThatWereThere) {
    registers.values[0x1c] = 0xff00'0132;

    watchdog.reboot();

    CHECK_EQUAL(0x5a00'0122, registers.writes.back().value);
}

TEST(PmWatchdog, ReturnsIfTheDeviceDoesNotObey) {
    watchdog.reboot();

    CHECK(clock.now() >= 1'000'000);
    CHECK(clock.now() < 1'010'000);
}
