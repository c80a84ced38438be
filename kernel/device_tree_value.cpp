// SPDX-License-Identifier: MIT
#include "kernel/device_tree_value.hpp"

namespace kernel {
namespace {

bool is_printable(char letter) { return letter >= ' ' && letter <= '~'; }

// Strings and nothing else: each ends with a NUL, none is empty, all of it can be printed.
bool is_text(TreeBytes value) {
    TreeStrings strings{value};
    std::size_t length = 0;
    while (auto const text = strings.next()) {
        length += text->size() + 1;
        if (text->empty() || !std::ranges::all_of(*text, is_printable)) {
            return false;
        }
    }
    return length == value.size();
}

void print_quoted(TextOutput& out, std::string_view text) {
    out.write("\"");
    for (char const& letter : text) {
        if (letter == '"' || letter == '\\') {
            out.write("\\");
        }
        out.write({&letter, 1});
    }
    out.write("\"");
}

void print_text(TextOutput& out, TreeBytes value) {
    TreeStrings strings{value};
    std::string_view separator;
    while (auto const text = strings.next()) {
        out.write(separator);
        print_quoted(out, *text);
        separator = ", ";
    }
}

void print_cells(TextOutput& out, TreeBytes value) {
    std::string_view opening = "<";
    for (std::size_t at = 0; at < value.size(); at += 4) {
        print(out, "{}0x{:x}", opening, load_be32(value.data() + at));
        opening = " ";
    }
    out.write(">");
}

void print_bytes(TextOutput& out, TreeBytes value) {
    std::string_view opening = "[";
    for (std::uint8_t const byte : value) {
        print(out, "{}{:02x}", opening, byte);
        opening = " ";
    }
    out.write("]");
}

}  // namespace

std::optional<std::string_view> TreeStrings::next() {
    auto const end = std::ranges::find(rest_, std::uint8_t{0});
    if (end == rest_.end()) {
        return {};
    }
    auto const length = static_cast<std::size_t>(end - rest_.begin());
    std::string_view const text{reinterpret_cast<char const*>(rest_.data()), length};
    rest_ = rest_.subspan(length + 1);
    return text;
}

bool has_string(TreeBytes value, std::string_view wanted) {
    TreeStrings strings{value};
    while (auto const text = strings.next()) {
        if (*text == wanted) {
            return true;
        }
    }
    return false;
}

void print_tree_value(TextOutput& out, TreeBytes value) {
    if (value.empty()) {
        return;
    }
    if (is_text(value)) {
        print_text(out, value);
    } else if (value.size() % 4 == 0) {
        print_cells(out, value);
    } else {
        print_bytes(out, value);
    }
}

}  // namespace kernel
