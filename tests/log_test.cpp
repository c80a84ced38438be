// SPDX-License-Identifier: MIT
#include "kernel/log.hpp"

#include "tests/support/fake_console.hpp"

#include <string>

#include <CppUTest/TestHarness.h>

TEST_GROUP(Log) {
    test::FakeConsole console;
    kernel::Log log{console};
};

TEST(Log, PassesOnAndKeeps) {
    kernel::print(log, "{} zones\n", 2);

    CHECK_EQUAL(std::string{"2 zones\n"}, console.take_output());
    CHECK_EQUAL(std::string{"2 zones\n"}, std::string{log.text()});
}

TEST(Log, KeepsTheFirstTextAndCountsTheRest) {
    std::string const first(kernel::Log::kBytes - 2, 'a');
    log.write(first);
    log.write("bcd");
    log.write("e");

    CHECK_EQUAL(first + "bcde", console.take_output());
    CHECK_EQUAL(first + "bc", std::string{log.text()});
    CHECK_EQUAL(2U, log.lost());
}
