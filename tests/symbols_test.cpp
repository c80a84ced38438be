// SPDX-License-Identifier: MIT
#include "kernel/symbols.hpp"

#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include <CppUTest/TestHarness.h>

namespace {

/// A section as tools/symbols.awk lays it out: main at 0, mm::free at 0x40, the last at 0x100.
struct alignas(4) Section {
    std::array<char, 4 * sizeof(std::uint32_t) + sizeof("main\0mm::free\0last")> bytes{};

    Section() {
        std::array<std::uint32_t, 4> const numbers{3, 0, 0x40, 0x100};
        std::memcpy(bytes.data(), numbers.data(), sizeof(numbers));
        std::memcpy(bytes.data() + sizeof(numbers), "main\0mm::free\0last",
                    bytes.size() - sizeof(numbers));
    }
    std::span<char const> first(std::size_t count) const {
        return std::span<char const>{bytes}.first(count);
    }
    std::span<char const> all() const { return first(bytes.size()); }
};

std::string place(kernel::SymbolTable const& table, std::uint64_t distance) {
    auto const found = table.find(distance);
    return found ? std::string{found->function} + "+" + std::to_string(found->offset) : "none";
}

}  // namespace

TEST_GROUP(SymbolTable) { Section section; };

TEST(SymbolTable, NamesTheFunctionThatAnAddressLiesIn) {
    kernel::SymbolTable const table{section.all()};

    CHECK_EQUAL(std::string{"main+0"}, place(table, 0));
    CHECK_EQUAL(std::string{"main+63"}, place(table, 0x3f));
    CHECK_EQUAL(std::string{"mm::free+0"}, place(table, 0x40));
    CHECK_EQUAL(std::string{"mm::free+191"}, place(table, 0xff));
    CHECK_EQUAL(std::string{"last+1"}, place(table, 0x101));
}

TEST(SymbolTable, KnowsNothingBeforeItsFirstFunction) {
    section.bytes[4] = 8;  // main begins later.
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

        for (std::uint64_t distance = 0; distance < 0x110; distance += 0x10) {
            auto const found = table.find(distance);
            CHECK(!found || found->function.size() <= bytes);
        }
    }
}
