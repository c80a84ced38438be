// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/address.hpp"

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace kernel {

/// Where text goes: the console, the log, a test's buffer.
class TextOutput {
public:
    virtual void write(std::string_view text) = 0;

protected:
    ~TextOutput() = default;
};

/// A number of bytes that prints in IEC units, never rounded: what is printed can be typed back.
/// `4 KiB`, `945 MiB`, `1.5 GiB`, `24512 KiB`, `17 B`.
struct Size {
    std::uint64_t bytes;
};

/// One value to print, its type forgotten. Made by the conversions below; nobody names it.
class Argument {
public:
    // NOLINTBEGIN(google-explicit-constructor): whatever can be printed becomes an Argument.
    constexpr Argument(std::unsigned_integral auto value) : number_{value} {}
    constexpr Argument(std::signed_integral auto value)
        : number_{value < 0 ? ~static_cast<std::uint64_t>(value) + 1
                            : static_cast<std::uint64_t>(value)},
          is_negative_{value < 0} {}
    constexpr Argument(char value)
        : kind_{Kind::Character}, number_{static_cast<unsigned char>(value)} {}
    constexpr Argument(bool value) : kind_{Kind::Text}, text_{value ? "true" : "false"} {}
    constexpr Argument(std::string_view text) : kind_{Kind::Text}, text_{text} {}
    constexpr Argument(char const* text) : kind_{Kind::Text}, text_{text} {}
    constexpr Argument(Size size) : kind_{Kind::Size}, number_{size.bytes} {}
    template <typename Space>
    constexpr Argument(Address<Space> address) : kind_{Kind::Address}, number_{address.raw()} {}
    // NOLINTEND(google-explicit-constructor)

    /// Prints as the text between ':' and '}' says: `[<|>][0][width][x]`.
    void print_to(TextOutput& out, std::string_view spec) const;

private:
    enum class Kind : std::uint8_t { Number, Character, Text, Size, Address };

    Kind kind_ = Kind::Number;
    std::uint64_t number_ = 0;
    bool is_negative_ = false;
    std::string_view text_;
};

/// A literal whose `{}` are counted by the compiler: too few or too many arguments do not compile.
template <std::size_t Count>
class Format {
public:
    // NOLINTNEXTLINE(google-explicit-constructor): a literal is a format.
    consteval Format(char const* text) : text_{text} {
        std::size_t places = 0;
        for (char const letter : text_) {
            places += letter == '{' ? 1U : 0U;
        }
        require(places == Count, "one argument for each {}");
    }

    constexpr std::string_view text() const { return text_; }

private:
    std::string_view text_;
};

void print_arguments(TextOutput& out, std::string_view format, std::span<Argument const> arguments);

/// Prints `format` with each `{}` or `{:spec}` replaced by the next argument.
///
/// `{}` prints numbers in decimal, addresses as `0x%08x`, sizes in IEC units. A spec is
/// `[<|>][0][width][x]`: left or right in `width` columns, zeroes in front, hexadecimal. There is
/// no way to print a literal brace but as a character or text argument.
template <typename... Values>
void print(TextOutput& out, Format<sizeof...(Values)> format, Values const&... values) {
    std::array<Argument, sizeof...(Values)> const arguments{Argument{values}...};
    print_arguments(out, format.text(), arguments);
}
inline void print(TextOutput& out, Format<0> format) { out.write(format.text()); }

/// Text in a caller's buffer; what does not fit is cut off, and `overflowed` says so.
class TextBuffer final : public TextOutput {
public:
    explicit TextBuffer(std::span<char> storage) : storage_{storage} {}

    void write(std::string_view text) override;
    std::string_view text() const { return {storage_.data(), length_}; }
    bool overflowed() const { return overflowed_; }
    void clear() {
        length_ = 0;
        overflowed_ = false;
    }

private:
    std::span<char> storage_;
    std::size_t length_ = 0;
    bool overflowed_ = false;
};

}  // namespace kernel
