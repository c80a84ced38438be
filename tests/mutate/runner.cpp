// SPDX-License-Identifier: MIT
//
// unit_tests profile              runs each test by itself; a line for each, with the mutants it
//                                 comes by: `test NANOSECONDS GROUP NAME NUMBER...`
// unit_tests judge PROFILE N...   runs the tests that come by mutant N, the fastest first, until
// one
//                                 fails; a line for each: `N killed GROUP NAME HOW` or `N survived`
//
// Each mutant, and each test of the profile, has a process of its own: a mutant may write anywhere,
// take all memory or never end.

#include "tests/mutate/mutant.hpp"

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <ctime>
#include <fcntl.h>
#include <fstream>
#include <iostream>
#include <map>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include <CppUTest/TestHarness.h>
#include <CppUTest/TestOutput.h>
#include <CppUTest/TestRegistry.h>

namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;  ///< In nanoseconds.
constexpr std::uint64_t kLeastLimit = kSecond / 2;
constexpr std::uint64_t kLimitFactor = 10;
constexpr rlim_t kMemoryLimit = rlim_t{2} << 30;

struct Test {
    UtestShell* shell;
    std::uint64_t nanoseconds;
};

std::vector<UtestShell*> all_tests() {
    std::vector<UtestShell*> tests;
    for (UtestShell* test = TestRegistry::getCurrentRegistry()->getFirstTest(); test != nullptr;
         test = test->getNext()) {
        tests.push_back(test);
    }
    return tests;
}

std::string name_of(UtestShell const& test) {
    return std::string{test.getGroup().asCharString()} + " " + test.getName().asCharString();
}

std::uint64_t cpu_time() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * kSecond +
           static_cast<std::uint64_t>(now.tv_nsec);
}

/// Ends this process when it has worked for that long.
void limit(std::uint64_t nanoseconds) {
    itimerval timer{};
    timer.it_value.tv_sec = static_cast<time_t>(nanoseconds / kSecond);
    timer.it_value.tv_usec = static_cast<suseconds_t>(nanoseconds % kSecond / 1000);
    setitimer(ITIMER_PROF, &timer, nullptr);
}

/// True if the test passes.
bool passes(UtestShell& test) {
    TestRegistry registry;
    UtestShell* const next = test.getNext();
    registry.addTest(&test);
    StringBufferTestOutput output;
    TestResult result{output};
    registry.runAllTests(result);
    test.addTest(next);
    return result.getFailureCount() == 0;
}

void say_nothing() {
    int const nowhere = open("/dev/null", O_RDWR);
    dup2(nowhere, STDOUT_FILENO);
    dup2(nowhere, STDERR_FILENO);
    rlimit const none{0, 0};
    setrlimit(RLIMIT_CORE, &none);
}

/// In a process of its own: writes the test's line of the profile.
[[noreturn]] void profile_one(UtestShell& test) {
    int const out = dup(STDOUT_FILENO);
    say_nothing();
    std::uint64_t const begin = cpu_time();
    bool const passed = passes(test);
    std::ostringstream line;
    line << (passed ? "test " : "failed ") << cpu_time() - begin << ' ' << name_of(test);
    for (std::uint32_t number = 0; number != mutation::kLimit; ++number) {
        if (mutation::reached[number]) {
            line << ' ' << number;
        }
    }
    line << '\n';
    std::string const text = line.str();
    ssize_t const written = write(out, text.data(), text.size());
    _exit(written == static_cast<ssize_t>(text.size()) ? 0 : 1);
}

int profile() {
    for (UtestShell* const test : all_tests()) {
        if (fork() == 0) {
            profile_one(*test);
        }
        int status = 0;
        wait(&status);
        if (status != 0) {
            std::cout << "failed 0 " << name_of(*test) << std::endl;
        }
    }
    return 0;
}

using Reach = std::map<std::uint32_t, std::vector<Test>>;

/// The tests that come by each of the mutants, the fastest first.
Reach read_profile(char const* path) {
    std::map<std::string, UtestShell*> shells;
    for (UtestShell* const test : all_tests()) {
        shells[name_of(*test)] = test;
    }
    Reach reach;
    std::ifstream file{path};
    for (std::string text; std::getline(file, text);) {
        std::istringstream line{text};
        std::string word;
        std::string group;
        std::string name;
        std::uint64_t nanoseconds = 0;
        line >> word >> nanoseconds >> group >> name;
        auto const shell = shells.find(group.append(" ").append(name));
        if (shell == shells.end()) {
            continue;  // The file's first line.
        }
        for (std::uint32_t number = 0; line >> number;) {
            reach[number].push_back({shell->second, nanoseconds});
        }
    }
    for (auto& [number, tests] : reach) {
        std::stable_sort(tests.begin(), tests.end(), [](Test const& a, Test const& b) {
            return a.nanoseconds < b.nanoseconds;
        });
    }
    return reach;
}

/// In a process of its own: status 0 if every test passes. `at` is the test that runs.
[[noreturn]] void try_mutant(std::uint32_t number, std::span<Test const> tests, std::size_t* at) {
    say_nothing();
    rlimit const memory{kMemoryLimit, kMemoryLimit};
    setrlimit(RLIMIT_AS, &memory);
    mutation::active = number;
    for (std::size_t n = 0; n != tests.size(); ++n) {
        *at = n;
        limit(kLeastLimit + kLimitFactor * tests[n].nanoseconds);
        if (!passes(*tests[n].shell)) {
            _exit(1);
        }
    }
    _exit(0);
}

void judge(std::uint32_t number, std::span<Test const> tests, std::size_t* at) {
    std::cout << number << std::flush;
    if (fork() == 0) {
        try_mutant(number, tests, at);
    }
    int status = 0;
    wait(&status);
    if (status == 0) {
        std::cout << " survived\n";
        return;
    }
    char const* const how = WIFEXITED(status)             ? "failed"
                            : WTERMSIG(status) == SIGPROF ? "did not end"
                                                          : "crashed";
    std::cout << " killed " << name_of(*tests[*at].shell) << ' ' << how << '\n';
}

}  // namespace

int main(int argc, char** argv) {
    std::span<char*> const arguments{argv, static_cast<std::size_t>(argc)};
    if (argc == 2 && std::string_view{arguments[1]} == "profile") {
        return profile();
    }
    if (argc < 3 || std::string_view{arguments[1]} != "judge") {
        return 2;
    }
    Reach const reach = read_profile(arguments[2]);
    auto* const at = static_cast<std::size_t*>(mmap(
        nullptr, sizeof(std::size_t), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    for (std::string_view const word : arguments.subspan(3)) {
        std::uint32_t number = 0;
        std::from_chars(word.begin(), word.end(), number);
        auto const tests = reach.find(number);
        judge(number, tests == reach.end() ? std::span<Test const>{} : tests->second, at);
    }
    return 0;
}
