// SPDX-License-Identifier: MIT
#include "kernel/mm/fault_plan.hpp"
#include "shell/command_table.hpp"

#include "tests/support/small_machine.hpp"

#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include <CppUTest/TestHarness.h>

namespace {

using Rule = mm::FaultPlan::Rule;

/// What comes of a no.
enum class No : std::uint8_t {
    Never,     ///< Nothing is allocated.
    Error,     ///< An error line, and nothing has changed.
    Part,      ///< An error line; what it got until then it keeps, with the tag `part`.
    OtherWay,  ///< The line does the same as ever.
    Counted,   ///< It says how often, and that all went well.
};

/// A right use of a command, and how many allocations of it can fail.
struct Example {
    std::string_view command;
    char const* before;  ///< Typed first, for what the line needs.
    std::string_view line;
    std::uint64_t least_failures;
    No answer;
};

// Every command has one at least. kHelp is the line that its own help shows.
constexpr std::string_view kHelp = "...";
constexpr Example kExamples[] = {
    {"alloc",     "",                               kHelp,                           1,  No::Error   },
    {"alloc",     "",                               "alloc 0",                       1,  No::Error   },
    {"alloc",     "",                               "alloc -z late 24K",             1,  No::Error   },
    {"alloc",     "",                               "alloc -a 64K 12K",              1,  No::Error   },
    {"alloc",     "",                               "alloc -d 12K",                  1,  No::Error   },
    {"alloc",     "",                               "alloc -@ 0x02300000 5",         1,  No::Error   },
    {"alloc",     "",                               "alloc -@ 0x02300000 20K",       1,  No::Error   },
    {"alloc",     "",                               "alloc -t part -n 5 1",          5,  No::Part    },
    {"bench",     "",                               kHelp,                           1,  No::Error   },
    {"buddyinfo", "",                               kHelp,                           0,  No::Never   },
    {"clear",     "",                               kHelp,                           0,  No::Never   },
    {"color",     "",                               "color off",                     0,  No::Never   },
    {"cpus",      "",                               kHelp,                           0,  No::Never   },
    {"crash",     "",                               "crash",                         0,  No::Never   },
    {"dmesg",     "",                               kHelp,                           0,  No::Never   },
    {"drain",     "",                               kHelp,                           0,  No::Never   },
    {"dt",        "",                               "dt /soc",                       0,  No::Never   },
    {"dump",      "",                               kHelp,                           0,  No::Never   },
    {"echo",      "",                               kHelp,                           0,  No::Never   },
    {"fail",      "",                               "fail",                          0,  No::Never   },
    {"fill",      "alloc -@ 0x02300000 8K",         "fill -p 0x02300000 8K 0xa5",    3,  No::OtherWay},
    {"fill",      "alloc -@ 0x08000000 8K",         "fill -p -b 0x08000000 8K 0xa5", 3,  No::OtherWay},
    {"frame",     "",                               kHelp,                           0,  No::Never   },
    {"free",      "alloc 0; alloc -@ 0x00300000 0", kHelp,                           0,  No::Never   },
    {"free",      "alloc -n 3 24K",                 "free all",                      0,  No::Never   },
    {"heap",      "",                               kHelp,                           0,  No::Never   },
    {"help",      "",                               kHelp,                           0,  No::Never   },
    {"history",   "",                               kHelp,                           0,  No::Never   },
    {"irq",       "",                               kHelp,                           0,  No::Never   },
    {"latency",   "",                               "latency -n 1 3",                16, No::Error   },
    {"list",      "alloc -t rx 0",                  kHelp,                           0,  No::Never   },
    {"load",      "",                               kHelp,                           1,  No::Error   },
    {"map",       "",                               kHelp,                           0,  No::Never   },
    {"mapva",     "alloc -z late 2",                kHelp,                           2,  No::Error   },
    {"mapva",     "alloc -z late -a 4M -n 2 8M",    "mapva #2",                      1,  No::Error   },
    {"mapva",     "alloc -z late 5M",               "mapva #1",                      2,  No::Error   },
    {"meminfo",   "",                               kHelp,                           0,  No::Never   },
    {"memmap",    "",                               kHelp,                           0,  No::Never   },
    {"memtest",   "",                               "memtest 0x05000000+8K",         0,  No::Never   },
    {"mmu",       "alloc -z late 2; mapva #1",      kHelp,                           0,  No::Never   },
    {"on",        "",                               "on 1 alloc 24K",                1,  No::Error   },
    {"pagetable", "",                               kHelp,                           0,  No::Never   },
    {"peek",      "",                               kHelp,                           0,  No::Never   },
    {"poison",    "",                               "poison off",                    0,  No::Never   },
    {"poke",      "alloc -@ 0x00300000 0",          kHelp,                           0,  No::Never   },
    {"poweroff",  "",                               kHelp,                           0,  No::Never   },
    {"reboot",    "",                               kHelp,                           0,  No::Never   },
    {"selftest",  "",                               "selftest",                      60, No::Error   },
    {"selftest",  "",                               "selftest soak 12 7",            5,  No::Error   },
    {"stress",    "",                               "stress -c 1 -n 12 7",           5,  No::Counted },
    {"unmapva",   "alloc -z late 0; mapva #1",      kHelp,                           0,  No::Never   },
    {"unsafe",    "",                               kHelp,                           0,  No::Never   },
    {"uptime",    "",                               kHelp,                           0,  No::Never   },
    {"verify",    "",                               kHelp,                           0,  No::Never   },
    {"version",   "",                               kHelp,                           0,  No::Never   },
    {"zones",     "",                               kHelp,                           0,  No::Never   },
};

std::string line_of(Example const& example, shell::Command const& command) {
    return std::string{example.line == kHelp ? command.example : example.line};
}

// The line as somebody types it, up to the next prompt.
std::string type_keys(test::SmallMachine& small, std::string const& line) {
    small.console.take_output();
    for (char const key : line + "\r") {
        small.session.receive({static_cast<std::uint8_t>(key)});
    }
    return small.console.take_output();
}

bool contains(std::string const& printed, char const* words) {
    return printed.find(words) != std::string::npos;
}

// Where a line has very many, as `selftest`, everyday tests take samples of those behind the first.
std::uint64_t step_after(std::uint64_t failures) {
    char const* const depth = std::getenv("BERYL_DEPTH");
    bool const takes_all = depth != nullptr && std::string_view{depth} != "everyday";
    return failures < 10 || takes_all ? 1 : 11;
}

/// Which allocation of a line fails.
struct Point {
    Rule rule;
    std::uint64_t passed;  ///< Those before it.
};

}  // namespace

TEST_GROUP(NthFailureShell) {
    // Runs the line with another allocation that fails, until none is left that could.
    void try_all(Example const& example, std::string const& line, Rule rule) {
        auto small = std::make_unique<test::SmallMachine>();
        CHECK_TEXT(example.before[0] == 0 || small->succeeds(example.before),
                   small->printed.c_str());
        std::uint64_t failures = 0;
        std::string last;
        while (is_refused(*small, example, line, {rule, failures})) {
            last = printed;
            failures += step_after(failures);
        }
        CHECK_TEXT(example.answer != No::OtherWay || last == printed, printed.c_str());
        std::string const count = line + ": failed " + std::to_string(failures) + " times";
        CHECK_EQUAL_TEXT(example.answer == No::Never, failures == 0, count.c_str());
        CHECK_TEXT(failures >= example.least_failures, count.c_str());
    }

    std::string printed;

    // True if an allocation was made to fail after some others, and all is as it should be.
    // NOLINTNEXTLINE(readability-function-size): the machine, and a point of one example.
    bool is_refused(test::SmallMachine & small, Example const& example, std::string const& line,
                    Point point) {
        std::uint64_t const before = small.state();
        small.faults = {point.rule, point.rule == Rule::At ? point.passed + 1 : point.passed};
        printed = type_keys(small, line);
        bool const was_struck = small.faults.struck() != 0;
        small.faults.stop();

        std::string const where = "failure " + std::to_string(point.passed) + " of " + printed;
        bool const is_well = example.answer == No::OtherWay || example.answer == No::Counted;
        bool const is_error = was_struck && !is_well;
        CHECK_TEXT(printed.ends_with("beryl> "), where.c_str());
        CHECK_TEXT(!is_error || contains(printed, "\nerror: "), where.c_str());
        CHECK_TEXT(!is_well || !contains(printed, "\nerror: "), where.c_str());
        CHECK_EQUAL_TEXT(is_error, contains(printed, "; made to fail on purpose"), where.c_str());
        if (was_struck) {
            small.type(example.answer == No::Part ? "free -t part" : "");
            CHECK_EQUAL_TEXT(before, small.state(), where.c_str());
        }
        CHECK_TEXT(small.succeeds("verify"), (where + small.printed).c_str());
        return was_struck;
    }
};

TEST(NthFailureShell, EveryCommandTakesANoWhereverItComes) {
    for (shell::Command const& command : shell::commands()) {
        bool is_tried = false;
        for (Example const& example : kExamples) {
            if (example.command == command.name) {
                std::string const line = line_of(example, command);
                try_all(example, line, Rule::At);
                try_all(example, line, Rule::After);
                is_tried = true;
            }
        }
        std::string const missing =
            std::string{command.name} + ": give it a right use among kExamples of " __FILE__;
        CHECK_TEXT(is_tried, missing.c_str());
    }
}

/// Also the room for what the shell holds may end, which no plan strikes.
TEST(NthFailureShell, AllocTakesAllItWasAskedForOrNothingWhereTheHandlesEnd) {
    for (std::size_t room = 0; room < 5; ++room) {
        test::SmallMachine small{room};
        std::uint64_t const before = small.state();
        bool const is_served = small.succeeds("alloc -n 4 0");
        CHECK_EQUAL(room >= 4, is_served);
        CHECK_EQUAL(is_served, before != small.state());
        CHECK_EQUAL(!is_served, small.printed.starts_with("error: "));
        CHECK(small.succeeds("free all; verify"));
        UNSIGNED_LONGS_EQUAL(before, small.state());
    }
}
