// SPDX-License-Identifier: MIT
#include "tests/support/tree_oracle.hpp"

#include "kernel/board.hpp"
#include "kernel/device_tree_bus.hpp"
#include "kernel/mm/board_memory.hpp"

#include "tests/support/board_oracle.hpp"

#include <algorithm>
#include <libfdt.h>

namespace test {
namespace {

using kernel::DeviceTree;
using kernel::Error;
using kernel::PhysAddr;
using kernel::TreeCursor;
using kernel::TreeItem;

// libfdt 1.6.1 takes a length beyond 2^31 for a negative one, goes back by it and may never end.
bool has_negative_length(Blob const& blob) {
    constexpr std::size_t kStructureAt = 8;
    constexpr std::size_t kPropertyHead = 12;
    std::size_t at = blob.get(kStructureAt);
    while (at + kPropertyHead <= blob.size()) {
        std::uint32_t const token = blob.get(at);
        std::size_t length = 4;
        if (token == FDT_PROP) {
            length = kPropertyHead + blob.get(at + 4);
        } else if (token == FDT_BEGIN_NODE) {
            auto const* const end = std::find(blob.data() + at + 4, blob.data() + blob.size(), 0);
            length = static_cast<std::size_t>(end - blob.data()) - at + 1;
        } else if (token != FDT_END_NODE && token != FDT_NOP) {
            return false;
        }
        if (length > kPropertyHead + (1UL << 31) - 1) {
            return true;
        }
        at += (length + 3) / 4 * 4;
    }
    return false;
}

// Before version 16 it follows a null pointer where the root has no name.
bool libfdt_accepts(Blob const& blob) {
    constexpr std::size_t kVersionAt = 20;
    return blob.size() >= kernel::TreeHeader::kBytes && blob.get(kVersionAt) >= 16 &&
           !has_negative_length(blob) && fdt_check_full(blob.data(), blob.size()) == 0;
}

bool is_property_of(void const* fdt, int offset, TreeCursor const& cursor) {
    char const* name = nullptr;
    int length = -1;
    void const* const value = fdt_getprop_by_offset(fdt, offset, &name, &length);
    return value == cursor.value().data() && cursor.name() == name &&
           static_cast<std::size_t>(length) == cursor.value().size();
}

bool is_node_of(void const* fdt, int offset, TreeCursor const& cursor) {
    int length = -1;
    char const* const name = fdt_get_name(fdt, offset, &length);
    return name == cursor.name().data() && static_cast<std::size_t>(length) == cursor.name().size();
}

// The same item, with the same name and value, in the same place. Advances `offset`.
bool agrees_on_item(void const* fdt, int& offset, TreeItem item, TreeCursor const& cursor) {
    int at = 0;
    std::uint32_t tag = 0;
    do {
        at = offset;
        tag = fdt_next_tag(fdt, at, &offset);
    } while (tag == FDT_NOP);
    switch (item) {
        case TreeItem::Node: return tag == FDT_BEGIN_NODE && is_node_of(fdt, at, cursor);
        case TreeItem::Property: return tag == FDT_PROP && is_property_of(fdt, at, cursor);
        case TreeItem::EndOfNode: return tag == FDT_END_NODE;
        case TreeItem::EndOfTree: return tag == FDT_END;
    }
    return false;
}

bool agrees_on_reservations(void const* fdt, DeviceTree const& tree) {
    if (fdt_num_mem_rsv(fdt) != static_cast<int>(tree.reservation_count())) {
        return false;
    }
    for (std::uint32_t index = 0; index < tree.reservation_count(); ++index) {
        std::uint64_t address = 0;
        std::uint64_t bytes = 0;
        fdt_get_mem_rsv(fdt, static_cast<int>(index), &address, &bytes);
        auto const reservation = tree.reservation(index);
        if (reservation.address != address || reservation.bytes != bytes) {
            return false;
        }
    }
    return true;
}

// What we refuse and libfdt does not: versions without the length of the structure block, an
// unaligned structure block, nodes that are too deep, a second root, a property behind a child.
bool is_stricter_by_choice(Error error) {
    return error == Error::TreeBadVersion || error == Error::TreeBadStructure ||
           error == Error::TreeTooDeep;
}

class Nowhere final : public kernel::TextOutput {
public:
    void write(std::string_view) override {}
};

// As `dt` does.
void print_values(DeviceTree const& tree) {
    Nowhere out;
    TreeCursor cursor = tree.walk();
    for (auto item = cursor.next(); item && *item != TreeItem::EndOfTree; item = cursor.next()) {
        if (*item == TreeItem::Property) {
            print_tree_value(out, cursor.value());
        }
    }
}

// What the kernel does with a board at boot.
std::string use_board(kernel::Board const& board) {
    for (auto const device : {board.uart, board.gpio, board.mailbox, board.armctrl, board.gic}) {
        if (device) {
            (void)board.interrupt_of(*device);
        }
    }
    mm::MemoryMap map;
    mm::MemoryFacts const facts{
        .image = {PhysAddr{0x8'0000}, PhysAddr{0x20'0000}}
    };
    (void)mm::describe_memory(map, board, facts);
    for (mm::Region const& region : map.regions()) {
        for (kernel::ReservedMemory const& reserved : board.reserved) {
            bool const is_given = region.is_usable() &&
                                  reserved.range.begin < region.frames.end.address() &&
                                  region.frames.first.address() < reserved.range.end;
            if (is_given && !reserved.range.empty()) {
                return "reserved memory is handed out";
            }
        }
    }
    return {};
}

}  // namespace

Verdict compare_with_libfdt(Blob const& blob) {
    bool const accepted = libfdt_accepts(blob);
    auto const refused = [accepted](Error error) {
        if (!accepted) {
            return Verdict::BothRefuse;
        }
        return is_stricter_by_choice(error) ? Verdict::Stricter : Verdict::Disagrees;
    };
    auto const tree = DeviceTree::open(blob.bytes());
    if (!tree) {
        return refused(tree.error());
    }
    if (accepted && !agrees_on_reservations(blob.data(), *tree)) {
        return Verdict::Disagrees;
    }
    TreeCursor cursor = tree->walk();
    int offset = 0;
    while (true) {
        auto const item = cursor.next();
        if (!item) {
            return refused(item.error());
        }
        if (accepted && !agrees_on_item(blob.data(), offset, *item, cursor)) {
            return Verdict::Disagrees;
        }
        if (*item == TreeItem::EndOfTree) {
            return accepted ? Verdict::Agrees : Verdict::Disagrees;
        }
    }
}

std::string use_tree(Blob const& blob, Verdict verdict) {
    auto const tree = DeviceTree::open(blob.bytes());
    if (!tree) {
        return {};
    }
    for (std::uint64_t const address : {0x3f20'1000ULL, 0x10'7d00'1000ULL, 0ULL}) {
        (void)device_at(*tree, PhysAddr{address});
    }
    (void)tree->find("serial0/bluetooth");
    print_values(*tree);
    kernel::Board board;
    auto const outcome = board.read(*tree);
    if (verdict == Verdict::Agrees) {
        std::string difference = difference_to_libfdt(board, outcome, blob.bytes());
        if (!difference.empty()) {
            return difference;
        }
    }
    return outcome ? use_board(board) : "";
}

}  // namespace test
