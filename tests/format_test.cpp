// SPDX-License-Identifier: MIT
#include "kernel/format.hpp"

#include "kernel/units.hpp"

#include <array>
#include <limits>
#include <string>

#include <CppUTest/TestHarness.h>

namespace {

template <typename... Values>
std::string printed(kernel::Format<sizeof...(Values)> format, Values const&... values) {
    std::array<char, 200> storage{};
    kernel::TextBuffer buffer{storage};
    kernel::print(buffer, format, values...);
    return std::string{buffer.text()};
}

}  // namespace

TEST_GROUP(Format){};

TEST(Format, PrintsNumbersOfEverySign) {
    CHECK_EQUAL(std::string{"0 -1 18446744073709551615"},
                printed("{} {} {}", 0, -1, std::numeric_limits<std::uint64_t>::max()));
    CHECK_EQUAL(std::string{"-9223372036854775808"},
                printed("{}", std::numeric_limits<std::int64_t>::min()));
}

TEST(Format, PadsToTheWidthOnTheSideThatTheSpecNames) {
    CHECK_EQUAL(std::string{"|   42|42   |00042|ab   |   ab|"},
                printed("|{:>5}|{:<5}|{:05}|{:5}|{:>5}|", 42, 42, 42, "ab", "ab"));
}

TEST(Format, PrintsHexadecimalWithoutAndAddressesWithPrefix) {
    CHECK_EQUAL(std::string{"ff 0000beef"}, printed("{:x} {:08x}", 255, 0xbeef));
    CHECK_EQUAL(std::string{"0x00200000 0x1234567890"},
                printed("{} {}", kernel::PhysAddr{0x200000}, kernel::VirtAddr{0x1234567890}));
}

TEST(Format, PrintsSizesInIecUnits) {
    CHECK_EQUAL(std::string{"0 B 1023 B 1 KiB 1.5 KiB"},
                printed("{} {} {} {}", kernel::Size{0}, kernel::Size{1023}, kernel::Size{1024},
                        kernel::Size{1536}));
    CHECK_EQUAL(std::string{"945 MiB 3.5 GiB"}, printed("{} {}", kernel::Size{945 * kernel::kMiB},
                                                        kernel::Size{7 * kernel::kGiB / 2}));
}

TEST(Format, RoundsNoSize) {
    CHECK_EQUAL(
        std::string{"24512 KiB 4294967295 B 1537 B 18446744073709551615 B"},
        printed("{} {} {} {}", kernel::Size{24 * kernel::kMiB - 64 * kernel::kKiB},
                kernel::Size{4 * kernel::kGiB - 1}, kernel::Size{1537}, kernel::Size{~0ULL}));
}

TEST(Format, CutsOffWhatDoesNotFitAndSaysSo) {
    std::array<char, 4> storage{};
    kernel::TextBuffer buffer{storage};

    kernel::print(buffer, "{}", "abcdef");

    CHECK_EQUAL(std::string{"abcd"}, std::string{buffer.text()});
    CHECK(buffer.overflowed());
}
