// SPDX-License-Identifier: MIT
#include "drivers/serial_console.hpp"

#include "tests/drivers/fake_machine.hpp"
#include "tests/drivers/pl011_model.hpp"

#include <array>
#include <string>

#include <CppUTest/TestHarness.h>

using Fault = kernel::Received::Fault;

TEST_GROUP(SerialConsole) {
    using Bank = test::Pl011Model::Bank;

    test::FakeClock clock;
    test::FakeCpu cpu;
    test::Pl011Model model;
    drivers::Pl011<Bank> uart{model.bank(), clock};
    std::array<std::uint16_t, 64> storage{};
    drivers::SerialConsole<Bank> console{uart, cpu, storage};

    void setup() override {
        CHECK(static_cast<bool>(console.start(48'000'000)));
        cpu.when_opened = [this] { take_interrupts(); };
    }

    // As the core does where interrupts are open: at once, and again while the line still asks.
    void take_interrupts() {
        while (model.interrupts()) {
            console.handle_interrupt();
        }
    }

    std::string read_all() {
        std::string text;
        while (auto const received = console.poll()) {
            CHECK(received->fault == Fault::None);
            text += static_cast<char>(received->byte);
            take_interrupts();
        }
        return text;
    }

    static std::string numbers(unsigned count) {
        std::string text;
        for (unsigned i = 0; i != count; ++i) {
            text += std::to_string(i) + "\r";
        }
        return text;
    }
};

TEST(SerialConsole, IsPolledUntilItListens) {
    model.type("help\r");

    CHECK(read_all() == "help\r");

    CHECK_EQUAL(0, model.mask);
}

TEST(SerialConsole, LosesNothingWhilePolledByASlowReader) {
    std::string const text = numbers(1000);
    model.type(text);

    CHECK(read_all() == text);

    CHECK_EQUAL(0, model.mask);
}

TEST(SerialConsole, KeepsGoodCharactersAndNoFaultsFromBeforeItStarted) {
    model.received = {'a', 0x162, 'c'};

    CHECK(static_cast<bool>(console.start(48'000'000)));

    CHECK(read_all() == "ac");
}

TEST(SerialConsole, KeepsTheRateOfALineThatIsOn) {
    model.divisor = {23, 55};
    model.received = {'a', 0x162, 'c'};
    model.writes.clear();

    CHECK(console.start_as_found());

    CHECK(model.divisor == (drivers::pl011::Divisor{23, 55}));
    CHECK(model.writes.back() == (test::RegisterLog::Write{drivers::pl011::kUARTCR, 0x301}));
    CHECK(read_all() == "ac");
}

TEST(SerialConsole, LeavesALineAloneThatNobodyHasSwitchedOn) {
    model.control = 0;
    model.writes.clear();

    CHECK_FALSE(console.start_as_found());

    CHECK(model.writes.empty());
}

TEST(SerialConsole, StartsAgainWithAFullRingAndLosesNothing) {
    std::string const text = numbers(100);
    model.type(text);
    CHECK_FALSE(console.take_interrupt());  // Fills half the ring each time it looks.
    CHECK_FALSE(console.take_interrupt());

    CHECK(static_cast<bool>(console.start(3'000'000)));

    CHECK(read_all() == text);
}

TEST(SerialConsole, ReceivesByInterrupt) {
    console.listen();

    model.type("help\r");
    CHECK(model.interrupts());
    take_interrupts();

    CHECK(model.received.empty());
    CHECK(read_all() == "help\r");
    CHECK_EQUAL(5, console.counters().received);
}

TEST(SerialConsole, MasksTheReceiverWhenTheRingIsFullAndLosesNothing) {
    console.listen();
    std::string const text = numbers(20'000);

    model.type(text);
    take_interrupts();

    CHECK_EQUAL(0, model.mask);
    CHECK_EQUAL(test::Pl011Model::kFifoDepth, model.received.size());
    CHECK_EQUAL(1, console.counters().ring_full);
    CHECK(read_all() == text);
    CHECK_EQUAL(drivers::pl011::interrupt::kReceive, model.mask);
    CHECK_EQUAL(text.size(), console.counters().received);
}

TEST(SerialConsole, UnmasksWhenAWholeFifoFits) {
    console.listen();
    model.type(std::string(100, 'x'));
    take_interrupts();

    for (unsigned i = 0; i != 15; ++i) {
        CHECK(console.poll().has_value());
        CHECK_EQUAL(0, model.mask);
    }
    CHECK(console.poll().has_value());

    CHECK_EQUAL(drivers::pl011::interrupt::kReceive, model.mask);
}

TEST(SerialConsole, TakesABoundedNumberInOneInterrupt) {
    std::array<std::uint16_t, 1024> large{};
    drivers::SerialConsole<Bank> roomy{uart, cpu, large};
    cpu.when_opened = nullptr;
    roomy.listen();
    model.type(std::string(500, 'x'));

    roomy.handle_interrupt();

    CHECK_EQUAL(32, roomy.counters().received);
    CHECK(model.interrupts());
}

TEST(SerialConsole, SleepsMaskedUntilSomethingArrives) {
    console.listen();
    cpu.while_asleep = [this] { model.type("x"); };

    auto const received = console.wait();

    CHECK_EQUAL('x', received.byte);
    CHECK_EQUAL(1, cpu.sleeps);
    CHECK_FALSE(cpu.slept_unmasked);
    CHECK(cpu.mask == kernel::InterruptMask::Open);
}

TEST(SerialConsole, DoesNotSleepOverACharacterThatCameJustBeforeTheMask) {
    console.listen();
    cpu.before_masked = [this] {
        model.type("x");
        take_interrupts();
        cpu.before_masked = nullptr;
    };

    CHECK_EQUAL('x', console.wait().byte);

    CHECK_EQUAL(0, cpu.sleeps);
}

TEST(SerialConsole, WaitsByPollingUntilItListens) {
    model.type("x");

    CHECK_EQUAL('x', console.wait().byte);

    CHECK_EQUAL(0, cpu.sleeps);
}

TEST(SerialConsole, SendsLinesAsATerminalWantsThem) {
    console.write("a\nb");
    console.write("");

    STRCMP_EQUAL("a\r\nb", model.sent.c_str());
    CHECK_EQUAL(4, console.counters().sent);
}

TEST(SerialConsole, NeverMasksInterruptsWhileItSends) {
    console.listen();
    cpu.when_opened = [] { FAIL("output leaves interrupts alone"); };

    console.write("a line\n");
}

TEST(SerialConsole, CountsWhatAStuckLineDoesNotTake) {
    model.is_stuck = true;

    console.write(std::string(1000, 'x'));

    CHECK_EQUAL(1000, console.counters().send_timeouts);
    CHECK_EQUAL(0, console.counters().sent);
    CHECK(clock.now() < 30'000);
}

/// Every combination of the four error bits at every place in a line of 16.
TEST(SerialConsole, ReportsEveryFaultAtEveryPlaceInALine) {
    console.listen();
    constexpr std::array<Fault, 16> kGravest{
        Fault::None,    Fault::Framing, Fault::Parity,  Fault::Parity,
        Fault::Break,   Fault::Break,   Fault::Break,   Fault::Break,
        Fault::Overrun, Fault::Overrun, Fault::Overrun, Fault::Overrun,
        Fault::Overrun, Fault::Overrun, Fault::Overrun, Fault::Overrun,
    };
    for (std::uint16_t errors = 0; errors != 16; ++errors) {
        for (std::size_t place = 0; place != 16; ++place) {
            for (std::size_t i = 0; i != 16; ++i) {
                model.received.push_back(static_cast<std::uint16_t>(
                    'a' + static_cast<int>(i) + (i == place ? errors << 8 : 0)));
            }
            take_interrupts();
            for (std::size_t i = 0; i != 16; ++i) {
                auto const received = console.poll();
                CHECK(received.has_value());
                CHECK_EQUAL('a' + static_cast<int>(i), received->byte);
                CHECK(received->fault == (i == place ? kGravest[errors] : Fault::None));
            }
        }
    }

    // Each bit is set in half of the 256 lines.
    auto const counters = console.counters();
    CHECK_EQUAL(128, counters.framing_errors);
    CHECK_EQUAL(128, counters.parity_errors);
    CHECK_EQUAL(128, counters.breaks);
    CHECK_EQUAL(128, counters.overruns);
    CHECK_EQUAL(4096, counters.received);
}

TEST(SerialConsole, DropsWhatWasTypedUpToTheLastInterruptKey) {
    console.listen();
    model.type("one\r\x03two\r\x03three");
    take_interrupts();

    CHECK(console.take_interrupt());

    CHECK_FALSE(console.take_interrupt());
    CHECK(read_all() == "three");
}

TEST(SerialConsole, HasNoInterruptKeyWithoutOneUnread) {
    console.listen();
    CHECK_FALSE(console.take_interrupt());
    model.type("a\x03");
    take_interrupts();
    CHECK(read_all() == "a\x03");

    CHECK_FALSE(console.take_interrupt());
}

TEST(SerialConsole, TakesNoFaultForTheInterruptKey) {
    console.listen();
    model.received = {0x103};
    take_interrupts();

    CHECK_FALSE(console.take_interrupt());
    CHECK(console.poll()->fault == Fault::Framing);
}

TEST(SerialConsole, FindsTheInterruptKeyBeforeItListens) {
    model.type("abc\x03");

    CHECK(console.take_interrupt());
    CHECK_FALSE(console.poll().has_value());
}

TEST(SerialConsole, LetsGoOfAFullRingByTheInterruptKey) {
    console.listen();
    model.type(std::string(63, 'x') + "\x03" + "yes");
    take_interrupts();
    CHECK_EQUAL(0, model.mask);

    CHECK(console.take_interrupt());
    take_interrupts();

    CHECK(read_all() == "yes");
}

TEST(SerialConsole, SurvivesAnInterruptThatNeverEnds) {
    console.listen();
    model.interrupts_for_nothing = true;

    take_interrupts();  // Ends, because the receiver is masked.

    CHECK_EQUAL(100, console.counters().empty_interrupts);
    model.interrupts_for_nothing = false;
    model.type("x");
    CHECK_FALSE(console.poll().has_value());  // And lets it try again.
    take_interrupts();
    CHECK(read_all() == "x");
}

TEST(SerialConsole, ClearsAnInterruptWithoutACharacter) {
    console.listen();

    console.handle_interrupt();

    CHECK(model.writes.back() == (test::RegisterLog::Write{drivers::pl011::kUARTICR,
                                                           drivers::pl011::interrupt::kReceive}));
}

TEST_GROUP(PanicOutput){};

TEST(PanicOutput, WritesPastTheConsole) {
    test::FakeClock const clock{0};
    test::Pl011Model model;
    drivers::Pl011<test::Pl011Model::Bank> uart{model.bank(), clock};
    drivers::PanicOutput output{uart};

    output.write("PANIC core=0\n");

    STRCMP_EQUAL("PANIC core=0\r\n", model.sent.c_str());
}
