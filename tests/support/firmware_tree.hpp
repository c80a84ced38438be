// SPDX-License-Identifier: MIT
#pragma once

#include "tests/support/device_trees.hpp"

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

namespace test {

/// A tree as a board's firmware changes it before it starts a kernel. Written with libfdt.
class FirmwareTree {
public:
    explicit FirmwareTree(Blob const& file);

    /// Sets a property of the node at `path`, which is made if it is not there; its parent is.
    FirmwareTree& cells(std::string const& path, char const* name,
                        std::initializer_list<std::uint32_t> value);
    FirmwareTree& text(std::string const& path, char const* name,
                       std::initializer_list<std::string_view> strings);
    FirmwareTree& flag(std::string const& path, char const* name) { return cells(path, name, {}); }

    /// Adds an entry of `/memreserve/`.
    FirmwareTree& reserve(std::uint64_t address, std::uint64_t bytes);

    Blob blob() const;

    /// Where the value of a property lies in blob().
    kernel::TreeBytes value_in(Blob const& blob, char const* path, char const* name) const;

private:
    int node(std::string const& path);
    FirmwareTree& set(std::string const& path, char const* name,
                      std::vector<std::uint8_t> const& value);

    std::vector<std::uint8_t> fdt_;
};

}  // namespace test
