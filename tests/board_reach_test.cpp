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
using test::root;
using test::TreeBuilder;

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
    constexpr std::array<std::uint8_t, 3> kCutShort{0, 0, 0};
    for (char const* const cut : {"none", "#address-cells", "#size-cells"}) {
        board = Board{};
        TreeBuilder builder = root();
        builder.begin("bus").flag("ranges");
        for (std::string const name : {"#address-cells", "#size-cells"}) {
            if (name == cut) {
                builder.bytes(name, kCutShort);
            } else {
                builder.cells(name, {1});
            }
        }
        uart(builder, 0x2000).end();

        read(builder);

        CHECK_EQUAL(cut == std::string{"none"}, board.uart.has_value());
    }
}

TEST(BoardReach, AnInitrdHasABeginningAndALaterEnd) {
    struct Case {
        std::optional<std::uint32_t> begin;
        std::optional<std::uint32_t> end;
        bool is_initrd = false;
    };
    for (Case const& given : {
             Case{0x2000,       0x2001,       true },
             Case{0x2000,       0x2000,       false},
             Case{0x2000,       std::nullopt, false},
             Case{0,            std::nullopt, false},
             Case{std::nullopt, 0x2001,       false}
    }) {
        board = Board{};
        TreeBuilder builder = root();
        builder.begin("chosen");
        if (given.begin) {
            builder.cells("linux,initrd-start", {*given.begin});
        }
        if (given.end) {
            builder.cells("linux,initrd-end", {*given.end});
        }
        builder.end();

        read(builder);

        CHECK_EQUAL(given.is_initrd, board.initrd.has_value());
    }
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

TEST(BoardReach, OnlyChosenItselfIsChosen) {
    TreeBuilder builder = root();
    builder.begin("chosen").begin("framebuffer").text("bootargs", {"no"}).end().end();

    read(builder);

    CHECK(board.bootargs.empty());
}

TEST(BoardReach, TheFirstInterruptControllerOfAKindCounts) {
    TreeBuilder builder = root();
    for (std::uint32_t const address : {0x1000U, 0x9000U}) {
        builder.begin("intc").text("compatible", {"arm,gic-400"});
        builder.cells("reg", {address, 0x100, address + 0x100, 0x100}).end();
    }

    read(builder);

    UNSIGNED_LONGS_EQUAL(0x1000, board.gic->registers.begin.raw());
    UNSIGNED_LONGS_EQUAL(0x1100, board.gic_cpu->begin.raw());
}

TEST(BoardReach, ACpuInterfaceIsThatOfTheSameController) {
    TreeBuilder builder = root();
    builder.begin("a").text("compatible", {"arm,gic-400"}).cells("reg", {0x1000, 16}).end();
    builder.begin("b").text("compatible", {"arm,gic-400"});
    builder.cells("reg", {0x2000, 16, 0x3000, 16}).end();

    read(builder);

    UNSIGNED_LONGS_EQUAL(0x1000, board.gic->registers.begin.raw());
    CHECK_FALSE(board.gic_cpu.has_value());
}

TEST(BoardReach, TheRootSaysWhichChipItIs) {
    struct Case {
        char const* compatible = "";
        kernel::Soc soc = kernel::Soc::Other;
    };
    for (Case const& given : {
             Case{"brcm,bcm2837", kernel::Soc::Bcm2837},
             Case{"brcm,bcm2711", kernel::Soc::Bcm2711},
             Case{"brcm,bcm2712", kernel::Soc::Bcm2712},
             Case{"brcm,bcm2713", kernel::Soc::Other  }
    }) {
        board = Board{};
        TreeBuilder builder;
        builder.begin("").text("compatible", {"a,board", given.compatible});
        builder.cells("#address-cells", {1}).cells("#size-cells", {1}).begin("memory");
        builder.text("device_type", {"memory"}).cells("reg", {0, 0x100'0000}).end();

        read(builder);

        CHECK(board.soc == given.soc);
    }
}
