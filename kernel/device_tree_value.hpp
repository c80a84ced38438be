// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/device_tree_header.hpp"
#include "kernel/format.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

// What the bytes of a property may mean: cells of 32 bits or strings (Devicetree Specification
// v0.4, 2.2.4). Nothing in a tree says which; whoever reads a property knows.
namespace kernel {

using TreeBytes = std::span<std::uint8_t const>;

/// Cell `index`; none if the value ends before it does.
inline std::optional<std::uint32_t> cell(TreeBytes value, std::size_t index = 0) {
    if (index >= value.size() / 4) {
        return {};
    }
    return load_be32(value.data() + index * 4);
}

/// The one number that a value of one or two cells is; none for any other length.
inline std::optional<std::uint64_t> number(TreeBytes value) {
    switch (value.size()) {
        case 4: return load_be32(value.data());
        case 8: return load_be64(value.data());
        default: return {};
    }
}

/// The strings of a value one by one, each without its NUL. What follows the last NUL is none.
class TreeStrings {
public:
    explicit TreeStrings(TreeBytes value) : rest_{value} {}

    std::optional<std::string_view> next();

private:
    TreeBytes rest_;
};

/// The first string of a value; empty if there is none.
inline std::string_view first_string(TreeBytes value) {
    return TreeStrings{value}.next().value_or(std::string_view{});
}

/// True if `wanted` is one of the strings of `value`.
bool has_string(TreeBytes value, std::string_view wanted);

/// Prints a value as a device tree source would have it: `"a", "b"` if it can only be strings, else
/// `<0x1 0x2>` if it can be cells, else `[01 02]`. Prints nothing for an empty value.
void print_tree_value(TextOutput& out, TreeBytes value);

}  // namespace kernel
