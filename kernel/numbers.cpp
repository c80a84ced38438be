// SPDX-License-Identifier: MIT
#include "kernel/numbers.hpp"

#include "kernel/units.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace kernel {
namespace {

// `text` loses `prefix` if it begins with it.
bool take(std::string_view& text, std::string_view prefix) {
    if (!text.starts_with(prefix)) {
        return false;
    }
    text.remove_prefix(prefix.size());
    return true;
}

constexpr unsigned kNoDigit = 16;

// What follows 'f' or 'F' comes to kNoDigit or more, and is none either.
constexpr unsigned digit_of(char letter) {
    if (letter >= 'a') {
        return static_cast<unsigned>(letter - 'a') + 10;
    }
    if (letter >= 'A') {
        return static_cast<unsigned>(letter - 'A') + 10;
    }
    return letter >= '0' && letter <= '9' ? static_cast<unsigned>(letter - '0') : kNoDigit;
}

// A value that may have outgrown 64 bits. Nonsense is reported as nonsense, however long it is.
struct Wide {
    std::uint64_t value = 0;
    bool overflows = false;

    void times(std::uint64_t factor) {
        overflows = __builtin_mul_overflow(value, factor, &value) || overflows;
    }
    void plus(std::uint64_t summand) {
        overflows = __builtin_add_overflow(value, summand, &value) || overflows;
    }
};

// Takes the digits in front of `text`; there is at least one, and one on both sides of each '_'.
std::optional<Wide> take_digits(std::string_view& text, unsigned base) {
    Wide number;
    bool follows_digit = false;
    for (; !text.empty(); text.remove_prefix(1)) {
        if (text.front() == '_' && follows_digit) {
            follows_digit = false;
            continue;
        }
        unsigned const digit = digit_of(text.front());
        if (digit >= base) {
            break;
        }
        number.times(base);
        number.plus(digit);
        follows_digit = true;
    }
    if (!follows_digit) {
        return std::nullopt;
    }
    return number;
}

// The digits after a point, which count for nothing until the unit is known.
struct Fraction {
    std::uint64_t numerator = 0;
    std::uint64_t denominator = 1;
};

constexpr std::uint64_t kFinestFraction = 1'000'000;

std::optional<Fraction> take_fraction(std::string_view& text) {
    Fraction fraction;
    if (!take(text, ".")) {
        return fraction;
    }
    for (; !text.empty() && digit_of(text.front()) < 10; text.remove_prefix(1)) {
        if (fraction.denominator == kFinestFraction) {
            return std::nullopt;
        }
        fraction.numerator = fraction.numerator * 10 + digit_of(text.front());
        fraction.denominator *= 10;
    }
    if (fraction.denominator == 1) {
        return std::nullopt;
    }
    return fraction;
}

// What `text`, all of it, multiplies by.
std::optional<std::uint64_t> unit_of(std::string_view text) {
    struct Unit {
        std::string_view name;
        std::uint64_t bytes;
    };
    constexpr std::array kUnits{
        Unit{"K",   kKiB},
        Unit{"M",   kMiB},
        Unit{"G",   kGiB},
        Unit{"KiB", kKiB},
        Unit{"MiB", kMiB},
        Unit{"GiB", kGiB},
        Unit{"B",   1   }
    };
    for (Unit const& unit : kUnits) {
        if (unit.name == text) {
            return unit.bytes;
        }
    }
    return std::nullopt;
}

struct Parts {
    Wide whole;
    Fraction fraction;
};

// Takes everything but the unit.
std::optional<Parts> take_parts(std::string_view& text) {
    unsigned base = 10;
    if (take(text, "0x")) {
        base = 16;
    } else if (take(text, "0b")) {
        base = 2;
    }
    auto const whole = take_digits(text, base);
    if (!whole) {
        return std::nullopt;
    }
    if (base != 10) {
        return Parts{*whole, {}};
    }
    auto const fraction = take_fraction(text);
    if (!fraction) {
        return std::nullopt;
    }
    return Parts{*whole, *fraction};
}

}  // namespace

Result<Number> parse_number(std::string_view word) {
    auto const parts = take_parts(word);
    if (!parts) {
        return Error::NotANumber;
    }
    Wide number = parts->whole;
    bool const has_unit = !word.empty();
    std::uint64_t unit_bytes = 1;
    if (has_unit) {
        take(word, " ");
        auto const unit = unit_of(word);
        if (!unit) {
            return Error::NotANumber;
        }
        unit_bytes = *unit;
    }
    if (parts->fraction.denominator != 1 && unit_bytes == 1) {
        return Error::NotANumber;
    }
    number.times(unit_bytes);
    number.plus(parts->fraction.numerator * unit_bytes / parts->fraction.denominator);
    if (number.overflows) {
        return Error::NumberTooLarge;
    }
    return Number{number.value, has_unit};
}

Result<std::uint64_t> parse_value(std::string_view word) {
    auto const number = parse_number(word);
    if (!number) {
        return number.error();
    }
    return number->value;
}

Result<std::uint64_t> parse_count(std::string_view word) {
    auto const number = parse_number(word);
    if (!number) {
        return number.error();
    }
    if (number->has_unit) {
        return Error::NotANumber;
    }
    return number->value;
}

Result<NumberRange> parse_range(std::string_view word) {
    std::size_t const end_of_first = std::min(word.find(".."), word.find_first_of("-+"));
    if (end_of_first == std::string_view::npos) {
        return Error::NotARange;
    }
    std::string_view const first_word{word.data(), end_of_first};
    word.remove_prefix(end_of_first);
    bool const is_length = word.front() == '+';
    word.remove_prefix(word.front() == '.' ? 2 : 1);
    auto const first = parse_value(first_word);
    auto const second = parse_value(word);
    for (auto const& number : {first, second}) {
        if (!number) {
            return number.error() == Error::NumberTooLarge ? number.error() : Error::NotARange;
        }
    }
    std::uint64_t const last = is_length ? *first + (*second - 1) : *second;
    if (last < *first || (is_length && *second == 0)) {
        return Error::NotARange;
    }
    return NumberRange{*first, last};
}

}  // namespace kernel
