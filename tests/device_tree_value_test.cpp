// SPDX-License-Identifier: MIT
#include "kernel/device_tree_value.hpp"

#include <array>
#include <string>
#include <string_view>

#include <CppUTest/TestHarness.h>

namespace {

using kernel::has_string;
using kernel::TreeBytes;
using kernel::TreeStrings;
using namespace std::string_view_literals;

TreeBytes bytes(std::string_view text) {
    return {reinterpret_cast<std::uint8_t const*>(text.data()), text.size()};
}

std::string printed(std::string_view value) {
    std::array<char, 200> storage{};
    kernel::TextBuffer out{storage};
    print_tree_value(out, bytes(value));
    return std::string{out.text()};
}

}  // namespace

TEST_GROUP(TreeValue){};

TEST(TreeValue, IsTextOnlyIfAllOfItCanBePrinted) {
    CHECK_EQUAL(std::string{"\" !~\""}, printed(" !~\0"sv));
    for (char const letter : {'\x1f', '\x7f', '\x01'}) {
        char const value[] = {'a', 'b', letter, '\0'};
        CHECK(printed({value, 4}).find('"') == std::string::npos);
    }
}

TEST(TreeValue, GivesItsStringsOneByOne) {
    TreeStrings strings{bytes("one\0\0two\0rest"sv)};
    CHECK(strings.next() == "one");
    CHECK(strings.next() == "");
    CHECK(strings.next() == "two");
    CHECK(!strings.next());
    CHECK(!strings.next());
}

TEST(TreeValue, HasAStringOnlyAsAWhole) {
    auto const value = bytes("arm,pl011-axi\0arm,pl011\0"sv);
    CHECK(has_string(value, "arm,pl011"));
    CHECK(!has_string(value, "arm,pl01"));
    CHECK(!has_string(value, "pl011"));
    CHECK(!has_string(bytes("arm,pl011"), "arm,pl011"));
    CHECK(kernel::first_string(value) == "arm,pl011-axi");
    CHECK(kernel::first_string({}).empty());
}

TEST(TreeValue, GivesCellsAsFarAsThereAreWholeOnes) {
    auto const value = bytes("\0\0\1\2\xff\0\0\0\7"sv);
    CHECK(kernel::cell(value, 0) == 0x102U);
    CHECK(kernel::cell(value, 1) == 0xff00'0000U);
    CHECK(!kernel::cell(value, 2));
    CHECK(!kernel::cell(value, ~std::size_t{0}));
}

TEST(TreeValue, IsANumberOfOneOrTwoCells) {
    CHECK(kernel::number(bytes("\0\0\0\5"sv)) == 5U);
    CHECK(kernel::number(bytes("\0\0\0\1\0\0\0\2"sv)) == 0x1'0000'0002U);
    CHECK(!kernel::number(bytes("\0\0\0\1\0\0\0\2\0\0\0\3"sv)));
    CHECK(!kernel::number(bytes("\0\0\5"sv)));
    CHECK(!kernel::number({}));
}

TEST(TreeValue, PrintsAsTheSourceWouldHaveIt) {
    STRCMP_EQUAL("", printed("").c_str());
    STRCMP_EQUAL("\"okay\"", printed("okay\0"sv).c_str());
    STRCMP_EQUAL("\"arm,pl011\", \"a \\\"b\\\\\"", printed("arm,pl011\0a \"b\\\0"sv).c_str());
    STRCMP_EQUAL("<0x7e201000 0x200>", printed("\x7e\x20\x10\0\0\0\2\0"sv).c_str());
    STRCMP_EQUAL("<0x0>", printed("\0\0\0\0"sv).c_str());
    STRCMP_EQUAL("[61 62 01]", printed("ab\1"sv).c_str());
    STRCMP_EQUAL("[61 62]", printed("ab").c_str());
    STRCMP_EQUAL("[00]", printed("\0"sv).c_str());
}
