// SPDX-License-Identifier: MIT
// libfdt is the oracle: over sound trees, and over damaged ones that it, too, accepts.
#include "kernel/board.hpp"
#include "kernel/device_tree_bus.hpp"

#include "tests/support/device_trees.hpp"

#include <libfdt.h>
#include <random>
#include <sanitizer/asan_interface.h>
#include <string>

#include <CppUTest/TestHarness.h>

namespace {

using kernel::DeviceTree;
using kernel::Error;
using kernel::TreeCursor;
using kernel::TreeItem;
using test::Blob;
using test::NamedTree;

bool libfdt_accepts(Blob const& blob) { return fdt_check_full(blob.data(), blob.size()) == 0; }

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

enum class Verdict { Agrees, BothRefuse, Stricter, Disagrees };

// Walks the whole blob on both sides.
Verdict compare(Blob const& blob) {
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

// Everything that reads trees; what it says does not matter, only that it comes back.
void use(Blob const& blob) {
    auto const tree = DeviceTree::open(blob.bytes());
    if (tree) {
        kernel::Board board;
        (void)board.read(*tree);
        (void)device_at(*tree, kernel::PhysAddr{0x3f20'1000});
        (void)tree->find("serial0/bluetooth");
    }
}

std::string flipped(NamedTree const& tree, std::size_t bit) {
    return tree.name + " with bit " + std::to_string(bit) + " flipped";
}

void check_flip(NamedTree& tree, std::size_t bit) {
    std::uint8_t& byte = tree.blob.data()[bit / 8];
    auto const mask = static_cast<std::uint8_t>(1U << bit % 8);
    byte ^= mask;
    CHECK_TEXT(compare(tree.blob) != Verdict::Disagrees, flipped(tree, bit).c_str());
    use(tree.blob);
    byte ^= mask;
}

}  // namespace

TEST_GROUP(DeviceTreeAgreement){};

TEST(DeviceTreeAgreement, OnEveryItemOfEveryTree) {
    for (NamedTree const& tree : test::all_trees()) {
        CHECK_TEXT(compare(tree.blob) == Verdict::Agrees, tree.name.c_str());
    }
}

TEST(DeviceTreeAgreement, OnEveryPathAndProperty) {
    for (NamedTree const& named : test::all_trees()) {
        auto const tree = DeviceTree::open(named.blob.bytes()).value();
        void const* const fdt = named.blob.data();
        std::array<char, 512> path{};
        for (int node = 0; node >= 0; node = fdt_next_node(fdt, node, nullptr)) {
            fdt_get_path(fdt, node, path.data(), static_cast<int>(path.size()));
            auto const found = tree.find(path.data());
            CHECK_TEXT(found && is_node_of(fdt, node, *found), path.data());
            int length = -1;
            void const* const reg = fdt_getprop(fdt, node, "reg", &length);
            auto const ours = found->property("reg").value();
            CHECK_EQUAL(reg != nullptr, ours.has_value());
            CHECK(!ours || ours->data() == reg);
        }
    }
}

TEST(DeviceTreeAgreement, OnAliases) {
    for (NamedTree const& named : test::board_trees()) {
        auto const tree = DeviceTree::open(named.blob.bytes()).value();
        for (char const* alias : {"serial0", "serial1", "serial10", "ethernet0", "nobody"}) {
            char const* const path = fdt_get_alias(named.blob.data(), alias);
            auto const ours = tree.alias(alias).value();
            CHECK_EQUAL(path != nullptr, ours.has_value());
            CHECK(!ours || *ours == path);
        }
    }
}

TEST(DeviceTreeAgreement, EveryTruncationIsRefused) {
    for (NamedTree& tree : test::all_trees()) {
        std::uint8_t* const blob = tree.blob.data();
        std::size_t const whole = tree.blob.size();
        for (std::size_t size = whole; size-- > 0;) {
            ASAN_POISON_MEMORY_REGION(blob + size, whole - size);
            CHECK(!DeviceTree::open({blob, size}));
        }
        ASAN_UNPOISON_MEMORY_REGION(blob, whole);
    }
}

// The header may agree with what is left: then the walk must meet the end.
TEST(DeviceTreeAgreement, EveryTruncatedStructureBlockIsRefused) {
    constexpr std::size_t kStructureBytes = 36;
    for (NamedTree& tree : test::all_trees()) {
        std::uint32_t const whole = tree.blob.get(kStructureBytes);
        std::uint32_t const step = tree.blob.size() < 4096 ? 1 : 401;
        for (std::uint32_t size = 0; size < whole; size += step) {
            tree.blob.put(kStructureBytes, size);
            CHECK(compare(tree.blob) == Verdict::BothRefuse);
            use(tree.blob);
        }
    }
}

TEST(DeviceTreeAgreement, SurvivesEveryBitFlipOfHeaderAndReservations) {
    for (NamedTree& tree : test::all_trees()) {
        std::size_t const bits = 8 * std::size_t{tree.blob.get(8)};
        for (std::size_t bit = 0; bit < bits; ++bit) {
            check_flip(tree, bit);
        }
    }
}

TEST(DeviceTreeAgreement, SurvivesBitFlipsAnywhere) {
    for (NamedTree& tree : test::all_trees()) {
        // NOLINTNEXTLINE(cert-msc51-cpp): the same flips in every run.
        std::mt19937 random{20'160'229};
        std::size_t const flips = tree.blob.size() < 4096 ? 4000 : 300;
        for (std::size_t flip = 0; flip < flips; ++flip) {
            check_flip(tree, random() % (8 * tree.blob.size()));
        }
    }
}
