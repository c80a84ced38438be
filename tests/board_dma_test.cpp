// SPDX-License-Identifier: MIT
// How much of memory the devices beside the mailbox reach, and where it is for them.
#include "kernel/board.hpp"

#include "tests/support/device_trees.hpp"

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

#include <CppUTest/TestHarness.h>

namespace {

using kernel::Board;
using kernel::DmaWindow;
using test::Blob;
using test::root;
using test::TreeBuilder;

using Cells = std::initializer_list<std::uint32_t>;

constexpr std::uint64_t kTop = std::numeric_limits<std::uint64_t>::max();

TreeBuilder& bus(TreeBuilder& builder, std::string_view name) {
    builder.begin(name).flag("ranges").cells("#address-cells", {1});
    return builder.cells("#size-cells", {1});
}

TreeBuilder& mailbox(TreeBuilder& builder) {
    builder.begin("mailbox").text("compatible", {"brcm,bcm2835-mbox"});
    return builder.cells("reg", {0x1000, 0x40}).end();
}

// What a board says whose tree is that.
std::optional<DmaWindow> window_of(TreeBuilder const& builder) {
    Blob const blob = builder.blob();
    Board board;
    CHECK(static_cast<bool>(board.read(kernel::DeviceTree::open(blob.bytes()).value())));
    return board.dma;
}

void check(std::optional<DmaWindow> const& window, std::uint64_t end, std::uint64_t bus_begin) {
    UNSIGNED_LONGS_EQUAL(end, window.value().memory.end.raw());
    UNSIGNED_LONGS_EQUAL(bus_begin, window.value().bus_begin);
}

}  // namespace

TEST_GROUP(BoardDma) {
    kernel::TreeBuses buses;
    std::vector<std::uint8_t> value;

    /// Of a device on a bus whose addresses have that many cells below and above it, and its sizes
    /// one.
    std::optional<DmaWindow> window(std::uint32_t below, std::uint32_t above, Cells dma_ranges) {
        value.resize(4 * dma_ranges.size());
        std::size_t at = 0;
        for (std::uint32_t const cell : dma_ranges) {
            kernel::store_be32(value.data() + at, cell);
            at += 4;
        }
        buses.bus(1).address_cells = above;
        buses.bus(2).address_cells = below;
        buses.bus(2).dma_ranges = value;
        return buses.dma_window(3);
    }
};

TEST(BoardDma, ReachesWhatTheFirstEntrySays) {
    TreeBuilder builder = root();
    bus(builder, "soc").cells("dma-ranges", {0xc000'0000, 0x100'0000, 0x3f00'0000, 0, 0, 0});
    mailbox(builder).end().end();

    auto const found = window_of(builder);

    UNSIGNED_LONGS_EQUAL(0x100'0000, found->memory.begin.raw());
    check(found, 0x4000'0000, 0xc000'0000);
}

TEST(BoardDma, ReachesAllWhereNothingIsSaid) {
    TreeBuilder on_bus = root();
    mailbox(bus(on_bus, "soc")).end().end();
    check(window_of(on_bus), kTop, 0);
    TreeBuilder on_root = root();
    check(window_of(mailbox(on_root).end()), kTop, 0);
    check(window(1, 1, {}), kTop, 0);
}

TEST(BoardDma, IsNotKnownOfABoardWithoutAMailbox) {
    TreeBuilder builder = root();
    bus(builder, "soc").cells("dma-ranges", {0, 0, 1}).end().end();

    CHECK_FALSE(window_of(builder).has_value());
}

TEST(BoardDma, IsThatOfTheFirstMailbox) {
    TreeBuilder builder = root();
    mailbox(bus(builder, "soc").cells("dma-ranges", {8, 0, 16})).end();
    mailbox(bus(builder, "other").cells("dma-ranges", {9, 0, 16})).end().end();

    check(window_of(builder), 16, 8);
}

TEST(BoardDma, IsNotKnownFurtherDownThanOnABusOfTheRoot) {
    TreeBuilder builder = root();
    mailbox(bus(bus(builder, "soc"), "inner")).end().end().end();

    CHECK_FALSE(window_of(builder).has_value());
}

TEST(BoardDma, CountsCellsAsEachBusDoes) {
    check(window(2, 3, {1, 2, 0, 3, 4, 5}), 0x3'0000'0009, 0x1'0000'0002);
    check(window(1, 4, {7, 0, 0, 0, 4, 5}), 9, 7);
}

TEST(BoardDma, IsNotKnownWhereTheEntryMakesNoSense) {
    Cells const many{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    CHECK_FALSE(window(1, 1, {0xc000'0000, 0}).has_value());
    CHECK_FALSE(window(2, 2, {0, 0xc000'0000, 0, 0}).has_value());
    CHECK_FALSE(window(5, 1, many).has_value());
    CHECK_FALSE(window(1, 5, many).has_value());
    CHECK_FALSE(window(0, 1, many).has_value());
    CHECK_FALSE(window(1, 0, many).has_value());
}

TEST(BoardDma, IsNotKnownWhereAnAddressHasMoreThan64Bits) {
    check(window(3, 1, {0, 0, 7, 0, 1}), 1, 7);
    CHECK_FALSE(window(3, 1, {1, 0, 7, 0, 1}).has_value());
    CHECK_FALSE(window(1, 3, {7, 1, 0, 0, 1}).has_value());
    check(window(3, 3, {0, ~0U, ~0U, 0, 0, 0, 5}), 5, kTop);
}

TEST(BoardDma, EndsAtTheLastAddress) {
    check(window(1, 2, {0, 0xffff'ffff, 0xffff'f000, 0x2000}), kTop, 0);
    check(window(1, 2, {0, 0xffff'ffff, 0xffff'f000, 0xfff}), kTop, 0);
    check(window(1, 2, {0, 0xffff'ffff, 0xffff'f000, 0xffe}), kTop - 1, 0);
}
