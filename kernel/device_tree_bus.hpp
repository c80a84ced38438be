// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/address.hpp"
#include "kernel/device_tree.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace kernel {

/// Memory as a device sees it that does not see all of it.
struct DmaWindow {
    PhysRange memory;         ///< What it reaches.
    std::uint64_t bus_begin;  ///< Where that begins for it.
};

/// What turns the `reg` of a node into physical addresses: the cells and the `ranges` of every node
/// above it (Devicetree Specification v0.4, 2.3.5 to 2.3.8). Whoever walks the tree keeps it.
class TreeBuses {
public:
    /// How a node numbers its children. Without the properties: 2 and 1 cells, and what is below
    /// cannot be reached from above.
    struct Bus {
        std::uint32_t address_cells = 2;
        std::uint32_t size_cells = 1;
        std::optional<TreeBytes> ranges;  ///< Empty: the same addresses below as above.
        TreeBytes dma_ranges;             ///< The same for what devices below see of memory.
    };

    /// A node begins that makes `depth` open ones: nothing is known of it yet.
    void begin(unsigned depth) { bus(depth) = Bus{}; }

    /// Of the open node at `depth`, from 1 to TreeCursor::kMaxDepth.
    Bus& bus(unsigned depth) { return buses_[depth - 1]; }
    Bus const& bus(unsigned depth) const { return buses_[depth - 1]; }

    /// The cursor has come to `item`: takes from it what matters here.
    void follow(TreeCursor const& cursor, TreeItem item);

    /// Entry `index` of `reg`, the property of a node at `depth`, in physical addresses. A range
    /// that wraps is cut off at the last address.
    ///
    /// None if there is no such entry or no way from there up to the root: cells that are not 1 to
    /// 4, a `ranges` that is missing, does not cover it or is of an odd length, or an address of
    /// more than 64 bits.
    std::optional<PhysRange> registers(unsigned depth, TreeBytes reg, std::size_t index = 0) const;

    /// What a device at `depth`, 2 or more, reaches of memory: the first entry of the `dma-ranges`
    /// above it, which on every Pi is the RAM. Without that property all, at the same addresses, as
    /// Linux takes it (v0.4, 2.3.9, knows of no way then): so it is on a Pi 5.
    ///
    /// None where the entry makes no sense, or the device lies deeper than on a bus of the root.
    std::optional<DmaWindow> dma_window(unsigned depth) const;

private:
    std::array<Bus, TreeCursor::kMaxDepth> buses_{};
};

/// A device that the tree names, and where its registers are.
struct TreeDevice {
    std::string_view name;
    PhysRange registers;
};

/// The device whose registers hold the byte at `address`; none if the tree names none there. What
/// calls itself memory, and what lies in /reserved-memory, is no device. A walk through the tree.
///
/// Errors: as TreeCursor::next.
Result<std::optional<TreeDevice>> device_at(DeviceTree const& tree, PhysAddr address);

}  // namespace kernel
