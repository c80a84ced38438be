// SPDX-License-Identifier: MIT
#include "shell/numbers.hpp"

#include "kernel/format.hpp"

#include <limits>
#include <string>

#include <CppUTest/TestHarness.h>

namespace {

using kernel::Error;

// Wider than anything that 20 digits and a unit can make.
__extension__ using Integer = unsigned __int128;

// A second opinion, written the slow way: the grammar as a few searches over the text, the value in
// 128 bits.
class Oracle {
public:
    static bool reads(std::string text, Integer& value, bool& has_unit) {
        Integer const unit = take_unit(text, has_unit);
        int base = 10;
        if (text.rfind("0x", 0) == 0 || text.rfind("0b", 0) == 0) {
            base = text[1] == 'x' ? 16 : 2;
            text.erase(0, 2);
        }
        std::string fraction;
        std::size_t const point = text.find('.');
        if (point != std::string::npos) {
            fraction = text.substr(point + 1);
            text.erase(point);
            if (base != 10 || unit == 1 || !is_plain(fraction, 10)) {
                return false;
            }
        }
        if (!is_grouped(text, base)) {
            return false;
        }
        Integer power = 1;
        for (std::size_t i = 0; i < fraction.size(); ++i) {
            power *= 10;
        }
        value = evaluate(text, static_cast<unsigned>(base)) * unit +
                evaluate(fraction, 10) * unit / power;
        return true;
    }

private:
    static Integer take_unit(std::string& text, bool& has_unit) {
        bool const is_hexadecimal = text.rfind("0x", 0) == 0;
        for (auto const& [name, bytes] : {
                 std::pair{std::string{"KiB"}, 1ULL << 10},
                 std::pair{std::string{"GiB"}, 1ULL << 30},
                 std::pair{std::string{"K"},   1ULL << 10},
                 std::pair{std::string{"G"},   1ULL << 30},
                 std::pair{std::string{"B"},   1ULL      }
        }) {
            bool const is_digit = is_hexadecimal && name == "B" && !text.ends_with(" B");
            if (text.size() >= name.size() && text.ends_with(name) && !is_digit) {
                text.erase(text.size() - name.size());
                if (text.ends_with(" ")) {
                    text.pop_back();
                }
                has_unit = true;
                return bytes;
            }
        }
        has_unit = false;
        return 1;
    }

    static int digit(char letter) {
        std::string const digits = "0123456789abcdef";
        std::size_t const at = digits.find(static_cast<char>(std::tolower(letter)));
        return at == std::string::npos ? 99 : static_cast<int>(at);
    }

    static bool is_plain(std::string const& text, int base) {
        bool all = !text.empty();
        for (char const letter : text) {
            all = all && digit(letter) < base;
        }
        return all;
    }

    static bool is_grouped(std::string text, int base) {
        if (text.starts_with("_") || text.ends_with("_") || text.find("__") != std::string::npos) {
            return false;
        }
        std::erase(text, '_');
        return is_plain(text, base);
    }

    static Integer evaluate(std::string const& text, unsigned base) {
        Integer value = 0;
        for (char const letter : text) {
            if (letter != '_') {
                value = value * base + static_cast<unsigned>(digit(letter));
            }
        }
        return value;
    }
};

void check_against_oracle(std::string const& text) {
    Integer value = 0;
    bool has_unit = false;
    bool const is_number = Oracle::reads(text, value, has_unit);

    auto const number = shell::parse_number(text);

    CHECK_TEXT(static_cast<bool>(number) == is_number, text.c_str());
    if (is_number) {
        CHECK_TEXT(number->value == value, text.c_str());
        CHECK_TEXT(number->has_unit == has_unit, text.c_str());
    }
}

std::uint64_t value_of(std::string_view word) { return *shell::parse_value(word); }
Error error_of(std::string_view word) { return shell::parse_number(word).error(); }

}  // namespace

TEST_GROUP(Numbers){};

TEST(Numbers, AgreeWithTheOracleOnEveryShortString) {
    std::string const alphabet = "0129abxBFKG_. -i";
    unsigned tried = 0;
    for (std::size_t length = 0; length <= 4; ++length) {
        std::size_t count = 1;
        for (std::size_t i = 0; i < length; ++i) {
            count *= alphabet.size();
        }
        for (std::size_t index = 0; index < count; ++index) {
            std::string text;
            for (std::size_t rest = index; text.size() < length; rest /= alphabet.size()) {
                text += alphabet[rest % alphabet.size()];
            }
            check_against_oracle(text);
            ++tried;
        }
    }
    UNSIGNED_LONGS_EQUAL(69'905, tried);
}

TEST(Numbers, ReadEveryNotation) {
    CHECK_EQUAL(1'000'000U, value_of("1_000_000"));
    CHECK_EQUAL(0xdeadbeefU, value_of("0xDEAD_beef"));
    CHECK_EQUAL(5U, value_of("0b101"));
    CHECK_EQUAL(10U, value_of("010"));
    CHECK_EQUAL(24U << 10, value_of("24K"));
    CHECK_EQUAL(3U << 20, value_of("3MiB"));
    CHECK_EQUAL(0x10ULL << 30, value_of("0x10G"));
    CHECK_EQUAL(17U, value_of("17 B"));
    CHECK_EQUAL(3ULL << 29, value_of("1.5 GiB"));
    CHECK_EQUAL(1280U, value_of("1.25K"));
    CHECK_EQUAL((1U << 20) / 8, value_of("0.125 MiB"));
}

TEST(Numbers, TakeBackEverySizeThatIsPrinted) {
    for (unsigned bit = 0; bit < 64; ++bit) {
        for (std::uint64_t const bytes :
             {1ULL << bit, 3ULL << bit, (1ULL << bit) + 4096, ~0ULL << bit}) {
            std::array<char, 40> storage{};
            kernel::TextBuffer printed{storage};
            kernel::print(printed, "{}", kernel::Size{bytes});

            CHECK_EQUAL(bytes, value_of(printed.text()));
        }
    }
}

TEST(Numbers, ReachTheLargestAndRefuseTheNext) {
    CHECK_EQUAL(std::numeric_limits<std::uint64_t>::max(), value_of("18446744073709551615"));
    CHECK_EQUAL(std::numeric_limits<std::uint64_t>::max(), value_of("0xffff_ffff_ffff_ffff"));
    CHECK_EQUAL(0xffff'ffff'c000'0000U, value_of("17179869183G"));
    for (char const* const word :
         {"18446744073709551616", "0x1_0000_0000_0000_0000", "17179869184G",
          "99999999999999999999999999999999999999999", "18446744073709551615K"}) {
        auto const number = shell::parse_number(word);
        CHECK_TEXT(!number, word);
    }
    CHECK(error_of("18446744073709551616") == Error::NumberTooLarge);
    CHECK(error_of("17179869184G") == Error::NumberTooLarge);
    CHECK(error_of("99999999999999999999z") == Error::NotANumber);
}

TEST(Numbers, RefuseSignsAndJunk) {
    for (char const* const word :
         {"",     "-1",     "+5",   "0x",  "0xG",  "0b2",  "1 2",  "1KB",  "K",    "1k",
          "0X1",  "1.5",    "1.G",  ".5G", "1__0", "_1",   "1_",   "1_K",  "1  K", "1.1234567G",
          "1.5B", "0x1.8K", "\xb2", "1:",  "0x:",  "0x1@", "0x1g", "0x1`", "0x/"}) {
        auto const number = shell::parse_number(word);
        CHECK_TEXT(!number && number.error() == Error::NotANumber, word);
    }
}

TEST(Numbers, AreCountsOnlyWithoutAUnit) {
    CHECK_EQUAL(8U, *shell::parse_count("8"));
    CHECK(shell::parse_count("8K").error() == Error::NotANumber);
}

TEST(Numbers, ReadRangesWithBothEndsIncluded) {
    auto const range = shell::parse_range("0x00400000..0x00403fff");
    CHECK_EQUAL(0x400000U, range->first);
    CHECK_EQUAL(0x403fffU, range->last);
    CHECK_EQUAL(1U, shell::parse_range("1..1")->last);
    CHECK_EQUAL(2048U, shell::parse_range("1.5K..2K")->last);
    CHECK(shell::parse_range("2..1").error() == Error::NotARange);
    CHECK(shell::parse_range("1..").error() == Error::NotARange);
    CHECK(shell::parse_range("1...2").error() == Error::NotARange);
    CHECK(shell::parse_range("12").error() == Error::NotARange);
    CHECK(shell::parse_range("0..99999999999999999999").error() == Error::NumberTooLarge);
}

TEST(Numbers, ReadRangesByTheirLengthToo) {
    CHECK_EQUAL(0x403fffU, shell::parse_range("0x00400000-0x00403fff")->last);
    CHECK_EQUAL(0x403fffU, shell::parse_range("0x00400000+16K")->last);
    CHECK_EQUAL(7U, shell::parse_range("7+1")->last);
    CHECK_EQUAL(std::numeric_limits<std::uint64_t>::max(),
                shell::parse_range("0xffff_ffff_ffff_f000+4K")->last);
    for (char const* const word : {"0+0", "7+0", "0xffff_ffff_ffff_f000+4097", "+1", "1+", "-",
                                   "1-", "1--2", "1+-2", "1.-2", "1-2-3", "1..2+3"}) {
        auto const range = shell::parse_range(word);
        CHECK_TEXT(!range && range.error() == Error::NotARange, word);
    }
}

TEST(Numbers, ReadHandlesAndSwitches) {
    CHECK_EQUAL(7U, *shell::parse_handle("#7"));
    CHECK(shell::parse_handle("7").error() == Error::NotAHandle);
    CHECK(shell::parse_handle("#").error() == Error::NotAHandle);
    CHECK(shell::parse_handle("#-1").error() == Error::NotAHandle);
    CHECK(shell::parse_handle("#99999999999999999999").error() == Error::NumberTooLarge);
    CHECK(*shell::parse_switch("on"));
    CHECK(!*shell::parse_switch("off"));
    CHECK(!shell::parse_switch("On"));
}
