// SPDX-License-Identifier: MIT
// What of a tree is looked at, and what lies where nobody can use it.
#include "kernel/board.hpp"

#include "tests/support/device_trees.hpp"

#include <array>
#include <optional>
#include <string>

#include <CppUTest/TestHarness.h>

namespace {

using kernel::Board;
using kernel::PhysAddr;
using test::Blob;
using test::TreeBuilder;

// Bytes have one cell for addresses and one for sizes; there is RAM, and the root stays open.
TreeBuilder root() {
    TreeBuilder builder;
    builder.begin("").cells("#address-cells", {1}).cells("#size-cells", {1});
    builder.begin("memory").text("device_type", {"memory"}).cells("reg", {0, 0x100'0000}).end();
    return builder;
}

TreeBuilder& bus(TreeBuilder& builder, std::string_view name) {
    builder.begin(name).cells("#address-cells", {1}).cells("#size-cells", {1});
    return builder;
}

TreeBuilder& uart(TreeBuilder& builder, std::uint32_t address) {
    builder.begin("uart").text("compatible", {"arm,pl011"}).cells("reg", {address, 0x1000});
    return builder.end();
}

TreeBuilder& core(TreeBuilder& builder, std::string_view name) {
    return builder.begin(name).text("device_type", {"cpu"}).cells("reg", {5}).end();
}

}  // namespace

TEST_GROUP(BoardReach) {
    std::optional<Blob> blob;  // The board's names lie in it.
    Board board;

    void read(TreeBuilder & builder) {
        blob.emplace(builder.end().blob());
        CHECK(bool{board.read(kernel::DeviceTree::open(blob->bytes()).value())});
    }
    std::uint64_t uart_address() const {
        return board.uart ? board.uart->registers.begin.raw() : 0;
    }
};

TEST(BoardReach, GoesThroughABusOnABus) {
    TreeBuilder builder = root();
    bus(builder, "soc").cells("ranges", {0, 0x4000'0000, 0x100'0000});
    bus(builder, "inner").cells("ranges", {0, 0x1'0000, 0x1'0000});
    uart(builder, 0x2000).end().end();

    read(builder);

    UNSIGNED_LONGS_EQUAL(0x4001'2000, uart_address());
}

TEST(BoardReach, IsNotAskedWhatLiesBelowADevice) {
    TreeBuilder builder = root();
    bus(builder, "soc").flag("ranges");
    bus(builder, "i2c");  // No way from its chips to the CPU.
    core(builder, "chip").end();
    bus(builder, "off").flag("ranges").text("status", {"disabled"});
    core(builder, "hidden").end();
    bus(builder, "on").flag("ranges");
    core(builder, "seen").end().end();

    read(builder);

    UNSIGNED_LONGS_EQUAL(1, board.cores.size());
}

TEST(BoardReach, WhatIsSwitchedOffHidesWhatFollowsWhatIsOn) {
    TreeBuilder builder = root();
    bus(builder, "on").flag("ranges").begin("other").end().end();
    bus(builder, "off").flag("ranges").text("status", {"disabled"});
    uart(builder, 0x2000).end();

    read(builder);

    CHECK_FALSE(board.uart.has_value());
}

TEST(BoardReach, LabelsAndShortNamesAreNoDevices) {
    TreeBuilder builder = root();
    for (char const* const name : {"aliases", "__symbols__"}) {
        builder.begin(name).text("compatible", {"arm,pl011"}).cells("reg", {0x2000, 0x1000}).end();
    }

    read(builder);

    CHECK_FALSE(board.uart.has_value());
}

TEST(BoardReach, ABusWhoseCellsAreNoNumberHasNoDevices) {
    for (bool const is_address : {true, false}) {
        board = Board{};
        TreeBuilder builder = root();
        builder.begin("soc").flag("ranges");
        builder.bytes("#address-cells", std::array<std::uint8_t, 8>{0, 0, 0, 1})
            .cells("#size-cells", {1});
        builder.end();
        builder.begin("other").flag("ranges");
        if (is_address) {
            builder.cells("#address-cells", {0, 1}).cells("#size-cells", {1});
        } else {
            builder.cells("#address-cells", {1}).cells("#size-cells", {0, 1});
        }
        uart(builder, 0x2000).end();

        read(builder);

        CHECK_FALSE(board.uart.has_value());
    }
}

TEST(BoardReach, AnInitrdHasABeginningAndALaterEnd) {
    using Cells = std::initializer_list<std::uint32_t>;
    auto const is_initrd = [this](Cells begin, Cells end) {
        board = Board{};
        TreeBuilder builder = root();
        builder.begin("chosen").cells("linux,initrd-start", begin);
        builder.cells("linux,initrd-end", end).end();
        read(builder);
        return board.initrd.has_value();
    };
    CHECK_TRUE(is_initrd({0x2000}, {0x2001}));
    CHECK_FALSE(is_initrd({0x2000}, {0x2000}));
    CHECK_FALSE(is_initrd({0x2000}, {0x1fff}));
    CHECK_FALSE(is_initrd({}, {0x2001}));
    CHECK_FALSE(is_initrd({0}, {}));
}

TEST(BoardReach, WhatIsChosenStandsInItsNodeAndNotInAChild) {
    TreeBuilder builder = root();
    builder.begin("chosen").begin("child").text("bootargs", {"child"}).end().end();

    read(builder);

    CHECK(board.bootargs.empty());
}

TEST(BoardReach, WhereStdoutPathLeadsNowhereTheFirstUartIsTaken) {
    for (char const* const path : {"/nowhere", "serial9", ""}) {
        board = Board{};
        TreeBuilder builder = root();
        uart(builder, 0x1000);
        uart(builder, 0x2000);
        builder.begin("chosen").text("stdout-path", {path}).end();

        read(builder);

        UNSIGNED_LONGS_EQUAL(0x1000, uart_address());
    }
}

TEST(BoardReach, TheCpuInterfaceIsThatOfTheGicThatIsTaken) {
    TreeBuilder builder = root();
    builder.begin("a").text("compatible", {"arm,gic-400"}).cells("reg", {0x1000, 16}).end();
    builder.begin("b").text("compatible", {"arm,gic-400"});
    builder.cells("reg", {0x2000, 16, 0x3000, 16}).end();

    read(builder);

    UNSIGNED_LONGS_EQUAL(0x1000, board.gic.value().registers.begin.raw());
    CHECK_FALSE(board.gic_cpu.has_value());
}

TEST(BoardReach, WhatTheRootSaysStaysThoughTheTreeIsRefused) {
    blob.emplace(TreeBuilder{}.begin("").text("model", {"a board"}).end().blob());

    auto const outcome = board.read(kernel::DeviceTree::open(blob->bytes()).value());

    CHECK(outcome.error() == kernel::Error::TreeNoMemory);
    CHECK(board.model == "a board");
}

TEST(BoardReach, OnlyChildrenOfReservedMemoryReserve) {
    TreeBuilder builder = root();
    bus(builder, "reserved-memory").flag("ranges");
    bus(builder, "region").flag("ranges").cells("reg", {0x1000, 0x1000});
    builder.begin("part").cells("reg", {0x5000, 0x1000}).end();
    builder.end().end();

    read(builder);

    UNSIGNED_LONGS_EQUAL(1, board.reserved.size());
    CHECK(board.reserved[0].range.begin == PhysAddr{0x1000});
}

TEST(BoardReach, NamesFarIntoTheStringsAreKnownToo) {
    TreeBuilder builder = root();
    builder.begin("many");
    for (unsigned number = 0; number < 2000; ++number) {
        builder.flag("a-property-with-a-long-name-" + std::to_string(number));
    }
    builder.flag("\x80").flag("#clock-cells").flag("regulator").flag("status-led");
    builder.end();
    builder.begin("chosen").text("bootargs", {"far"}).text("stdout-path", {"/uart"}).end();
    uart(builder, 0x2000);

    read(builder);

    UNSIGNED_LONGS_EQUAL(0x2000, uart_address());
    STRCMP_EQUAL("far", std::string{board.bootargs}.c_str());
}
