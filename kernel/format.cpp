// SPDX-License-Identifier: MIT
#include "kernel/format.hpp"

#include "kernel/units.hpp"

#include <algorithm>

namespace kernel {
namespace {

struct Spec {
    bool left = false;
    bool right = false;
    bool zeroes = false;
    bool hexadecimal = false;
    std::size_t width = 0;
};

Spec parse(std::string_view text) {
    Spec spec;
    for (char const letter : text) {
        switch (letter) {
            case '<': spec.left = true; break;
            case '>': spec.right = true; break;
            case 'x': spec.hexadecimal = true; break;
            default:
                if (letter == '0' && spec.width == 0) {
                    spec.zeroes = true;
                } else {
                    spec.width = spec.width * 10 + static_cast<std::size_t>(letter - '0');
                }
        }
    }
    return spec;
}

void repeat(TextOutput& out, char letter, std::size_t count) {
    for (; count != 0; --count) {
        out.write({&letter, 1});
    }
}

// Text goes left and everything else right, unless the spec says otherwise.
void pad(TextOutput& out, std::string_view text, Spec spec, bool is_text) {
    std::size_t const blanks = spec.width > text.size() ? spec.width - text.size() : 0;
    bool const text_first = spec.left || (is_text && !spec.right);
    if (!text_first) {
        repeat(out, spec.zeroes ? '0' : ' ', blanks);
    }
    out.write(text);
    if (text_first) {
        repeat(out, ' ', blanks);
    }
}

// The longest is 20 decimal digits of 2^64 - 1, with a sign or "0x" and a unit beside it.
using Digits = std::array<char, 32>;

// Not std::to_chars: its tables and four bases are 1 KiB.
char* append(char* end, std::uint64_t number, unsigned base = 10) {
    Digits backwards{};
    std::size_t count = 0;
    do {
        backwards[count++] = "0123456789abcdef"[number % base];
        number /= base;
    } while (number != 0);
    return std::reverse_copy(backwards.begin(), backwards.begin() + count, end);
}

std::string_view number_text(Digits& digits, std::uint64_t number, bool is_negative, Spec spec) {
    char* end = digits.data();
    if (is_negative) {
        *end++ = '-';
    }
    end = append(end, number, spec.hexadecimal ? 16 : 10);
    return {digits.data(), static_cast<std::size_t>(end - digits.data())};
}

// At least eight hexadecimal digits.
std::string_view address_text(Digits& digits, std::uint64_t address) {
    Digits bare{};
    char const* const bare_end = append(bare.data(), address, 16);
    char* end = digits.data();
    *end++ = '0';
    *end++ = 'x';
    for (auto missing = 8 - (bare_end - bare.data()); missing > 0; --missing) {
        *end++ = '0';
    }
    for (char const* digit = bare.data(); digit != bare_end; ++digit) {
        *end++ = *digit;
    }
    return {digits.data(), static_cast<std::size_t>(end - digits.data())};
}

// In the largest unit of which it is a whole number of halves; any other number is one of bytes.
std::string_view size_text(Digits& digits, std::uint64_t bytes) {
    struct Unit {
        std::uint64_t bytes;
        std::string_view name;
    };
    constexpr std::array kUnits{
        Unit{kGiB, " GiB"},
        Unit{kMiB, " MiB"},
        Unit{kKiB, " KiB"},
        Unit{1,    " B"  }
    };
    auto const* const unit = std::ranges::find_if(
        kUnits.begin(), kUnits.end() - 1,
        [&](Unit const& each) { return bytes >= each.bytes && bytes % (each.bytes / 2) == 0; });
    char* end = append(digits.data(), bytes / unit->bytes);
    std::string_view const half = bytes % unit->bytes != 0 ? ".5" : "";
    end = std::copy(half.begin(), half.end(), end);
    end = std::copy(unit->name.begin(), unit->name.end(), end);
    return {digits.data(), static_cast<std::size_t>(end - digits.data())};
}

}  // namespace

void Argument::print_to(TextOutput& out, std::string_view spec_text) const {
    Spec const spec = parse(spec_text);
    Digits digits{};
    switch (kind()) {
        case Kind::Text: return pad(out, text(), spec, true);
        case Kind::Literal: return pad(out, text_, spec, true);
        case Kind::Character: {
            char const letter = static_cast<char>(number_);
            return pad(out, {&letter, 1}, spec, true);
        }
        case Kind::Size: return pad(out, size_text(digits, number_), spec, false);
        case Kind::Address: return pad(out, address_text(digits, number_), spec, false);
        case Kind::Number:
        case Kind::Negative: {
            bool const is_negative = kind() == Kind::Negative;
            return pad(out, number_text(digits, number_, is_negative, spec), spec, false);
        }
    }
}

void TextOutput::write(char const* literal) { write(std::string_view{literal}); }

void print_arguments(TextOutput& out, char const* text, Argument const* arguments) {
    std::string_view format{text};
    while (true) {
        std::size_t const open = format.find('{');
        if (open == std::string_view::npos) {
            out.write(format);
            return;
        }
        out.write({format.data(), open});
        format.remove_prefix(open + 1);
        std::size_t const close = format.find('}');
        std::string_view spec{format.data(), close};
        if (!spec.empty()) {
            spec.remove_prefix(1);  // The ':'.
        }
        arguments->print_to(out, spec);
        ++arguments;
        format.remove_prefix(close + 1);
    }
}

void TextBuffer::write(std::string_view text) {
    for (char const letter : text) {
        if (length_ == storage_.size()) {
            overflowed_ = true;
            return;
        }
        storage_[length_++] = letter;
    }
}

}  // namespace kernel
