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
    void write(char const* literal);  ///< Its length is not the caller's to say: there are many.

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
    // NOLINTBEGIN(google-explicit-constructor,cppcoreguidelines-pro-type-member-init): whatever can
    // be printed becomes an Argument; one member of the union is initialised.
    constexpr Argument(std::unsigned_integral auto value) : Argument{value, Kind::Number} {}
    constexpr Argument(std::signed_integral auto value)
        : Argument{value < 0 ? ~static_cast<std::uint64_t>(value) + 1
                             : static_cast<std::uint64_t>(value),
                   value < 0 ? Kind::Negative : Kind::Number} {}
    constexpr Argument(char value) : Argument{static_cast<unsigned char>(value), Kind::Character} {}
    constexpr Argument(bool value) : Argument{value ? "true" : "false"} {}
    constexpr Argument(std::string_view text)
        : text_{text.data()}, form_{kind_in_form(Kind::Text) | text.size() << kKindBits} {}
    constexpr Argument(char const* text) : text_{text}, form_{kind_in_form(Kind::Literal)} {}
    constexpr Argument(Size size) : Argument{size.bytes, Kind::Size} {}
    template <typename Space>
    constexpr Argument(Address<Space> address) : Argument{address.raw(), Kind::Address} {}
    // NOLINTEND(google-explicit-constructor,cppcoreguidelines-pro-type-member-init)

    /// Prints as the text between ':' and '}' says: `[<|>][0][width][x]`.
    void print_to(TextOutput& out, std::string_view spec) const;

private:
    enum class Kind : std::uint8_t { Number, Negative, Character, Text, Literal, Size, Address };
    static constexpr unsigned kKindBits = 8;

    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): as above.
    constexpr Argument(std::uint64_t number, Kind kind)
        : number_{number}, form_{kind_in_form(kind)} {}

    static constexpr std::uint64_t kind_in_form(Kind kind) {
        return static_cast<std::uint64_t>(kind);
    }
    Kind kind() const { return static_cast<Kind>(form_ & 0xff); }
    std::string_view text() const { return {text_, form_ >> kKindBits}; }

    union {
        std::uint64_t number_;  ///< Of a negative one, what is behind the sign.
        char const* text_;
    };
    std::uint64_t
        form_;  ///< The kind, and above it how long a text is that does not end with a zero.
};

static_assert(sizeof(Argument) == 16, "a caller stores two words for each");

/// A literal whose `{}` are counted by the compiler: too few or too many arguments do not compile.
template <std::size_t Count>
class Format {
public:
    // NOLINTNEXTLINE(google-explicit-constructor): a literal is a format.
    consteval Format(char const* text) : text_{text} {
        std::size_t places = 0;
        for (char const letter : std::string_view{text}) {
            places += letter == '{' ? 1U : 0U;
        }
        require(places == Count, "one argument for each {}");
    }

    constexpr char const* text() const { return text_; }

private:
    char const* text_;
};

/// Prints a format's text with as many of `arguments` as it has places.
void print_arguments(TextOutput& out, char const* format, Argument const* arguments);

/// Prints `format` with each `{}` or `{:spec}` replaced by the next argument.
///
/// `{}` prints numbers in decimal, addresses as `0x%08x`, sizes in IEC units. A spec is
/// `[<|>][0][width][x]`: left or right in `width` columns, zeroes in front, hexadecimal. There is
/// no way to print a literal brace but as a character or text argument.
///
/// Inlined: a function for each list of types, which they are handed to in memory, is larger.
template <typename... Values>
[[gnu::always_inline]] inline void print(TextOutput& out, Format<sizeof...(Values)> format,
                                         Values const&... values) {
    std::array<Argument, sizeof...(Values)> const arguments{Argument{values}...};
    print_arguments(out, format.text(), arguments.data());
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
