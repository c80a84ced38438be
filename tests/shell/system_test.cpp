// SPDX-License-Identifier: MIT
// The commands in shell/system, as somebody types them.
#include "kernel/version.hpp"

#include "tests/support/device_trees.hpp"
#include "tests/support/fake_shell.hpp"

#include <string>

#include <CppUTest/TestHarness.h>

using shell::Outcome;

TEST_GROUP_BASE(System, test::FakeShellTest){};

TEST(System, NamesItsVersion) {
    STRCMP_CONTAINS(("Beryl " + std::string{kernel::kVersion} + ", GCC ").c_str(),
                    succeeds("version").c_str());
}

TEST(System, TellsTheTimeSincePowerOn) {
    fake.clock.now = 3'723'004'999;
    CHECK_EQUAL(std::string{"1:02:03.004 since power-on\n"}, succeeds("uptime"));
}

TEST(System, RepeatsWhatTheBootPrinted) {
    CHECK_EQUAL(std::string{}, succeeds("dmesg"));
    fake.log.write("one\ntwo");
    CHECK_EQUAL(std::string{"one\ntwo\n"}, succeeds("dmesg"));
    fake.log.write(std::string(kernel::Log::kBytes, '.'));
    STRCMP_CONTAINS("\n7 more bytes were printed and not kept\n", succeeds("dmesg").c_str());
}

TEST(System, AsksForPowerAndSaysIfNothingHappens) {
    STRCMP_CONTAINS("error: reboot: ", fails("reboot").c_str());
    STRCMP_CONTAINS("error: poweroff: ", fails("poweroff").c_str());
    CHECK_EQUAL(1U, fake.power.reboots);
    CHECK_EQUAL(1U, fake.power.power_offs);
}

TEST(System, CountsInterruptsAndWhatTheLineMet) {
    fake.interrupts.sources[1] = {"uart", 42};
    fake.interrupts.sources[3] = {"", 7};
    kernel::LineCounters counters;
    counters.parity_errors = 3;
    fake.console.set_counters(counters);
    fake.core.longest = 12'034;

    std::string const text = succeeds("irq");

    STRCMP_CONTAINS("\n        42     1 uart\n", text.c_str());
    STRCMP_CONTAINS("\n         7     3 nobody serves it, switched off\n", text.c_str());
    STRCMP_CONTAINS("\n         0  spurious\n", text.c_str());
    STRCMP_CONTAINS("\n    12.034  microseconds with interrupts masked, at the longest\n",
                    text.c_str());
    STRCMP_CONTAINS("\n         3  parity errors\n", text.c_str());
    CHECK(text.find("     2 ") == std::string::npos);
}

TEST(System, CrashesByNameOnlyAndWarnsOfIt) {
    CHECK_EQUAL(std::string{"first           does one thing\nsecond          does another\n"},
                succeeds("crash"));
    CHECK_EQUAL(std::string{"error: third: no such kind; crash alone lists them\n"},
                fails("crash third"));
    CHECK_EQUAL(std::string{"usage: crash [-i] [<kind>]\n"}, fails("crash -i"));
    CHECK_EQUAL(std::string{"usage: crash [-i] [<kind>]\n"}, fails("crash first second"));
    CHECK_FALSE(fake.crashes.crashed.has_value());
    STRCMP_CONTAINS("it does not go on after that", succeeds("help crash").c_str());

    CHECK_EQUAL(std::string{"error: first: this machine went on all the same\n"},
                fails("crash first"));
    CHECK_EQUAL(0U, *fake.crashes.crashed);
    CHECK(fake.crashes.where == kernel::Crashes::Place::Kernel);
    fails("crash -i second");
    CHECK_EQUAL(1U, *fake.crashes.crashed);
    CHECK(fake.crashes.where == kernel::Crashes::Place::Exception);
}

TEST(System, ShowsANodeOfTheDeviceTree) {
    CHECK_EQUAL(std::string{"/cpus/cpu@1\n  device_type = \"cpu\"\n  compatible = "
                            "\"arm,cortex-a53\"\n  reg = <0x1>\n  enable-method = "
                            "\"spin-table\"\n  cpu-release-addr = <0x0 0xe0>\n"},
                succeeds("dt /cpus/cpu@1"));
    STRCMP_CONTAINS("/\n  model = ", succeeds("dt").c_str());
    STRCMP_CONTAINS("\n  cpus/\n", succeeds("dt /").c_str());
    CHECK_EQUAL(std::string{"error: /x: the device tree has no such node; Tab completes paths\n"},
                fails("dt /x"));
    CHECK_EQUAL(
        std::string{"error: cpus: the device tree has no such node; a path begins with /\n"},
        fails("dt cpus"));
    fake.console.press_interrupt();
    CHECK_EQUAL(std::string{"/\nerror: dt: stopped by Ctrl-C\n"},
                executed("dt", Outcome::Interrupted));
}

TEST(System, ShowsADeviceTreeThatNobodyVouchesFor) {
    test::TreeBuilder hostile;
    hostile.begin("").cells("a\x1b[2J", {1}).begin("b\n").end().begin("c").end().end();
    test::Blob const blob = hostile.blob();
    fake.tree = *kernel::DeviceTree::open(blob.bytes());
    CHECK_EQUAL(std::string{"/\n  a?[2J = <0x1>\n  b?/\n  c/\n"}, succeeds("dt"));
    fake.console.take_output();
    type("dt \t");
    CHECK_EQUAL(std::string{"dt /c "}, fake.console.take_output());

    test::Blob const broken = test::TreeBuilder{}.begin("").cells("a", {1}).token(77).blob();
    fake.tree = *kernel::DeviceTree::open(broken.bytes());
    CHECK_EQUAL(std::string{"/\n  a = <0x1>\nerror: /: the device tree is malformed\n"},
                fails("dt"));
}

TEST(System, ColoursOnlyWhenToldTo) {
    CHECK(succeeds("help; dt").find('\x1b') == std::string::npos);
    CHECK_EQUAL(std::string{}, succeeds("color on"));
    CHECK(succeeds("help").find('\x1b') != std::string::npos);
    CHECK(succeeds("dt").find('\x1b') != std::string::npos);
    succeeds("color off");
    CHECK(succeeds("help; dt").find('\x1b') == std::string::npos);
    CHECK_EQUAL(std::string{"usage: color on|off\n"}, fails("color maybe"));
}

TEST(System, ListsWhatWasTyped) {
    type("echo 1\r\recho 2\rnonsense\rhistory\r");
    CHECK_EQUAL(std::string{"    1 echo 1\n    2 echo 2\n    3 nonsense\n    4 history\n"},
                succeeds("history"));
}

TEST(System, ClearsTheTerminal) { CHECK_EQUAL(std::string{"\x1b[2J\x1b[H"}, succeeds("clear")); }
