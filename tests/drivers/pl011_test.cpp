// SPDX-License-Identifier: MIT
#include "drivers/pl011.hpp"

#include "tests/drivers/fake_machine.hpp"
#include "tests/drivers/pl011_model.hpp"

#include <string>
#include <vector>

#include <CppUTest/TestHarness.h>

namespace pl011 = drivers::pl011;

TEST_GROUP(Pl011) {
    using Writes = std::vector<test::RegisterLog::Write>;

    test::FakeClock clock;
    test::Pl011Model model;
    drivers::Pl011<test::Pl011Model::Bank> uart{model.bank(), clock};
    std::vector<std::uint16_t> kept;

    kernel::Result<void> start(std::uint32_t clock_hz) {
        return uart.start(clock_hz, 1'000, [this](std::uint16_t word) { kept.push_back(word); });
    }

    static Writes bring_up(std::uint32_t integer, std::uint32_t fraction) {
        return {
            {pl011::kUARTCR,   0       },
            {pl011::kUARTIMSC, 0       },
            {pl011::kUARTICR,  0x7af   },
            {pl011::kUARTIBRD, integer },
            {pl011::kUARTFBRD, fraction},
            {pl011::kUARTLCRH, 0x70    },
            {pl011::kUARTIFLS, 0       },
            {pl011::kUARTCR,   0x301   },
        };
    }
};

TEST(Pl011, ProgramsTheLineInTheOrderOfTheManual) {
    CHECK(static_cast<bool>(start(48'000'000)));

    CHECK(model.writes == bring_up(26, 3));
}

TEST(Pl011, FindsTheDivisorOfALineThatIsOn) {
    model.divisor = {23, 55};
    model.control = 0x300;
    CHECK_FALSE(uart.divisor_found().has_value());

    model.control = 0x001;
    CHECK(uart.divisor_found() == (pl011::Divisor{23, 55}));

    model.divisor = {0, 55};  // Which divides nothing.
    CHECK_FALSE(uart.divisor_found().has_value());
}

TEST(Pl011, FindsTheDivisorsOfTheClocksThatBoardsHave) {
    CHECK(pl011::divisor(48'000'000, 115'200) == (pl011::Divisor{26, 3}));
    CHECK(pl011::divisor(3'000'000, 115'200) == (pl011::Divisor{1, 40}));
    CHECK(pl011::divisor(9'216'000, 115'200) == (pl011::Divisor{5, 0}));
    CHECK(pl011::divisor(50'000'000, 115'200) == (pl011::Divisor{27, 8}));
    CHECK(pl011::divisor(48'000'000, 9'600) == (pl011::Divisor{312, 32}));
    CHECK(pl011::divisor(1'000'000'000, 115'200) == (pl011::Divisor{542, 34}));
}

TEST(Pl011, RefusesAClockThatCannotMakeTheRateAndTouchesNothing) {
    CHECK(pl011::divisor(16 * 115'200, 115'200) == (pl011::Divisor{1, 0}));
    CHECK_FALSE(pl011::divisor(16 * 115'200 - 15'000, 115'200).has_value());
    CHECK(pl011::divisor(65'535 * 16 * 300, 300) == (pl011::Divisor{65'535, 0}));
    CHECK_FALSE(pl011::divisor(65'535 * 16 * 300 + 100, 300).has_value());

    CHECK(start(0).error() == kernel::Error::DeviceRefused);

    CHECK(model.writes.empty());
}

TEST(Pl011, LetsEarlierOutputLeaveBeforeItSwitchesTheLineOff) {
    model.is_busy = true;

    CHECK(static_cast<bool>(start(48'000'000)));

    CHECK(model.looks > 4'000);
    CHECK(clock.now() < 6'000);
    CHECK(model.writes == bring_up(26, 3));
}

TEST(Pl011, KeepsWhatWasTypedBeforeTheLineWasProgrammed) {
    model.type("echo 1");

    CHECK(static_cast<bool>(start(48'000'000)));

    CHECK(std::string(kept.begin(), kept.end()) == "echo 1");
    CHECK(model.received.empty());
}

TEST(Pl011, LeavesInTheFifoWhatTheCallerHasNoRoomFor) {
    model.type("abcdef");
    std::string taken;

    CHECK(static_cast<bool>(
        uart.start(48'000'000, 2, [&](std::uint16_t word) { taken += static_cast<char>(word); })));

    STRCMP_EQUAL("ab", taken.c_str());
    UNSIGNED_LONGS_EQUAL(4, model.received.size());
}

TEST(Pl011, ProgramsTheLineAlthoughTheSenderNeverStops) {
    model.type(std::string(10'000, 'x'));

    CHECK(static_cast<bool>(start(48'000'000)));

    UNSIGNED_LONGS_EQUAL(32, kept.size());
}

TEST(Pl011, ReceivesWithErrorBitsUntilTheFifoIsEmpty) {
    model.received = {'a', 0xf62};

    CHECK(uart.receive() == std::uint16_t{'a'});
    CHECK(uart.receive() == std::uint16_t{0xf62});
    CHECK_FALSE(uart.receive().has_value());
}

TEST(Pl011, GivesUpACharacterThatAStuckLineNeverTakes) {
    model.is_stuck = true;

    CHECK_FALSE(uart.send('a'));

    CHECK(clock.now() >= 20'000);
    CHECK(clock.now() < 21'000);
    STRCMP_EQUAL("", model.sent.c_str());
}

TEST(Pl011, WaitsOnceForAStuckLineAndSendsAgainWhenItMoves) {
    model.is_stuck = true;
    CHECK_FALSE(uart.send('a'));
    auto const before = clock.now();

    for (int i = 0; i != 1000; ++i) {
        CHECK_FALSE(uart.send('b'));
    }
    CHECK(clock.now() - before < 3'000);
    model.is_stuck = false;

    CHECK(uart.send('c'));
    STRCMP_EQUAL("c", model.sent.c_str());
}

TEST(Pl011, GivesUpAStuckLineUnderAClockThatStandsStill) {
    clock.stop();
    model.is_stuck = true;

    CHECK_FALSE(uart.send('a'));
}

TEST(Pl011, SendsAPanicWhateverTheState) {
    clock.stop();

    uart.send_in_panic("PANIC\n");

    STRCMP_EQUAL("PANIC\r\n", model.sent.c_str());
    UNSIGNED_LONGS_EQUAL(0x301, model.control);
}

TEST(Pl011, SendsAPanicOverALineThatIsOnWithoutTouchingIt) {
    model.control = 0x301;

    uart.send_in_panic("x");

    CHECK(model.writes.empty());
}

TEST(Pl011, EndsAPanicOnAStuckLine) {
    model.is_stuck = true;

    uart.send_in_panic("a long report\nof many lines\n");

    UNSIGNED_LONGS_EQUAL(drivers::Pl011<test::Pl011Model::Bank>::kPanicLooks, model.looks);
}
