// SPDX-License-Identifier: MIT
// `cpus` and `on`, as somebody types them.

#include "tests/support/fake_shell.hpp"

#include <string>
#include <vector>

#include <CppUTest/TestHarness.h>

using kernel::CoreState;

TEST_GROUP_BASE(ShellCores, test::FakeShellTest){};

TEST(ShellCores, ShowsEachCoreThatTheBoardHas) {
    fake.cores.states = {CoreState::Works, CoreState::NotStarted, CoreState::Silent,
                         CoreState::Absent};
    CHECK_EQUAL(std::string{"core  state        allocations  cached frames  interrupts\n"
                            "   0  works                  0              0          10\n"
                            "   1  not started            0              0          11\n"
                            "   2  silent                 0              0          12\n"},
                succeeds("cpus"));

    fake.cores.states = {CoreState::Sleeps, CoreState::Stopped, CoreState::Absent,
                         CoreState::Absent};
    CHECK_EQUAL(std::string{R"({"cores":[{"core":0,"state":"sleeps","allocations":0,"cached":0,)"
                            R"("interrupts":10},{"core":1,"state":"stopped","allocations":0,)"
                            R"("cached":0,"interrupts":11}]})"
                            "\n"},
                succeeds("cpus --json"));
}

TEST(ShellCores, HasACommandRunOnACoreThatSleeps) {
    CHECK_EQUAL(std::string{"two words\n"}, succeeds("on 2 echo \"two words\""));

    CHECK(fake.cores.started == std::vector<unsigned>{2});
    CHECK(fake.cores.waited_for == std::vector<unsigned>{2});
}

TEST(ShellCores, RunsItHereWhereThatIsAsked) {
    CHECK_EQUAL(std::string{"here\n"}, succeeds("on 0 echo here"));

    CHECK_EQUAL(std::string{"error: 0: runs this already\n"}, fails("on 0 on 0 echo"));

    CHECK(fake.cores.started.empty());
    CHECK(fake.cores.waited_for.empty());
}

TEST(ShellCores, HandsTheCommandsOutcomeAndItsJsonOn) {
    CHECK_EQUAL(std::string{"error: nonsense: no such command; help lists them\n"},
                fails("on 1 nonsense"));
    CHECK_EQUAL(std::string{"1\n"}, succeeds("echo $?"));
    CHECK_EQUAL('{', succeeds("on 1 cpus --json").front());
    STRCMP_CONTAINS("usage: uptime", fails("on 1 uptime now").c_str());
}

TEST(ShellCores, RefusesACoreThatCannot) {
    fake.cores.states = {CoreState::Works, CoreState::Silent, CoreState::Works, CoreState::Absent};

    CHECK_EQUAL(std::string{"error: 1: does not run; cpus lists those that sleep or work\n"},
                fails("on 1 echo"));
    CHECK_EQUAL(std::string{"error: 2: waits for this command to end\n"}, fails("on 2 echo"));
    for (char const* const word : {"3", "4", "0x1_0000_0000", "x"}) {
        CHECK_EQUAL("error: " + std::string{word} + ": no such core; cpus lists them\n",
                    fails("on " + std::string{word} + " echo"));
    }
    STRCMP_CONTAINS("usage: on ", fails("on 1").c_str());
    CHECK(fake.cores.started.empty());
}
