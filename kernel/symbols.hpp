// SPDX-License-Identifier: MIT
#pragma once

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

    /// Keeps the first `shared` characters, if there are as many, and goes on with `rest`.
    void replace_end(std::size_t shared, std::string_view rest);

private:
    std::array<char, kLongest> characters_{};
    std::size_t size_ = 0;
};

/// A place in the code, for people.
// NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): whoever makes one knows both.
struct CodePlace {
    FunctionName function;
    std::uint64_t offset = 0;  ///< Bytes from where the function begins.
};

/// The names of the functions, as tools/symbols.awk lays them out: a count, the functions'
/// distances from the beginning of the image in instructions, ascending, and their names. Each is a
/// byte, how many characters it has in common with the name before it, then the rest and a zero.
class SymbolTable {
public:
    /// `section` may be empty, as in the first of the two links, or cut short: it is never read
    /// beyond its end. It is aligned to 2 bytes.
    explicit SymbolTable(std::span<char const> section);

    /// The function that `distance` from the beginning of the image lies in, or is behind. None
    /// before the first function.
    std::optional<CodePlace> find(std::uint64_t distance) const;

    std::size_t size() const { return begins_.size(); }

private:
    FunctionName name(std::size_t index) const;

    std::span<std::uint16_t const> begins_;
    std::string_view names_;
};

}  // namespace kernel
