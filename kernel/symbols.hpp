// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace kernel {

/// A place in the code, for people.
struct CodePlace {
    std::string_view function;
    std::uint64_t offset;  ///< Bytes from where the function begins.
};

/// The names of the functions, as tools/symbols.awk lays them out: a count, the functions'
/// distances from the beginning of the image in ascending order, and their names, each with a zero
/// behind it.
class SymbolTable {
public:
    /// `section` may be empty, as in the first of the two links, or cut short: it is never read
    /// beyond its end. It is aligned to 4 bytes.
    explicit SymbolTable(std::span<char const> section);

    /// The function that `distance` from the beginning of the image lies in, or is behind. None
    /// before the first function.
    std::optional<CodePlace> find(std::uint64_t distance) const;

    std::size_t size() const { return begins_.size(); }

private:
    std::string_view name(std::size_t index) const;

    std::span<std::uint32_t const> begins_;
    std::string_view names_;
};

}  // namespace kernel
