// SPDX-License-Identifier: MIT
#include "kernel/symbols.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <CppUTest/TestHarness.h>

namespace {

// As tools/symbols.awk lays it out: main at 0, mm::free at 0x40 and mm::from at 0x43c; the pairs
// are
// "::" and "m::".
constexpr auto kSection = std::to_array<unsigned char>({2,   ':', ':', 'm', 128,               //
                                                        0,   0,   'm', 'a', 'i', 'n', 0,       //
                                                        16,  1,   129, 'f', 'r', 'e', 'e', 0,  //
                                                        255, 0,   6,   'o', 'm', 0});

std::string place(kernel::SymbolTable const& table, std::uint64_t distance) {
    auto const found = table.find(distance);
    return found ? std::string{found->function.view()} + "+" + std::to_string(found->offset)
                 : "none";
}

}  // namespace

TEST_GROUP(SymbolTable) {
    std::array<unsigned char, kSection.size()> section = kSection;

    std::span<char const> first(std::size_t count) const {
        return {reinterpret_cast<char const*>(section.data()), count};
    }
    std::span<char const> all() const { return first(section.size()); }
};

TEST(SymbolTable, NamesTheFunctionThatAnAddressLiesIn) {
    kernel::SymbolTable const table{all()};

    CHECK_EQUAL(std::string{"main+0"}, place(table, 0));
    CHECK_EQUAL(std::string{"main+63"}, place(table, 0x3f));
    CHECK_EQUAL(std::string{"mm::free+0"}, place(table, 0x40));
    CHECK_EQUAL(std::string{"mm::free+1019"}, place(table, 0x43b));
    CHECK_EQUAL(std::string{"mm::from+1"}, place(table, 0x43d));
}

TEST(SymbolTable, KnowsNothingBeforeItsFirstFunction) {
    section[5] = 2;  // main begins two instructions later.
    kernel::SymbolTable const table{all()};

    CHECK_EQUAL(std::string{"none"}, place(table, 7));
    CHECK_EQUAL(std::string{"main+0"}, place(table, 8));
}

TEST(SymbolTable, IsEmptyWhereTheFirstLinkHasNoNames) {
    kernel::SymbolTable const table{{}};

    CHECK_EQUAL(std::string{"none"}, place(table, 0x40));
}

// The sanitizers watch the end of the copy.
TEST(SymbolTable, ReadsNothingBehindASectionCutShort) {
    for (std::size_t bytes = 0; bytes < section.size(); ++bytes) {
        std::span<char const> const part = first(bytes);
        std::vector<char> const copy{part.begin(), part.end()};
        kernel::SymbolTable const table{copy};

        for (std::uint64_t distance = 0; distance < 0x450; distance += 0x10) {
            auto const found = table.find(distance);
            CHECK(!found || found->function.view().size() <= bytes);
        }
    }
}

TEST(SymbolTable, PutsAQuestionMarkWhereADamagedPairWouldBe) {
    section[3] = 129;  // The second pair begins with itself.
    CHECK_EQUAL(std::string{"m?free+0"}, place(kernel::SymbolTable{all()}, 0x40));

    std::swap(section[3], section[4]);  // And now ends so.
    CHECK_EQUAL(std::string{"m?free+0"}, place(kernel::SymbolTable{all()}, 0x40));
    std::swap(section[3], section[4]);

    section[3] = 'm';
    section[14] = 130;  // There is no third.
    CHECK_EQUAL(std::string{"m?free+0"}, place(kernel::SymbolTable{all()}, 0x40));
}

TEST(SymbolTable, PutsAQuestionMarkWhereThereAreNoPairsAtAll) {
    std::string const bare{"\0\0\0m\x80n\0", 7};

    CHECK_EQUAL(std::string{"m?n+0"}, place(kernel::SymbolTable{bare}, 0));
}

// Every pair is twice the one before it: the last is 2^128 characters.
TEST(SymbolTable, EndsANameThatItsPairsMakeEndless) {
    std::string endless{static_cast<char>(128)};
    for (unsigned pair = 0; pair < 128; ++pair) {
        endless.append(2, static_cast<char>(pair == 0 ? 'a' : 127 + pair));
    }
    endless += std::string{"\0\0\xff\0", 4};
    kernel::SymbolTable const table{endless};

    std::string const most(kernel::FunctionName::kLongest, 'a');
    CHECK_EQUAL(most + "+0", place(table, 0));
}

TEST(SymbolTable, CutsANameThatIsTooLong) {
    kernel::FunctionName name;

    for (std::size_t count = 0; count < kernel::FunctionName::kLongest + 2; ++count) {
        name.append(count < kernel::FunctionName::kLongest - 1 ? 'a' : 'b');
    }

    UNSIGNED_LONGS_EQUAL(kernel::FunctionName::kLongest, name.view().size());
    CHECK_EQUAL('b', name.view().back());
}

TEST(SymbolTable, SharesNoMoreThanThereIs) {
    kernel::FunctionName name;
    name.append('m');

    name.keep(200);

    CHECK_EQUAL(std::string{"m"}, std::string{name.view()});
}
