// SPDX-License-Identifier: MIT
//
// From the UART's data register to the shell's answer.
#include "drivers/serial_console.hpp"
#include "shell/session.hpp"

#include "tests/drivers/fake_machine.hpp"
#include "tests/drivers/pl011_model.hpp"
#include "tests/support/depth.hpp"
#include "tests/support/fake_machine.hpp"

#include <algorithm>
#include <array>
#include <string>

#include <CppUTest/TestHarness.h>

TEST_GROUP(LineFaults) {
    using Bank = test::Pl011Model::Bank;

    test::FakeClock clock;
    test::FakeCpu cpu;
    test::Pl011Model model;
    drivers::Pl011<Bank> uart{model.bank(), clock};
    std::array<std::uint16_t, 64> ring{};
    drivers::SerialConsole<Bank> line{uart, cpu, ring};
    test::FakeMachine fake;
    shell::Session session{fake.machine};

    void setup() override {
        CHECK(static_cast<bool>(line.start(48'000'000)));
        cpu.when_opened = [this] {
            while (model.interrupts()) {
                line.handle_interrupt();
            }
        };
        line.listen();
    }

    /// What the shell prints when the UART has received this.
    std::string answer(std::string const& text) {
        model.type(text);
        return answer();
    }
    std::string answer() {
        cpu.when_opened();
        while (auto const received = line.poll()) {
            session.receive(*received);
            cpu.when_opened();
        }
        return fake.console.take_output();
    }
};

TEST(LineFaults, EveryCombinationAtEveryPlaceIsCountedAndSpoilsItsLineOnly) {
    std::string const text = "echo 0123456789a";
    UNSIGNED_LONGS_EQUAL(16, text.size());
    for (unsigned errors = 0; errors < 16; ++errors) {
        for (std::size_t place = 0; place < text.size(); ++place) {
            auto const before = line.counters();
            for (std::size_t at = 0; at < text.size(); ++at) {
                auto const letter = static_cast<unsigned char>(text[at]);
                model.received.push_back(
                    static_cast<std::uint16_t>(letter | (at == place ? errors << 8 : 0)));
            }
            std::string const echoed = answer();
            std::string const said = answer("\r");

            auto const after = line.counters();
            UNSIGNED_LONGS_EQUAL(errors & 1, after.framing_errors - before.framing_errors);
            UNSIGNED_LONGS_EQUAL(errors >> 1 & 1, after.parity_errors - before.parity_errors);
            UNSIGNED_LONGS_EQUAL(errors >> 2 & 1, after.breaks - before.breaks);
            UNSIGNED_LONGS_EQUAL(errors >> 3 & 1, after.overruns - before.overruns);
            if (errors == 0) {
                CHECK_EQUAL(text, echoed);
                CHECK_EQUAL(std::string{"\n0123456789a\nberyl> "}, said);
            } else {
                CHECK_EQUAL(std::string{text}.erase(place, 1), echoed);
                STRCMP_CONTAINS("\nerror: line: ", said.c_str());
                STRCMP_CONTAINS("; type it again\nberyl> ", said.c_str());
            }
            CHECK_EQUAL(std::string{"echo ok\nok\nberyl> "}, answer("echo ok\r"));
        }
    }
}

TEST(LineFaults, ALineOfAnyLengthGetsOneAnswerAndTheNextOneRuns) {
    constexpr std::size_t kLine = shell::LineEditor::kMaxLine;
    for (std::size_t length = 0; length <= 4 * kLine;) {
        std::string const said = answer(std::string(length, 'y') + "\r");

        std::string const after = said.substr(length < kLine ? length : kLine);
        char const* const reason = length == 0      ? "\nberyl> "
                                   : length > kLine ? "\nerror: line: longer than 1024"
                                                    : ": no such command; help lists them\nberyl> ";
        STRCMP_CONTAINS(reason, after.c_str());
        UNSIGNED_LONGS_EQUAL(length == 0 ? 1 : 2, std::count(after.begin(), after.end(), '\n'));
        CHECK_EQUAL(std::string{"echo ok\nok\nberyl> "}, answer("echo ok\r"));
        bool const is_edge = length < 70 || (length > kLine - 3 && length < kLine + 3);
        length += is_edge ? 1U : test::everyday_or(31U, 1U);
    }
}
