// SPDX-License-Identifier: MIT
#include "kernel/device_tree_bus.hpp"

#include <algorithm>
#include <limits>

namespace kernel {
namespace {

constexpr std::uint32_t kMaxCells = 4;

// A number of up to four cells. Addresses on a bus may be wider than ours: PCI puts flags on top.
__extension__ using Wide = unsigned __int128;

constexpr Wide kLastAddress = std::numeric_limits<std::uint64_t>::max();

// Takes numbers of some cells off the front of a property.
class Cells {
public:
    explicit Cells(TreeBytes bytes) : rest_{bytes} {}

    bool empty() const { return rest_.empty(); }
    void drop(std::size_t cells) { rest_ = rest_.subspan(cells * 4); }

    // They must be there, and not be more than kMaxCells.
    Wide take(std::uint32_t cells) {
        Wide number = 0;
        for (std::size_t count = 0; count < cells; ++count) {
            number = number << 32 | load_be32(rest_.data() + count * 4);
        }
        drop(cells);
        return number;
    }

private:
    TreeBytes rest_;
};

bool is_number(std::uint32_t cells) { return cells >= 1 && cells <= kMaxCells; }

bool has_registers(TreeBuses::Bus const& bus) {
    return is_number(bus.address_cells) && is_number(bus.size_cells);
}

// From the addresses below `bus` to those of the bus it is on.
std::optional<Wide> upwards(TreeBuses::Bus const& bus, TreeBuses::Bus const& above, Wide address) {
    if (!bus.ranges) {
        return {};
    }
    if (bus.ranges->empty()) {
        return address;
    }
    if (!has_registers(bus) || !is_number(above.address_cells)) {
        return {};
    }
    std::size_t const entry = std::size_t{bus.address_cells} + above.address_cells + bus.size_cells;
    if (bus.ranges->size() % (entry * 4) != 0) {
        return {};
    }
    Cells ranges{*bus.ranges};
    while (!ranges.empty()) {
        Wide const from = ranges.take(bus.address_cells);
        Wide const to = ranges.take(above.address_cells);
        Wide const size = ranges.take(bus.size_cells);
        if (address >= from && address - from < size) {
            return to + (address - from);
        }
    }
    return {};
}

std::uint32_t cells_of(TreeBytes value) { return value.size() == 4 ? load_be32(value.data()) : 0; }

// Looks at each node once its properties have been seen, before its first child.
class DeviceSearch {
public:
    explicit DeviceSearch(PhysAddr wanted) : wanted_{wanted} {}

    void follow(TreeCursor const& cursor, TreeItem item) {
        if (item == TreeItem::Property) {
            note_property(cursor);
        } else {
            finish_node();
            if (item == TreeItem::Node) {
                begin_node(cursor);
            }
        }
        buses_.follow(cursor, item);
    }

    std::optional<TreeDevice> const& found() const { return found_; }

private:
    // The one begun last, as far as its properties have been seen.
    struct Node {
        unsigned depth;
        std::string_view name;
        TreeBytes reg;
        bool is_memory;
        bool is_reserved_memory;  // Or in it.
    };

    void begin_node(TreeCursor const& cursor) {
        bool const is_top = cursor.depth() == 2;
        bool const is_reserved =
            is_top ? cursor.is_called("reserved-memory") : node_.is_reserved_memory;
        node_ = {cursor.depth(), cursor.name(), {}, false, is_reserved};
    }

    void note_property(TreeCursor const& cursor) {
        if (cursor.is_called("reg")) {
            node_.reg = cursor.value();
        } else if (cursor.is_called("device_type")) {
            node_.is_memory = first_string(cursor.value()) == "memory";
        }
    }

    void finish_node() {
        if (node_.is_memory || node_.is_reserved_memory) {
            return;
        }
        std::size_t index = 0;
        while (auto const range = buses_.registers(node_.depth, node_.reg, index)) {
            if (range->contains(wanted_)) {
                found_ = TreeDevice{node_.name, *range};
                return;
            }
            ++index;
        }
    }

    PhysAddr wanted_;
    TreeBuses buses_;
    std::optional<TreeDevice> found_;
    Node node_{};
};

}  // namespace

void TreeBuses::follow(TreeCursor const& cursor, TreeItem item) {
    if (item == TreeItem::Node) {
        begin(cursor.depth());
    } else if (item == TreeItem::Property) {
        Bus& bus = this->bus(cursor.depth());
        if (cursor.is_called("#address-cells")) {
            bus.address_cells = cells_of(cursor.value());
        } else if (cursor.is_called("#size-cells")) {
            bus.size_cells = cells_of(cursor.value());
        } else if (cursor.is_called("ranges")) {
            bus.ranges = cursor.value();
        }
    }
}

std::optional<PhysRange> TreeBuses::registers(unsigned depth, TreeBytes reg,
                                              std::size_t index) const {
    if (depth < 2 || !has_registers(bus(depth - 1))) {
        return {};
    }
    Bus const& parent = bus(depth - 1);
    std::uint32_t const entry = parent.address_cells + parent.size_cells;
    if (index >= reg.size() / 4 / entry) {
        return {};
    }
    Cells cells{reg};
    cells.drop(index * entry);
    std::optional<Wide> address = cells.take(parent.address_cells);
    Wide const size = cells.take(parent.size_cells);
    for (unsigned level = depth - 1; address && level > 1; --level) {
        address = upwards(bus(level), bus(level - 1), *address);
    }
    if (!address || *address > kLastAddress) {
        return {};
    }
    Wide const end = *address + std::min(size, kLastAddress - *address);
    return PhysRange{PhysAddr{static_cast<std::uint64_t>(*address)},
                     PhysAddr{static_cast<std::uint64_t>(end)}};
}

std::optional<DmaWindow> TreeBuses::dma_window(unsigned depth) const {
    constexpr unsigned kDeepest = 3;
    if (depth > kDeepest) {
        return {};
    }
    Bus const& bus = this->bus(depth - 1);
    if (bus.dma_ranges.empty()) {
        return DmaWindow{
            {PhysAddr{0}, PhysAddr{static_cast<std::uint64_t>(kLastAddress)}},
            0
        };
    }
    Bus const& root = this->bus(1);
    if (!has_registers(bus) || !is_number(root.address_cells)) {
        return {};
    }
    std::size_t const entry = std::size_t{bus.address_cells} + root.address_cells + bus.size_cells;
    if (bus.dma_ranges.size() < entry * 4) {
        return {};
    }
    Cells cells{bus.dma_ranges};
    Wide const from = cells.take(bus.address_cells);
    Wide const to = cells.take(root.address_cells);
    Wide const size = cells.take(bus.size_cells);
    if (std::max(from, to) > kLastAddress) {
        return {};
    }
    Wide const end = to + std::min(size, kLastAddress - to);
    return DmaWindow{
        {PhysAddr{static_cast<std::uint64_t>(to)}, PhysAddr{static_cast<std::uint64_t>(end)}},
        static_cast<std::uint64_t>(from)
    };
}

Result<std::optional<TreeDevice>> device_at(DeviceTree const& tree, PhysAddr address) {
    DeviceSearch search{address};
    TreeCursor cursor = tree.walk();
    for (;;) {
        auto const item = cursor.next();
        if (!item) {
            return item.error();
        }
        search.follow(cursor, *item);
        if (search.found() || *item == TreeItem::EndOfTree) {
            return search.found();
        }
    }
}

}  // namespace kernel
