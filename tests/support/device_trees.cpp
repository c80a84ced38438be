// SPDX-License-Identifier: MIT
#include "tests/support/device_trees.hpp"

#include "boot/builtin_trees.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>

namespace test {
namespace {

void append_be32(std::vector<std::uint8_t>& bytes, std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) {
        bytes.push_back(static_cast<std::uint8_t>(value >> shift));
    }
}

void append_be64(std::vector<std::uint8_t>& bytes, std::uint64_t value) {
    append_be32(bytes, static_cast<std::uint32_t>(value >> 32));
    append_be32(bytes, static_cast<std::uint32_t>(value));
}

void append_text(std::vector<std::uint8_t>& bytes, std::string_view text) {
    bytes.insert(bytes.end(), text.begin(), text.end());
    bytes.push_back(0);
}

void pad(std::vector<std::uint8_t>& bytes) { bytes.resize((bytes.size() + 3) / 4 * 4); }

void append(std::vector<std::uint8_t>& bytes, std::vector<std::uint8_t> const& more) {
    bytes.insert(bytes.end(), more.begin(), more.end());
}

// Once in a run, however many tests ask.
void say_skipped(std::string const& directory) {
    static bool is_said = false;
    if (!is_said) {
        std::cout << "\nskipped: trees of real boards, not all are in " << directory
                  << " (BERYL_DTB_DIR says where)\n";
        is_said = true;
    }
}

}  // namespace

Blob::Blob(kernel::TreeBytes bytes)
    : bytes_{std::make_unique<std::uint8_t[]>(bytes.size())}, size_{bytes.size()} {
    std::copy(bytes.begin(), bytes.end(), bytes_.get());
}

std::vector<NamedTree> builtin_trees() {
    std::vector<NamedTree> trees;
    trees.push_back({"bcm2837", Blob{boot::builtin_tree(kernel::BuiltinTree::Bcm2837)}});
    trees.push_back({"bcm2711", Blob{boot::builtin_tree(kernel::BuiltinTree::Bcm2711)}});
    trees.push_back({"bcm2712", Blob{boot::builtin_tree(kernel::BuiltinTree::Bcm2712)}});
    return trees;
}

std::vector<NamedTree> board_trees() {
    char const* const chosen = std::getenv("BERYL_DTB_DIR");
    std::string const directory = chosen != nullptr ? chosen : "../shared/dtb";
    std::vector<NamedTree> trees;
    for (char const* name :
         {"bcm2710-rpi-3-b", "bcm2837-rpi-3-b", "bcm2711-rpi-4-b", "bcm2712-rpi-5-b"}) {
        std::ifstream file{directory + "/" + name + ".dtb", std::ios::binary};
        std::vector<char> const content{std::istreambuf_iterator<char>{file}, {}};
        if (content.empty()) {
            say_skipped(directory);
            continue;
        }
        std::vector<std::uint8_t> const bytes{content.begin(), content.end()};
        trees.push_back({name, Blob{bytes}});
    }
    return trees;
}

std::vector<NamedTree> all_trees() {
    std::vector<NamedTree> trees = builtin_trees();
    for (NamedTree& tree : board_trees()) {
        trees.push_back(std::move(tree));
    }
    return trees;
}

TreeBuilder& TreeBuilder::begin(std::string_view name) {
    token(1);
    append_text(structure_, name);
    pad(structure_);
    return *this;
}

TreeBuilder& TreeBuilder::bytes(std::string_view name, kernel::TreeBytes value) {
    token(3);
    token(static_cast<std::uint32_t>(value.size()));
    token(static_cast<std::uint32_t>(strings_.size()));
    append_text(strings_, name);
    structure_.insert(structure_.end(), value.begin(), value.end());
    pad(structure_);
    return *this;
}

TreeBuilder& TreeBuilder::cells(std::string_view name, std::initializer_list<std::uint32_t> value) {
    std::vector<std::uint8_t> written;
    for (std::uint32_t const cell : value) {
        append_be32(written, cell);
    }
    return bytes(name, written);
}

TreeBuilder& TreeBuilder::text(std::string_view name,
                               std::initializer_list<std::string_view> strings) {
    std::vector<std::uint8_t> written;
    for (std::string_view const text : strings) {
        append_text(written, text);
    }
    return bytes(name, written);
}

TreeBuilder& TreeBuilder::token(std::uint32_t value) {
    append_be32(structure_, value);
    return *this;
}

TreeBuilder& TreeBuilder::reserve(std::uint64_t address, std::uint64_t bytes) {
    append_be64(reservations_, address);
    append_be64(reservations_, bytes);
    return *this;
}

Blob TreeBuilder::blob() const { return TreeBuilder{*this}.token(9).unended_blob(); }

Blob TreeBuilder::unended_blob() const {
    auto const structure_at =
        static_cast<std::uint32_t>(kernel::TreeHeader::kBytes + reservations_.size() + 16);
    auto const structure_bytes = static_cast<std::uint32_t>(structure_.size());
    auto const strings_bytes = static_cast<std::uint32_t>(strings_.size());
    std::vector<std::uint8_t> blob;
    for (std::uint32_t const field :
         {kernel::TreeHeader::kMagic, structure_at + structure_bytes + strings_bytes, structure_at,
          structure_at + structure_bytes, kernel::TreeHeader::kBytes, 17U, 16U, 0U, strings_bytes,
          structure_bytes}) {
        append_be32(blob, field);
    }
    append(blob, reservations_);
    blob.resize(blob.size() + 16);
    append(blob, structure_);
    append(blob, strings_);
    return Blob{blob};
}

std::string describe_walk(kernel::DeviceTree const& tree) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    kernel::TreeCursor cursor = tree.walk();
    while (true) {
        auto const item = cursor.next();
        if (!item) {
            return text + " error: " + std::string{describe(item.error())};
        }
        switch (*item) {
            case kernel::TreeItem::Node: text += std::string{cursor.name()} + "{ "; break;
            case kernel::TreeItem::Property:
                text += std::string{cursor.name()} + "=";
                for (std::uint8_t const byte : cursor.value()) {
                    text += kDigits[byte / 16];
                    text += kDigits[byte % 16];
                }
                text += ' ';
                break;
            case kernel::TreeItem::EndOfNode: text += "} "; break;
            case kernel::TreeItem::EndOfTree: return text + "end";
        }
    }
}

}  // namespace test
