// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/device_tree.hpp"

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace test {

/// Bytes at the very end of a heap allocation and at a multiple of 8: a sanitizer sees whoever
/// reads beyond them.
class Blob {
public:
    explicit Blob(kernel::TreeBytes bytes);

    std::uint8_t* data() { return bytes_.get(); }
    std::uint8_t const* data() const { return bytes_.get(); }
    std::size_t size() const { return size_; }
    kernel::TreeBytes bytes() const { return {bytes_.get(), size_}; }

    /// Overwrites the big-endian word at `at`.
    Blob& put(std::size_t at, std::uint32_t value) {
        kernel::store_be32(data() + at, value);
        return *this;
    }
    std::uint32_t get(std::size_t at) const { return kernel::load_be32(data() + at); }

private:
    std::unique_ptr<std::uint8_t[]> bytes_;
    std::size_t size_;
};

/// Where the header of a blob has what (Devicetree Specification v0.4, 5.2).
namespace blob_header {
inline constexpr std::size_t kTotalBytes = 4;
inline constexpr std::size_t kStructureAt = 8;
inline constexpr std::size_t kStringsAt = 12;
inline constexpr std::size_t kReservationsAt = 16;
inline constexpr std::size_t kVersion = 20;
inline constexpr std::size_t kCompatibleVersion = 24;
inline constexpr std::size_t kStringsBytes = 32;
inline constexpr std::size_t kStructureBytes = 36;
}  // namespace blob_header

struct NamedTree {
    std::string name;
    Blob blob;
};

/// The trees of the image.
std::vector<NamedTree> builtin_trees();

/// The boards' own trees, from $BERYL_DTB_DIR or ../shared/dtb. They are not part of this
/// repository: where they are missing, it says so and there are none.
std::vector<NamedTree> board_trees();

/// Both.
std::vector<NamedTree> all_trees();

/// Writes blobs, sound ones and others.
class TreeBuilder {
public:
    TreeBuilder& begin(std::string_view name);
    TreeBuilder& end() { return token(2); }
    TreeBuilder& bytes(std::string_view name, kernel::TreeBytes value);
    TreeBuilder& cells(std::string_view name, std::initializer_list<std::uint32_t> value);
    TreeBuilder& text(std::string_view name, std::initializer_list<std::string_view> strings);
    TreeBuilder& flag(std::string_view name) { return bytes(name, {}); }
    TreeBuilder& token(std::uint32_t value);
    TreeBuilder& reserve(std::uint64_t address, std::uint64_t bytes);

    /// The tree so far, with the token that ends it.
    Blob blob() const;
    /// Without that token.
    Blob unended_blob() const;

private:
    std::vector<std::uint8_t> reservations_;
    std::vector<std::uint8_t> structure_;
    std::vector<std::uint8_t> strings_;
};

/// Every item of a tree in one line of text: `/{ a=00000001 b{ }}`; ends with the error, if there
/// is one.
std::string describe_walk(kernel::DeviceTree const& tree);

/// A tree that is begun: one cell for addresses and one for sizes, some RAM, and the root is open.
inline TreeBuilder root() {
    TreeBuilder builder;
    builder.begin("").cells("#address-cells", {1}).cells("#size-cells", {1});
    builder.begin("memory").text("device_type", {"memory"}).cells("reg", {0, 0x100'0000}).end();
    return builder;
}

}  // namespace test
