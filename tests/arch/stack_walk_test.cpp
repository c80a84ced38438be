// SPDX-License-Identifier: MIT
#include "kernel/arch/stack_walk.hpp"

#include "tests/support/fake_arch.hpp"
#include "tests/support/fake_console.hpp"

#include <algorithm>
#include <string>

#include <CppUTest/TestHarness.h>

using test::FakeArch;

namespace {

constexpr std::uint64_t kStack = 0x8000;
constexpr std::uint64_t kRecord = 16;  ///< Bytes.

}  // namespace

TEST_GROUP(StackWalk) {
    test::FakeConsole console;

    void teardown() override { FakeArch::words.clear(); }

    /// A record at `at`: who was running returns to `back`, whose own record is at `next`.
    void put(std::uint64_t at, std::uint64_t next, std::uint64_t back) {
        FakeArch::words[at] = next;
        FakeArch::words[at + 8] = back;
    }
    /// `count` records from `at` on, each returning to what `back` says of its number.
    template <typename Back>
    void put_records(std::uint64_t at, unsigned count, Back back) {
        for (unsigned n = 0; n < count; ++n) {
            put(at + n * kRecord, at + (n + 1) * kRecord, back(n));
        }
    }
    std::string callers(std::uint64_t frame) {
        arch::print_callers(console, frame);
        return console.take_output();
    }
};

TEST(StackWalk, NamesTheCallNotWhatFollowsIt) {
    put(kStack, kStack + kRecord, FakeArch::kTextBegin + 8);
    put(kStack + kRecord, 0, FakeArch::kTextBegin + 0x24);

    STRCMP_EQUAL(
        "    0x0000000000100004 work + 0x4\n"
        "    0x0000000000100020 work + 0x20\n",
        callers(kStack).c_str());
}

TEST(StackWalk, PrintsAnAddressOutsideTheTextWithoutAName) {
    put(kStack, 0, 0x4444'0004);

    STRCMP_EQUAL("    0x0000000044440000\n", callers(kStack).c_str());
}

TEST(StackWalk, EndsWhereNobodyIsToBeReturnedTo) {
    put(kStack, kStack + kRecord, 0);
    put(kStack + kRecord, 0, 0x4444'0004);

    STRCMP_EQUAL("", callers(kStack).c_str());
    STRCMP_EQUAL("", callers(0).c_str());
}

TEST(StackWalk, SaysWhereItCannotReadOn) {
    put(kStack, 0xbad0, 0x4444'0004);
    FakeArch::words[kStack + 0x100] = 0;  // The second half of this record is not mapped.

    STRCMP_EQUAL(
        "    0x0000000044440000\n"
        "    no frame record at 0xbad0: nothing is mapped there\n",
        callers(kStack).c_str());
    STRCMP_EQUAL("    no frame record at 0x8100: nothing is mapped there\n",
                 callers(kStack + 0x100).c_str());
}

TEST(StackWalk, PrintsARecursionAsOneLine) {
    put_records(kStack, 5,
                [](unsigned n) { return n == 1 || n == 2 || n == 3 ? 0x2004U : 0x1004U; });
    put(kStack + 5 * kRecord, 0, 0);

    STRCMP_EQUAL(
        "    0x0000000000001000\n"
        "    0x0000000000002000\n"
        "    the same 2 times more\n"
        "    0x0000000000001000\n",
        callers(kStack).c_str());
}

TEST(StackWalk, SaysHowDeepARecursionIsThatItEndsIn) {
    put_records(kStack, 3, [](unsigned) { return 0x1004U; });
    put(kStack + 3 * kRecord, 0, 0);

    STRCMP_EQUAL("    0x0000000000001000\n    the same 2 times more\n", callers(kStack).c_str());
}

TEST(StackWalk, PrintsThirtyTwoLinesAtMost) {
    put_records(kStack, 40, [](unsigned n) { return 0x1004 + 0x10 * n; });

    std::string const text = callers(kStack);

    UNSIGNED_LONGS_EQUAL(32,
                         static_cast<unsigned long>(std::count(text.begin(), text.end(), '\n')));
    CHECK(text.ends_with("    0x00000000000011f0\n"));
}

TEST(StackWalk, FollowsRecordsInALoopFor4096Calls) {
    put(kStack, kStack, 0x1004);

    STRCMP_EQUAL("    0x0000000000001000\n    the same 4095 times more\n", callers(kStack).c_str());
}

TEST(StackWalk, TakesNoCallForARepetitionOfNone) {
    put(kStack, 0, 5);

    STRCMP_EQUAL("    0x0000000000000001\n", callers(kStack).c_str());
}
