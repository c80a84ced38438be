// SPDX-License-Identifier: MIT
#include "kernel/mm/health/damage.hpp"

#include "kernel/mm/health/frame_contents.hpp"

#include <array>
#include <string>

#include <CppUTest/TestHarness.h>

TEST_GROUP(Damage) {
    std::array<std::uint64_t, mm::kFrameWords> words{};

    void setup() override { words.fill(mm::kPoison); }

    std::string text() const {
        auto const damage = mm::find_damage(words.data());
        CHECK(damage.has_value());
        std::array<char, 128> storage{};
        kernel::TextBuffer out{storage};
        mm::print_damage(out, mm::FrameNumber{0x10}, *damage);
        return std::string{out.text()};
    }
};

TEST(Damage, IsNoneWhereAllIsPoison) { CHECK(!mm::find_damage(words.data())); }

TEST(Damage, IsFoundForEverySingleBit) {
    for (std::uint64_t bit = 0; bit < mm::kFrameBytes * 8; ++bit) {
        std::uint64_t& word = words[bit / 64];
        word ^= std::uint64_t{1} << bit % 64;

        auto const damage = mm::find_damage(words.data());

        CHECK(damage.has_value());
        CHECK(damage->first == bit / 8 && damage->last == bit / 8 && damage->bit == bit % 8);
        CHECK(damage->bits == 1 && damage->bytes == 1);
        word = mm::kPoison;
    }
}

TEST(Damage, IsNamedByBitAndByte) {
    words[511] ^= std::uint64_t{1} << 63;

    STRCMP_EQUAL("bit 7 of 0x00010fff flipped", text().c_str());
}

TEST(Damage, OfTwoBitsIsAStrayWrite) {
    words[2] ^= 3;

    STRCMP_EQUAL("1 bytes written in 0x00010010..0x00010010", text().c_str());
}

TEST(Damage, IsCountedFromTheFirstByteToTheLast) {
    words[1] ^= std::uint64_t{1} << 8;
    words[3] = 0;
    words[3] |= mm::kPoison & 0xff;

    STRCMP_EQUAL("8 bytes written in 0x00010009..0x0001001f", text().c_str());
}
