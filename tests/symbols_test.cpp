// SPDX-License-Identifier: MIT
#include "kernel/symbols.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include <CppUTest/TestHarness.h>

namespace {

// The numbers of characters shared with the name before: "m" of main, "mm::fr" of mm::free.
constexpr char kNames[] =
    "\0main\0"
    "\1m::free\0"
    "\6om";

/// A section as tools/symbols.awk lays it out: main at 0, mm::free at 0x40, mm::from at 0x100.
struct alignas(2) Section {
    std::array<char, 4 * sizeof(std::uint16_t) + sizeof(kNames)> bytes{};

    Section() {
        std::array<std::uint16_t, 4> const numbers{3, 0, 0x10, 0x40};
        std::memcpy(bytes.data(), numbers.data(), sizeof(numbers));
        std::memcpy(bytes.data() + sizeof(numbers), kNames, sizeof(kNames));
    }
    std::span<char const> first(std::size_t count) const {
        return std::span<char const>{bytes}.first(count);
    }
    std::span<char const> all() const { return first(bytes.size()); }
};

std::string place(kernel::SymbolTable const& table, std::uint64_t distance) {
    auto const found = table.find(distance);
    return found ? std::string{found->function.view()} + "+" + std::to_string(found->offset)
                 : "none";
}

}  // namespace

TEST_GROUP(SymbolTable) { Section section; };

TEST(SymbolTable, NamesTheFunctionThatAnAddressLiesIn) {
    kernel::SymbolTable const table{section.all()};

    CHECK_EQUAL(std::string{"main+0"}, place(table, 0));
    CHECK_EQUAL(std::string{"main+63"}, place(table, 0x3f));
    CHECK_EQUAL(std::string{"mm::free+0"}, place(table, 0x40));
    CHECK_EQUAL(std::string{"mm::free+191"}, place(table, 0xff));
    CHECK_EQUAL(std::string{"mm::from+1"}, place(table, 0x101));
}

TEST(SymbolTable, KnowsNothingBeforeItsFirstFunction) {
    section.bytes[2] = 2;  // main begins two instructions later.
    kernel::SymbolTable const table{section.all()};

    CHECK_EQUAL(std::string{"none"}, place(table, 7));
    CHECK_EQUAL(std::string{"main+0"}, place(table, 8));
}

TEST(SymbolTable, IsEmptyWhereTheFirstLinkHasNoNames) {
    kernel::SymbolTable const table{{}};

    UNSIGNED_LONGS_EQUAL(0, table.size());
    CHECK_EQUAL(std::string{"none"}, place(table, 0x40));
}

// The sanitizers watch the end of the copy.
TEST(SymbolTable, ReadsNothingBehindASectionCutShort) {
    for (std::size_t bytes = 0; bytes < section.bytes.size(); ++bytes) {
        std::vector<char> const copy{section.bytes.begin(), section.bytes.begin() + bytes};
        kernel::SymbolTable const table{copy};
        UNSIGNED_LONGS_EQUAL(std::min<std::size_t>(bytes < 2 ? 0 : bytes / 2 - 1, 3), table.size());

        for (std::uint64_t distance = 0; distance < 0x110; distance += 0x10) {
            auto const found = table.find(distance);
            CHECK(!found || found->function.view().size() <= bytes);
        }
    }
}

TEST(SymbolTable, CutsANameThatIsTooLong) {
    kernel::FunctionName name;

    name.replace_end(0, std::string(kernel::FunctionName::kLongest, 'a'));
    name.replace_end(kernel::FunctionName::kLongest - 1, "bc");

    UNSIGNED_LONGS_EQUAL(kernel::FunctionName::kLongest, name.view().size());
    CHECK_EQUAL('b', name.view().back());
}

TEST(SymbolTable, SharesNoMoreThanThereIs) {
    kernel::FunctionName name;

    name.replace_end(200, "main");

    CHECK_EQUAL(std::string{"main"}, std::string{name.view()});
}
