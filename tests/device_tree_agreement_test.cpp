// SPDX-License-Identifier: MIT
// libfdt is the oracle: over sound trees, and over damaged ones that it, too, accepts.
#include "kernel/device_tree.hpp"
#include "kernel/mm/trial/random.hpp"

#include "tests/support/depth.hpp"
#include "tests/support/device_trees.hpp"
#include "tests/support/tree_oracle.hpp"

#include <libfdt.h>
#include <sanitizer/asan_interface.h>
#include <string>

#include <CppUTest/TestHarness.h>

namespace {

using kernel::DeviceTree;
using test::Blob;
using test::NamedTree;
using test::Verdict;

bool is_node_of(void const* fdt, int offset, kernel::TreeCursor const& cursor) {
    int length = -1;
    char const* const name = fdt_get_name(fdt, offset, &length);
    return name == cursor.name().data() && static_cast<std::size_t>(length) == cursor.name().size();
}

// Both read the same in it, or refuse it; and whatever it is, nothing of the kernel stumbles.
Verdict check_blob(Blob const& blob, std::string const& name) {
    Verdict const verdict = test::compare_with_libfdt(blob);
    CHECK_TEXT(verdict != Verdict::Disagrees, name.c_str());
    STRCMP_EQUAL_TEXT("", test::use_tree(blob, verdict).c_str(), name.c_str());
    return verdict;
}

std::string flipped(NamedTree const& tree, std::size_t bit) {
    return tree.name + " with bit " + std::to_string(bit) + " flipped";
}

void check_flip(NamedTree& tree, std::size_t bit) {
    std::uint8_t& byte = tree.blob.data()[bit / 8];
    auto const mask = static_cast<std::uint8_t>(1U << bit % 8);
    byte ^= mask;
    check_blob(tree.blob, flipped(tree, bit));
    byte ^= mask;
}

}  // namespace

TEST_GROUP(DeviceTreeAgreement){};

TEST(DeviceTreeAgreement, OnEveryItemAndTheBoardOfEveryTree) {
    for (NamedTree const& tree : test::all_trees()) {
        CHECK(check_blob(tree.blob, tree.name) == Verdict::Agrees);
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
    using test::blob_header::kStructureBytes;
    for (NamedTree& tree : test::all_trees()) {
        std::uint32_t const whole = tree.blob.get(kStructureBytes);
        std::uint32_t const step = tree.blob.size() < 4096 ? 1 : 401;
        for (std::uint32_t size = 0; size < whole; size += step) {
            tree.blob.put(kStructureBytes, size);
            CHECK(check_blob(tree.blob, tree.name) == Verdict::BothRefuse);
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

// All of them at DEPTH=all.
TEST(DeviceTreeAgreement, SurvivesBitFlipsAnywhere) {
    for (NamedTree& tree : test::all_trees()) {
        std::size_t const bits = 8 * tree.blob.size();
        bool const is_small = tree.blob.size() < 4096;
        if (test::depth() == test::Depth::All) {
            for (std::size_t bit = 0; bit < bits; ++bit) {
                check_flip(tree, bit);
            }
            continue;
        }
        mm::Random random{20'160'229};
        std::size_t const flips = (is_small ? 1500UL : 150UL) * test::everyday_or(1UL, 10UL);
        for (std::size_t flip = 0; flip < flips; ++flip) {
            check_flip(tree, random.below(bits));
        }
    }
}
