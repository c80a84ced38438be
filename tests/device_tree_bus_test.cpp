// SPDX-License-Identifier: MIT
#include "kernel/device_tree_bus.hpp"

#include "tests/support/device_trees.hpp"

#include <cstddef>
#include <libfdt.h>
#include <optional>
#include <string>
#include <utility>

#include <CppUTest/TestHarness.h>

namespace {

using kernel::DeviceTree;
using kernel::PhysAddr;
using kernel::PhysRange;
using kernel::TreeBuses;
using kernel::TreeCursor;
using kernel::TreeItem;
using test::Blob;
using test::NamedTree;
using test::TreeBuilder;

__extension__ using Wide = unsigned __int128;

// --- An oracle that climbs from the node to the root with libfdt
// -----------------------------------

Wide read_cells(fdt32_t const* cells, int count) {
    Wide value = 0;
    for (int index = 0; index < count; ++index) {
        value = value << 32 | fdt32_to_cpu(cells[index]);
    }
    return value;
}

// From below `bus`, whose parent has `above` address cells.
std::optional<Wide> climb(void const* fdt, int bus, int above, Wide address) {
    int length = -1;
    auto const* entry = static_cast<fdt32_t const*>(fdt_getprop(fdt, bus, "ranges", &length));
    if (entry == nullptr) {
        return {};
    }
    if (length == 0) {
        return address;
    }
    int const own = fdt_address_cells(fdt, bus);
    int const sizes = fdt_size_cells(fdt, bus);
    if (own < 1 || sizes < 1 || length % (4 * (own + above + sizes)) != 0) {
        return {};
    }
    for (; length > 0; length -= 4 * (own + above + sizes), entry += own + above + sizes) {
        Wide const from = read_cells(entry, own);
        Wide const size = read_cells(entry + own + above, sizes);
        if (address >= from && address - from < size) {
            return read_cells(entry + own, above) + (address - from);
        }
    }
    return {};
}

std::optional<std::pair<Wide, Wide>> oracle(void const* fdt, int node, int index) {
    int length = -1;
    auto const* reg = static_cast<fdt32_t const*>(fdt_getprop(fdt, node, "reg", &length));
    int bus = fdt_parent_offset(fdt, node);
    if (reg == nullptr || bus < 0) {
        return {};
    }
    int const cells = fdt_address_cells(fdt, bus);
    int const sizes = fdt_size_cells(fdt, bus);
    if (cells < 1 || sizes < 1 || length < 4 * (index + 1) * (cells + sizes)) {
        return {};
    }
    reg += std::ptrdiff_t{index} * (cells + sizes);
    std::optional<Wide> address = read_cells(reg, cells);
    while (address && bus != 0) {
        int const parent = fdt_parent_offset(fdt, bus);
        address = climb(fdt, bus, fdt_address_cells(fdt, parent), *address);
        bus = parent;
    }
    if (!address || *address >> 64 != 0) {
        return {};
    }
    return std::pair{*address, read_cells(reg + cells, sizes)};
}

bool agrees(void const* fdt, int node, TreeBuses const& buses, TreeCursor const& reg) {
    for (int index = 0;; ++index) {
        auto const wanted = oracle(fdt, node, index);
        auto const range =
            buses.registers(reg.depth(), reg.value(), static_cast<std::size_t>(index));
        if (!wanted || !range) {
            return wanted.has_value() == range.has_value();
        }
        if (range->begin.raw() != wanted->first || range->bytes() != wanted->second) {
            return false;
        }
    }
}

// --- Small trees
// -----------------------------------------------------------------------------------

// The first `reg` in the tree, translated.
std::optional<PhysRange> first_registers(Blob const& blob) {
    TreeCursor cursor = DeviceTree::open(blob.bytes()).value().walk();
    TreeBuses buses;
    while (true) {
        TreeItem const item = cursor.next().value();
        if (item == TreeItem::EndOfTree) {
            return {};
        }
        buses.follow(cursor, item);
        if (item == TreeItem::Property && cursor.name() == "reg") {
            return buses.registers(cursor.depth(), cursor.value());
        }
    }
}

struct Cells {
    std::uint32_t address;
    std::uint32_t size;
};

Blob device(Cells cells, std::initializer_list<std::uint32_t> reg) {
    return TreeBuilder{}
        .begin("")
        .cells("#address-cells", {cells.address})
        .cells("#size-cells", {cells.size})
        .begin("device")
        .cells("reg", reg)
        .end()
        .end()
        .blob();
}

Blob device_on_bus(Cells cells, std::initializer_list<std::uint32_t> ranges,
                   std::initializer_list<std::uint32_t> reg) {
    return TreeBuilder{}
        .begin("")
        .begin("bus")
        .cells("#address-cells", {cells.address})
        .cells("#size-cells", {cells.size})
        .cells("ranges", ranges)
        .begin("device")
        .cells("reg", reg)
        .end()
        .end()
        .end()
        .blob();
}

constexpr PhysRange range(std::uint64_t begin, std::uint64_t end) {
    return {PhysAddr{begin}, PhysAddr{end}};
}

std::string name_at(NamedTree const& tree, std::uint64_t address) {
    auto const device =
        device_at(DeviceTree::open(tree.blob.bytes()).value(), PhysAddr{address}).value();
    return device ? std::string{device->name} : "none";
}

}  // namespace

TEST_GROUP(TreeBuses){};

TEST(TreeBuses, TranslateAsAnIndependentOracleDoes) {
    for (NamedTree const& tree : test::all_trees()) {
        void const* const fdt = tree.blob.data();
        TreeCursor cursor = DeviceTree::open(tree.blob.bytes()).value().walk();
        TreeBuses buses;
        int node = -1;
        while (true) {
            TreeItem const item = cursor.next().value();
            if (item == TreeItem::EndOfTree) {
                break;
            }
            buses.follow(cursor, item);
            if (item == TreeItem::Node) {
                node = node < 0 ? 0 : fdt_next_node(fdt, node, nullptr);
            }
            if (item == TreeItem::Property && cursor.is_called("reg")) {
                CHECK_TEXT(agrees(fdt, node, buses, cursor), tree.name.c_str());
            }
        }
    }
}

TEST(TreeBuses, ReadOneToFourCells) {
    CHECK(first_registers(device({1, 1}, {0x1000, 0x20})) == range(0x1000, 0x1020));
    CHECK(first_registers(device({2, 1}, {1, 0x1000, 0x20})) ==
          range(0x1'0000'1000, 0x1'0000'1020));
    CHECK(first_registers(device({4, 4}, {0, 0, 1, 0x1000, 0, 0, 0, 0x20})) ==
          range(0x1'0000'1000, 0x1'0000'1020));
    // Without the properties: two and one.
    Blob const unsaid =
        TreeBuilder{}.begin("").begin("device").cells("reg", {1, 2, 3}).end().end().blob();
    CHECK(first_registers(unsaid) == range(0x1'0000'0002, 0x1'0000'0005));
}

TEST(TreeBuses, GiveNothingForOtherNumbersOfCells) {
    for (Cells const cells : {
             Cells{0,           1          },
             Cells{1,           0          },
             Cells{5,           1          },
             Cells{1,           5          },
             Cells{0x4000'0001, 1          },
             Cells{0xffff'ffff, 0xffff'ffff}
    }) {
        CHECK(!first_registers(device(cells, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})));
        CHECK(
            !first_registers(device_on_bus(cells, {1, 2, 3, 4}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})));
    }
    // An address that no CPU has.
    CHECK(!first_registers(device({3, 1}, {1, 0, 0x1000, 0x20})));
}

TEST(TreeBuses, GiveNothingForRegistersCutShort) {
    CHECK(!first_registers(device({1, 1}, {})));
    CHECK(!first_registers(device({1, 1}, {0x1000})));
    CHECK(!first_registers(device({2, 2}, {0, 0x1000, 0})));
}

TEST(TreeBuses, CutOffRangesThatWrap) {
    constexpr std::uint64_t kLast = ~std::uint64_t{0};
    CHECK(first_registers(device({2, 2}, {~0U, ~0U - 9, 0, 10})) == range(kLast - 9, kLast));
    CHECK(first_registers(device({2, 2}, {0, 16, ~0U, ~0U})) == range(16, kLast));
    CHECK(first_registers(device({2, 3}, {0, 16, 1, 0, 0})) == range(16, kLast));
}

TEST(TreeBuses, GoThroughRanges) {
    CHECK(first_registers(device_on_bus({1, 1}, {0x7e00, 0, 0x3f00, 0x100}, {0x7e20, 4})) ==
          range(0x3f20, 0x3f24));
    // The second entry; the first ends just before it.
    CHECK(first_registers(device_on_bus({1, 1}, {0, 0, 0x1000, 16, 16, 1, 0, 16}, {16, 4})) ==
          range(0x1'0000'0000, 0x1'0000'0004));
    // An entry that goes on where 64 bits end.
    CHECK(first_registers(device_on_bus({3, 1}, {0, 0xffff'ffff, 0xffff'f000, 0, 0x3f00, 0x2000},
                                        {1, 0, 0x10, 4})) == range(0x4f10, 0x4f14));
    // Empty: the same above as below.
    CHECK(first_registers(device_on_bus({1, 1}, {}, {0x7e20, 4})) == range(0x7e20, 0x7e24));
}

TEST(TreeBuses, GiveNothingForWhatRangesDoNotCover) {
    CHECK(!first_registers(device_on_bus({1, 1}, {0x7e00, 0, 0x3f00, 0x20}, {0x7e20, 4})));
    CHECK(!first_registers(device_on_bus({1, 1}, {0x7e00, 0, 0x3f00, 0x20}, {0x7dff, 4})));
    CHECK(!first_registers(device_on_bus({1, 1}, {0x7e00, 0, 0x3f00}, {0x7e00, 4})));
    Blob const no_ranges = TreeBuilder{}
                               .begin("")
                               .begin("bus")
                               .begin("device")
                               .cells("reg", {0, 1, 2})
                               .end()
                               .end()
                               .end()
                               .blob();
    CHECK(!first_registers(no_ranges));
}

TEST(TreeBuses, GiveNothingBeyondTheLastAddress) {
    // The bus begins 4 KiB below it; above it addresses go on, in a third cell.
    Blob const blob = TreeBuilder{}
                          .begin("")
                          .cells("#address-cells", {3})
                          .begin("bus")
                          .cells("#address-cells", {1})
                          .cells("#size-cells", {1})
                          .cells("ranges", {0, 0, ~0U, 0xffff'f000, 0x1'0000})
                          .begin("device")
                          .cells("reg", {0x2000, 4})
                          .end()
                          .end()
                          .end()
                          .blob();
    CHECK(!first_registers(blob));
}

TEST(TreeBuses, FindTheDeviceAtAnAddress) {
    for (NamedTree const& tree : test::all_trees()) {
        bool const is_pi_3 = tree.name.starts_with("bcm2837") || tree.name.starts_with("bcm2710");
        if (is_pi_3) {
            STRCMP_EQUAL("serial@7e201000", name_at(tree, 0x3f20'1000).c_str());
            STRCMP_EQUAL("serial@7e201000", name_at(tree, 0x3f20'11ff).c_str());
            STRCMP_EQUAL("none", name_at(tree, 0x3f20'1200).c_str());
            STRCMP_EQUAL("none", name_at(tree, 0x3eff'ffff).c_str());
        }
        STRCMP_EQUAL("none", name_at(tree, 0).c_str());
        STRCMP_EQUAL("none", name_at(tree, ~std::uint64_t{0}).c_str());
    }
}

namespace {

TreeBuilder& device(TreeBuilder& builder, std::string_view name,
                    std::initializer_list<std::uint32_t> reg) {
    return builder.begin(name).cells("reg", reg).end();
}

}  // namespace

TEST(TreeBuses, FindTheDeviceWhateverStandsBesideIt) {
    TreeBuilder builder;
    builder.begin("").cells("#address-cells", {1}).cells("#size-cells", {1});
    builder.begin("memory").text("device_type", {"memory"}).cells("reg", {0, 0x1000}).end();
    device(builder, "last", {~0U, 1, 0x3000, 0x100});
    device(builder, "two", {0x4000, 0x100, 0x5000, 0x100});
    builder.begin("bus")
        .cells("#address-cells", {1})
        .cells("#size-cells", {1})
        .flag("ranges")
        .end();
    builder.begin("other").flag("ranges");  // Two cells and one, for it says nothing.
    device(builder, "wide", {0, 0x6000, 0x100}).end();
    builder.begin("odd").cells("#address-cells", {0, 1}).cells("#size-cells", {1}).flag("ranges");
    device(builder, "lost", {0x7000, 0x100}).end();
    builder.begin("reserved-memory").cells("#address-cells", {1}).cells("#size-cells", {1});
    builder.flag("ranges");
    device(builder, "kept", {0x8000, 0x100}).end();
    device(builder, "after", {0x9000, 0x100});
    NamedTree const tree{"made", builder.end().blob()};

    STRCMP_EQUAL("last", name_at(tree, 0x3000).c_str());
    STRCMP_EQUAL("two", name_at(tree, 0x4000).c_str());
    STRCMP_EQUAL("two", name_at(tree, 0x50ff).c_str());
    STRCMP_EQUAL("wide", name_at(tree, 0x6000).c_str());
    STRCMP_EQUAL("none", name_at(tree, 0x7000).c_str());
    STRCMP_EQUAL("none", name_at(tree, 0x8000).c_str());
    STRCMP_EQUAL("after", name_at(tree, 0x9000).c_str());
}

TEST(TreeBuses, GoOnBehindARangeAtTheLastAddress) {
    TreeBuilder builder;
    builder.begin("").cells("#address-cells", {2}).cells("#size-cells", {1});
    device(builder, "edge", {~0U, ~0U, 1, 0, 0x3000, 0x100});
    NamedTree const tree{"made", builder.end().blob()};

    STRCMP_EQUAL("edge", name_at(tree, 0x3000).c_str());
}

TEST(TreeBuses, GiveNothingWhereABusFurtherUpHasOtherNumbersOfCells) {
    auto const through = [](Cells top, Cells middle) {
        return TreeBuilder{}
            .begin("")
            .cells("#address-cells", {top.address})
            .cells("#size-cells", {top.size})
            .begin("outer")
            .cells("#address-cells", {middle.address})
            .cells("#size-cells", {middle.size})
            .cells("ranges", {0, 0x1000, 0x100})
            .begin("inner")
            .cells("#address-cells", {1})
            .cells("#size-cells", {1})
            .flag("ranges")
            .begin("device")
            .cells("reg", {0x10, 4})
            .end()
            .end()
            .end()
            .end()
            .blob();
    };
    CHECK(first_registers(through({1, 1}, {1, 1})) == range(0x1010, 0x1014));
    CHECK(!first_registers(through({1, 1}, {0, 1})));
    CHECK(!first_registers(through({1, 1}, {1, 0})));
    CHECK(!first_registers(through({0, 1}, {1, 1})));
    CHECK(!first_registers(through({5, 1}, {1, 1})));
    // The length is right for a root whose addresses have no cells.
    TreeBuilder builder;
    builder.begin("").cells("#address-cells", {0}).begin("bus").cells("#address-cells", {1});
    builder.cells("ranges", {0, 0x100}).begin("device").cells("reg", {0x10, 4}).end();
    CHECK(!first_registers(builder.end().end().blob()));
}

TEST(TreeBuses, TakeNeitherMemoryNorReservedMemoryForADevice) {
    TreeBuilder builder;
    builder.begin("").cells("#address-cells", {1}).cells("#size-cells", {1});
    builder.begin("memory").text("device_type", {"memory"}).cells("reg", {0, 0x1000}).end();
    builder.begin("reserved-memory").cells("#address-cells", {1}).cells("#size-cells", {1});
    builder.flag("ranges").cells("reg", {0x1000, 0x1000});
    builder.begin("firmware").cells("reg", {0x2000, 0x1000}).end().end();
    builder.begin("device").cells("reg", {0, 0x4000}).end().end();
    NamedTree const tree{"", builder.blob()};
    for (std::uint64_t address = 0; address < 0x4000; address += 0x1000) {
        STRCMP_EQUAL("device", name_at(tree, address).c_str());
    }
}

TEST(TreeBuses, FindNoDeviceInADamagedTree) {
    Blob const blob = TreeBuilder{}.begin("").token(7).blob();
    auto const tree = DeviceTree::open(blob.bytes()).value();
    CHECK(device_at(tree, PhysAddr{0}).error() == kernel::Error::TreeBadStructure);
}
