// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace kernel {

/// The name of a function, cut off where it gets too long.
class FunctionName {
public:
    static constexpr std::size_t kLongest = 80;

    std::string_view view() const { return {characters_.data(), size_}; }
    bool is_full() const { return size_ == kLongest; }

    /// Drops all but the first `count` characters, if there are as many.
    void keep(std::size_t count) { size_ = std::min(count, size_); }
    /// Nothing if the name is full.
    void append(char character);

private:
    std::array<char, kLongest> characters_{};
    std::size_t size_ = 0;
};

/// A place in the code, for people.
struct CodePlace {
    FunctionName function;
    std::uint64_t offset = 0;  ///< Bytes from where the function begins.
};

/// The names of the functions, as tools/symbols.awk lays them out: pairs of characters, and for
/// each function, in the order of their addresses, the instructions from the one before, how much
/// of that one's name it begins with, and the rest of its own.
class SymbolTable {
public:
    /// `section` may be empty, as in the first of the two links, cut short or damaged: it is never
    /// read beyond its end, and a character that it cannot mean is a question mark.
    explicit SymbolTable(std::span<char const> section);

    /// The function that `distance` from the beginning of the image lies in, or is behind. None
    /// before the first function.
    std::optional<CodePlace> find(std::uint64_t distance) const;

private:
    std::span<char const> halves(unsigned char code) const;
    void append(FunctionName& name, unsigned char code) const;

    std::span<char const> pairs_;
    std::span<char const> functions_;
};

}  // namespace kernel
