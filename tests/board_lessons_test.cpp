// SPDX-License-Identifier: MIT
//
// Bugs that kernels have shipped with in finding their RAM, each under a name that says what is
// right.
#include "kernel/board.hpp"
#include "kernel/mm/board_memory.hpp"
#include "kernel/units.hpp"

#include "tests/support/device_trees.hpp"

#include <initializer_list>
#include <string_view>

#include <CppUTest/TestHarness.h>

namespace {

using kernel::kGiB;
using kernel::kMiB;
using kernel::PhysAddr;
using kernel::PhysRange;
using test::Blob;
using test::TreeBuilder;

using Cells = std::initializer_list<std::uint32_t>;

/// How many cells addresses and sizes have.
struct CellCounts {
    std::uint32_t address;
    std::uint32_t size;
};

Blob tree_with_memory(std::string_view node, CellCounts counts, Cells reg) {
    TreeBuilder builder;
    builder.begin("").cells("#address-cells", {counts.address});
    builder.cells("#size-cells", {counts.size});
    builder.begin(node).text("device_type", {"memory"}).cells("reg", reg);
    return builder.end().end().blob();
}

constexpr PhysRange range(std::uint64_t begin, std::uint64_t end) {
    return {PhysAddr{begin}, PhysAddr{end}};
}

}  // namespace

TEST_GROUP(BoardLessons) {
    kernel::Board board;

    void read(Blob const& blob) {
        board = {};
        CHECK(static_cast<bool>(board.read(*kernel::DeviceTree::open(blob.bytes()))));
    }

    /// The tree's RAM is that, and nothing else.
    void check_ram(Blob const& blob, std::initializer_list<PhysRange> banks) {
        read(blob);
        UNSIGNED_LONGS_EQUAL(banks.size(), board.ram.size());
        std::size_t index = 0;
        for (PhysRange const& bank : banks) {
            CHECK(board.ram[index++] == bank);
        }
    }
};

// Shipped: a node was looked for that is called `memory`; the tree had `memory@0`.
TEST(BoardLessons, MemoryIsFoundWhateverItsNodeIsCalled) {
    for (char const* const name : {"memory", "memory@0", "memory@80000", "ram"}) {
        check_ram(tree_with_memory(name, {1, 1}, {0x8'0000, 0x1000'0000}),
                  {range(0x8'0000, 0x1008'0000)});
    }
}

// Shipped: `reg` was taken for two cells of address and two of size, 16 bytes, whatever the tree
// said.
TEST(BoardLessons, RegIsReadInTheCellsThatTheRootCounts) {
    PhysRange const bank = range(0x4000'0000, 0x5000'0000);
    check_ram(tree_with_memory("memory", {1, 1}, {0x4000'0000, 0x1000'0000}), {bank});
    check_ram(tree_with_memory("memory", {2, 1}, {0, 0x4000'0000, 0x1000'0000}), {bank});
    check_ram(tree_with_memory("memory", {1, 2}, {0x4000'0000, 0, 0x1000'0000}), {bank});
    check_ram(tree_with_memory("memory", {2, 2}, {0, 0x4000'0000, 0, 0x1000'0000}), {bank});
    check_ram(tree_with_memory("memory", {2, 2}, {1, 0, 2, 0}), {range(4 * kGiB, 12 * kGiB)});
}

// Shipped: with one cell a size ends at 4 GiB, so more comes in banks, and only the first counted,
// or their sum ran over.
TEST(BoardLessons, MoreThanFourGibibytesComeTogetherFromSizesOfOneCell) {
    check_ram(
        tree_with_memory("memory@0", {2, 1},
                         {0, 0, 0xfc00'0000, 1, 0, 0xfff0'0000, 2, 0, 0x8000'0000}),
        {range(0, 0xfc00'0000), range(4 * kGiB, 8 * kGiB - kMiB), range(8 * kGiB, 10 * kGiB)});
    mm::MemoryMap map;
    mm::MemoryFacts const facts{.image = range(0x8'0000, 0x10'0000)};

    CHECK(static_cast<bool>(mm::describe_memory(map, board, facts)));

    std::uint64_t bytes = 0;
    for (mm::Region const& region : map.regions()) {
        bytes += region.frames.count() * mm::kFrameBytes;
    }
    UNSIGNED_LONGS_EQUAL(0xfc00'0000 + 4 * kGiB - kMiB + 2 * kGiB, bytes);
}

// Shipped: the mailbox's answer taken for all RAM; on a Pi 4 it is 948 MiB, whatever the board has.
TEST(BoardLessons, OfAPi4TheMailboxKnowsOnlyWhatLiesBelowOneGibibyte) {
    read(tree_with_memory("memory@0", {2, 1},
                          {0, 0, 0x3b40'0000, 0, 0x4000'0000, 0xbc00'0000, 1, 0, 0xffff'f000}));
    mm::MemoryMap map;
    mm::MemoryFacts facts{.image = range(0x8'0000, 0x10'0000)};
    facts.limit = range(0, 948 * kMiB);

    CHECK(*mm::describe_memory(map, board, facts));

    for (std::uint64_t const address :
         {948 * kMiB - 1, kGiB, 0xfbff'ffffUL, 4 * kGiB, 8 * kGiB - 0x2000}) {
        auto const region = map.find(mm::FrameNumber::containing(PhysAddr{address}));
        CHECK(region && region->is_usable());
    }
    CHECK_FALSE(map.find(mm::FrameNumber::containing(PhysAddr{948 * kMiB})).has_value());
}
