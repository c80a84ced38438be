// SPDX-License-Identifier: MIT
#include "tests/support/firmware_tree.hpp"

#include "kernel/bytes.hpp"
#include "kernel/require.hpp"

#include <libfdt.h>

namespace test {
namespace {

constexpr std::size_t kRoom = 4096;  // For what is added.

void require_done(int outcome) { kernel::require(outcome >= 0, "libfdt changes a sound tree"); }

}  // namespace

FirmwareTree::FirmwareTree(Blob const& file) : fdt_(file.size() + kRoom) {
    require_done(fdt_open_into(file.data(), fdt_.data(), static_cast<int>(fdt_.size())));
}

int FirmwareTree::node(std::string const& path) {
    int const found = fdt_path_offset(fdt_.data(), path.c_str());
    if (found >= 0) {
        return found;
    }
    std::size_t const slash = path.rfind('/');
    int const parent =
        fdt_path_offset(fdt_.data(), slash == 0 ? "/" : path.substr(0, slash).c_str());
    require_done(parent);
    int const made = fdt_add_subnode(fdt_.data(), parent, path.substr(slash + 1).c_str());
    require_done(made);
    return made;
}

FirmwareTree& FirmwareTree::set(std::string const& path, char const* name,
                                std::vector<std::uint8_t> const& value) {
    int const at = node(path);
    require_done(fdt_setprop(fdt_.data(), at, name, value.data(), static_cast<int>(value.size())));
    return *this;
}

FirmwareTree& FirmwareTree::cells(std::string const& path, char const* name,
                                  std::initializer_list<std::uint32_t> value) {
    std::vector<std::uint8_t> bytes(4 * value.size());
    std::size_t at = 0;
    for (std::uint32_t const cell : value) {
        kernel::store_be32(bytes.data() + at, cell);
        at += 4;
    }
    return set(path, name, bytes);
}

FirmwareTree& FirmwareTree::text(std::string const& path, char const* name,
                                 std::initializer_list<std::string_view> strings) {
    std::vector<std::uint8_t> bytes;
    for (std::string_view const string : strings) {
        bytes.insert(bytes.end(), string.begin(), string.end());
        bytes.push_back(0);
    }
    return set(path, name, bytes);
}

FirmwareTree& FirmwareTree::reserve(std::uint64_t address, std::uint64_t bytes) {
    require_done(fdt_add_mem_rsv(fdt_.data(), address, bytes));
    return *this;
}

Blob FirmwareTree::blob() const {
    std::vector<std::uint8_t> packed = fdt_;
    require_done(fdt_pack(packed.data()));
    return Blob{
        kernel::TreeBytes{packed.data(), fdt_totalsize(packed.data())}
    };
}

kernel::TreeBytes FirmwareTree::value_in(Blob const& blob, char const* path,
                                         char const* name) const {
    int length = 0;
    void const* const value =
        fdt_getprop(blob.data(), fdt_path_offset(blob.data(), path), name, &length);
    kernel::require(value != nullptr, "the tree has this property");
    return {static_cast<std::uint8_t const*>(value), static_cast<std::size_t>(length)};
}

}  // namespace test
