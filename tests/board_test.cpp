// SPDX-License-Identifier: MIT
#include "kernel/board.hpp"

#include "kernel/board_builtin.hpp"

#include "tests/support/device_trees.hpp"

#include <memory>
#include <string>

#include <CppUTest/TestHarness.h>

namespace {

using kernel::Board;
using kernel::Core;
using kernel::Device;
using kernel::Error;
using kernel::Interrupt;
using kernel::PhysAddr;
using kernel::PhysRange;
using kernel::PsciCall;
using kernel::Soc;
using test::Blob;
using test::NamedTree;
using test::TreeBuilder;

constexpr PhysRange range(std::uint64_t begin, std::uint64_t end) {
    return {PhysAddr{begin}, PhysAddr{end}};
}

kernel::Result<void> read(Board& board, Blob const& blob) {
    return board.read(kernel::DeviceTree::open(blob.bytes()).value());
}

Error error_of_reading(Blob const& blob) {
    Board board;
    return read(board, blob).error();
}

// One cell for addresses and one for sizes, 16 MiB of RAM; the root stays open.
TreeBuilder root() {
    return TreeBuilder{}
        .begin("")
        .cells("#address-cells", {1})
        .cells("#size-cells", {1})
        .begin("memory")
        .text("device_type", {"memory"})
        .cells("reg", {0, 0x100'0000})
        .end();
}

TreeBuilder& pl011(TreeBuilder& builder, std::string_view name, std::uint32_t address) {
    return builder.begin(name).text("compatible", {"arm,pl011"}).cells("reg", {address, 0x1000});
}

std::uint64_t base(std::optional<Device> const& device) {
    return device.value().registers.begin.raw();
}

std::optional<Interrupt> uart_interrupt(Board const& board) {
    return board.interrupt_of(*board.uart);
}

constexpr Interrupt gpu(std::uint32_t number) { return {Interrupt::Controller::Armctrl, number}; }
constexpr Interrupt gic(std::uint32_t number) { return {Interrupt::Controller::Gic, number}; }

// A tree as QEMU's `virt` makes it, with a second PL011 in front of the console's.
Blob virt() {
    TreeBuilder builder;
    builder.begin("").cells("#address-cells", {2}).cells("#size-cells", {2});
    builder.text("compatible", {"linux,dummy-virt"}).text("model", {"linux,dummy-virt"});
    builder.begin("psci").text("compatible", {"arm,psci-1.0", "arm,psci-0.2", "arm,psci"});
    builder.text("method", {"hvc"}).end();
    builder.begin("memory@40000000").text("device_type", {"memory"});
    builder.cells("reg", {0, 0x4000'0000, 0, 0x800'0000}).end();
    for (std::uint32_t const address : {0x904'0000U, 0x900'0000U}) {
        builder.begin(address == 0x900'0000 ? "pl011@9000000" : "pl011@9040000");
        builder.text("compatible", {"arm,pl011", "arm,primecell"});
        builder.cells("reg", {0, address, 0, 0x1000}).cells("interrupts", {0, 1, 4}).end();
    }
    builder.begin("intc@8000000").text("compatible", {"arm,cortex-a15-gic"});
    builder.cells("reg", {0, 0x800'0000, 0, 0x1'0000, 0, 0x801'0000, 0, 0x1'0000}).end();
    builder.begin("cpus").cells("#address-cells", {1}).cells("#size-cells", {0});
    builder.begin("cpu@0").text("device_type", {"cpu"}).cells("reg", {0}).end();
    builder.begin("cpu@1").text("device_type", {"cpu"}).cells("reg", {1});
    builder.text("enable-method", {"psci"}).end().end();
    builder.begin("chosen").text("stdout-path", {"/pl011@9000000"}).text("bootargs", {"quiet"});
    builder.cells("linux,initrd-start", {0, 0x4800'0000}).cells("linux,initrd-end", {0x4800'1234});
    return builder.end().end().blob();
}

void check_same(char const* what, std::optional<Device> const& board,
                std::optional<Device> const& builtin) {
    if (board && builtin) {
        CHECK_TEXT(board->registers == builtin->registers, what);
        CHECK_TEXT(board->compatible == builtin->compatible, what);
    }
}

// What the built-in tree of a board leaves out is left out of the comparison.
void check_same(Board const& board, Board const& builtin) {
    CHECK(board.soc == builtin.soc);
    CHECK(board.psci == builtin.psci);
    CHECK(board.interrupt_of(board.uart.value()) == builtin.interrupt_of(builtin.uart.value()));
    CHECK(uart_interrupt(board).has_value());
    check_same("uart", board.uart, builtin.uart);
    check_same("gpio", board.gpio, builtin.gpio);
    check_same("mailbox", board.mailbox, builtin.mailbox);
    CHECK(board.dma->memory == builtin.dma->memory);
    CHECK(board.dma->bus_begin == builtin.dma->bus_begin);
    check_same("watchdog", board.watchdog, builtin.watchdog);
    check_same("local interrupts", board.local_interrupts, builtin.local_interrupts);
    check_same("armctrl", board.armctrl, builtin.armctrl);
    check_same("gic", board.gic, builtin.gic);
    CHECK(board.gic_cpu == builtin.gic_cpu);
    UNSIGNED_LONGS_EQUAL(builtin.cores.size(), board.cores.size());
    for (std::size_t core = 0; core < builtin.cores.size(); ++core) {
        CHECK(board.cores[core].mpidr == builtin.cores[core].mpidr);
        CHECK(board.cores[core].start == builtin.cores[core].start);
        CHECK(board.cores[core].release == builtin.cores[core].release);
    }
    UNSIGNED_LONGS_EQUAL(builtin.reserved.size(), board.reserved.size());
    for (std::size_t index = 0; index < builtin.reserved.size(); ++index) {
        CHECK(board.reserved[index].range == builtin.reserved[index].range);
        CHECK(board.reserved[index].name == builtin.reserved[index].name);
        CHECK(board.reserved[index].no_map == builtin.reserved[index].no_map);
    }
}

}  // namespace

TEST_GROUP(Board) { Board board; };

TEST(Board, OfAPi3IsWhatTheSheetSays) {
    Blob const blob = std::move(test::builtin_trees()[0].blob);
    CHECK(static_cast<bool>(read(board, blob)));
    CHECK(board.soc == Soc::Bcm2837);
    UNSIGNED_LONGS_EQUAL(0x3f20'1000, base(board.uart));
    UNSIGNED_LONGS_EQUAL(0x3f20'0000, base(board.gpio));
    UNSIGNED_LONGS_EQUAL(0x3f00'b880, base(board.mailbox));
    UNSIGNED_LONGS_EQUAL(0x3f10'0000, base(board.watchdog));
    UNSIGNED_LONGS_EQUAL(0x4000'0000, base(board.local_interrupts));
    UNSIGNED_LONGS_EQUAL(0x3f00'b200, base(board.armctrl));
    CHECK(!board.gic);
    CHECK(uart_interrupt(board) == gpu(57));
    UNSIGNED_LONGS_EQUAL(4, board.cores.size());
    UNSIGNED_LONGS_EQUAL(0xf0, board.cores[3].release.raw());
    CHECK(board.cores[3].start == Core::Start::SpinTable);
    UNSIGNED_LONGS_EQUAL(1, board.ram.size());
    CHECK(board.ram[0] == range(0, 0x3f00'0000));
    UNSIGNED_LONGS_EQUAL(1, board.reserved.size());
    CHECK(board.reserved[0].range == range(0, 0x1000));
    CHECK(board.reserved[0].name == "/memreserve/");
}

TEST(Board, OfAPi4And5IsWhatTheSheetSays) {
    Blob const pi4 = std::move(test::builtin_trees()[1].blob);
    CHECK(static_cast<bool>(read(board, pi4)));
    UNSIGNED_LONGS_EQUAL(0xfe20'1000, base(board.uart));
    UNSIGNED_LONGS_EQUAL(0xff84'1000, base(board.gic));
    UNSIGNED_LONGS_EQUAL(0xff84'2000, board.gic_cpu->begin.raw());
    CHECK(uart_interrupt(board) == gic(153));
    Board five;
    Blob const pi5 = std::move(test::builtin_trees()[2].blob);
    CHECK(static_cast<bool>(read(five, pi5)));
    UNSIGNED_LONGS_EQUAL(0x10'7d00'1000, base(five.uart));
    UNSIGNED_LONGS_EQUAL(0x10'7fff'9000, base(five.gic));
    CHECK(five.psci == PsciCall::Smc);
    UNSIGNED_LONGS_EQUAL(0x300, five.cores[3].mpidr);
    CHECK(five.reserved[0].no_map);
}

TEST(Board, IsTheSameByItsOwnTreeAndByTheBuiltinOne) {
    auto const builtin = test::builtin_trees();
    for (NamedTree const& tree : test::board_trees()) {
        Board real;
        auto const outcome = read(real, tree.blob);
        // The firmware and QEMU fill the memory node; some files have it empty.
        CHECK(outcome || outcome.error() == Error::TreeNoMemory);
        Board ours;
        CHECK(static_cast<bool>(read(ours, builtin[static_cast<std::size_t>(real.soc) - 1].blob)));
        check_same(real, ours);
    }
}

TEST(Board, OfVirtTakesTheConsoleFromStdoutPath) {
    Blob const blob = virt();
    CHECK(static_cast<bool>(read(board, blob)));
    CHECK(board.soc == Soc::Other);
    CHECK(board.model == "linux,dummy-virt");
    UNSIGNED_LONGS_EQUAL(0x900'0000, base(board.uart));
    CHECK(uart_interrupt(board) == gic(33));
    CHECK(board.psci == PsciCall::Hvc);
    CHECK(board.bootargs == "quiet");
    CHECK(board.initrd == range(0x4800'0000, 0x4800'1234));
    CHECK(board.ram[0] == range(0x4000'0000, 0x4800'0000));
    CHECK(board.cores[0].start == Core::Start::Unknown);
    CHECK(board.cores[1].start == Core::Start::Psci);
    UNSIGNED_LONGS_EQUAL(0x801'0000, board.gic_cpu->begin.raw());
}

TEST(Board, TakesTheFirstUartThatIsInUse) {
    TreeBuilder builder = root();
    pl011(builder, "off", 0x1000).text("status", {"disabled"}).end();
    pl011(builder, "first", 0x2000).text("status", {"ok"}).end();
    pl011(builder, "second", 0x3000).end();
    builder.begin("chosen").text("stdout-path", {"/off"}).end();
    Blob const blob = builder.end().blob();
    CHECK(static_cast<bool>(read(board, blob)));
    UNSIGNED_LONGS_EQUAL(0x2000, base(board.uart));
}

TEST(Board, FollowsAliasesOfTheConsole) {
    TreeBuilder builder = root();
    pl011(builder, "a", 0x1000).end();
    pl011(builder, "b", 0x2000).end();
    builder.begin("chosen").text("stdout-path", {"serial1:115200n8"}).end();
    builder.begin("aliases").text("serial1", {"/b"}).end();
    Blob const blob = builder.end().blob();
    CHECK(static_cast<bool>(read(board, blob)));
    UNSIGNED_LONGS_EQUAL(0x2000, base(board.uart));
}

TEST(Board, OfAPiTakesTheUartOfTheHeaderPinsWhateverStdoutPathSays) {
    TreeBuilder builder = root();
    pl011(builder, "a", 0x1000).end();
    pl011(builder, "b", 0x2000).end();
    builder.begin("chosen").text("stdout-path", {"/b"}).end();
    builder.begin("pins").text("compatible", {"brcm,bcm2835-gpio"}).cells("reg", {0, 4}).end();
    Blob const blob = builder.end().blob();
    CHECK(static_cast<bool>(read(board, blob)));
    UNSIGNED_LONGS_EQUAL(0x1000, base(board.uart));
}

TEST(Board, LeavesOutDevicesBelowWhatIsSwitchedOff) {
    TreeBuilder builder = root();
    builder.begin("bus").flag("ranges").cells("#address-cells", {1}).cells("#size-cells", {1});
    builder.text("status", {"disabled"});
    pl011(builder, "below", 0x1000).text("status", {"okay"}).end().end();
    pl011(builder, "beside", 0x2000).end();
    Blob const blob = builder.end().blob();
    CHECK(static_cast<bool>(read(board, blob)));
    UNSIGNED_LONGS_EQUAL(0x2000, base(board.uart));
}

TEST(Board, LeavesOutDevicesThatTheCpuCannotReach) {
    TreeBuilder builder = root();
    builder.begin("bus").cells("#address-cells", {1}).cells("#size-cells", {1});
    pl011(builder, "below", 0x1000).end().end();
    Blob const blob = builder.end().blob();
    CHECK(static_cast<bool>(read(board, blob)));
    CHECK(!board.uart);
}

TEST(Board, DecodesOnlyInterruptsThatTheControllerHas) {
    Device device{range(0, 0), "", {}};
    auto const decoded = [&](std::initializer_list<std::uint32_t> cells) {
        Blob const blob = TreeBuilder{}.begin("").cells("i", cells).end().blob();
        auto const node = kernel::DeviceTree::open(blob.bytes()).value().find("/").value();
        device.interrupts = node.property("i").value().value();
        return board.interrupt_of(device);
    };
    CHECK(decoded({0, 7}) == gpu(71));
    CHECK(decoded({1, 0}) == gpu(0));
    CHECK(decoded({2, 31}) == gpu(63));
    CHECK(!decoded({0, 8}) && !decoded({1, 32}) && !decoded({3, 0}) && !decoded({1}));
    board.gic = device;
    CHECK(decoded({0, 987, 4}) == gic(1019));
    CHECK(decoded({1, 15, 4}) == gic(31));
    CHECK(!decoded({0, 988, 4}) && !decoded({1, 16, 4}) && !decoded({2, 0, 4}) && !decoded({0, 1}));
}

TEST(Board, TakesTheFirstUartWhereStdoutPathLeadsNowhere) {
    for (char const* const path : {"/nowhere", "serial9", ""}) {
        Board read_board;
        TreeBuilder builder = root();
        pl011(builder, "a", 0x1000).end();
        pl011(builder, "b", 0x2000).end();
        builder.begin("chosen").text("stdout-path", {path}).end();
        Blob const blob = builder.end().blob();
        CHECK(static_cast<bool>(read(read_board, blob)));
        UNSIGNED_LONGS_EQUAL(0x1000, base(read_board.uart));
    }
}

TEST(Board, KeepsWhatTheRootSays) {
    Blob const blob = TreeBuilder{}.begin("").text("model", {"a board"}).end().blob();
    CHECK(read(board, blob).error() == Error::TreeNoMemory);
    CHECK(board.model == "a board");
}

TEST(Board, NeedsMemory) {
    CHECK(error_of_reading(TreeBuilder{}.begin("").end().blob()) == Error::TreeNoMemory);
    for (char const* const cells : {"#address-cells", "#size-cells"}) {
        TreeBuilder empty;
        empty.begin("").flag(cells);
        empty.cells(std::string_view{cells} == "#size-cells" ? "#address-cells" : "#size-cells",
                    {1});
        empty.begin("memory").text("device_type", {"memory"}).cells("reg", {1, 2, 3, 4}).end();
        CHECK(error_of_reading(empty.end().blob()) == Error::TreeNoMemory);
    }
    for (std::uint32_t const cells : {0U, 5U}) {
        Blob const blob = TreeBuilder{}
                              .begin("")
                              .cells("#address-cells", {cells})
                              .begin("memory")
                              .text("device_type", {"memory"})
                              .cells("reg", {1, 2, 3, 4, 5, 6, 7, 8})
                              .end()
                              .end()
                              .blob();
        CHECK(error_of_reading(blob) == Error::TreeNoMemory);
    }
}

TEST(Board, TakesEveryBankOfEveryMemoryNode) {
    TreeBuilder builder = root();
    builder.begin("memory@40000000").text("device_type", {"memory"});
    // An empty bank, and half an entry at the end.
    builder.cells("reg", {0x4000'0000, 0x1000, 0x5000'0000, 0, 0xffff'f000, 0x2000, 7}).end();
    builder.begin("memory@off").text("device_type", {"memory"}).text("status", {"disabled"});
    builder.cells("reg", {0x7000'0000, 0x1000}).end();
    Blob const blob = builder.end().blob();
    CHECK(static_cast<bool>(read(board, blob)));
    UNSIGNED_LONGS_EQUAL(3, board.ram.size());
    CHECK(board.ram[0] == range(0, 0x100'0000));
    CHECK(board.ram[1] == range(0x4000'0000, 0x4000'1000));
    CHECK(board.ram[2] == range(0xffff'f000, 0x1'0000'1000));
}

TEST(Board, DoesNotUseRamThatItCannotNote) {
    TreeBuilder builder = root();
    for (std::uint32_t bank = 1; bank <= board.ram.capacity(); ++bank) {
        builder.begin("memory").text("device_type", {"memory"});
        builder.cells("reg", {bank << 24, 0x1000}).end();
    }
    Blob const blob = builder.end().blob();
    CHECK(static_cast<bool>(read(board, blob)));
    CHECK(board.ram.full());
}

TEST(Board, NotesReservedMemoryThatHasAPlace) {
    TreeBuilder builder = root();
    builder.reserve(0x3000, 0x10).reserve(~std::uint64_t{0}, 2);
    // Without `ranges`, which it ought to have.
    builder.begin("reserved-memory").cells("#address-cells", {1}).cells("#size-cells", {1});
    builder.begin("two").cells("reg", {0x1000, 0x10, 0x2000, 0x20}).flag("no-map").end();
    builder.begin("wish").cells("size", {0x100'0000}).end();
    builder.begin("off").cells("reg", {0x5000, 0x10}).text("status", {"disabled"}).end().end();
    Blob const blob = builder.end().blob();
    CHECK(static_cast<bool>(read(board, blob)));
    UNSIGNED_LONGS_EQUAL(4, board.reserved.size());
    CHECK(board.reserved[0].range == range(0x3000, 0x3010));
    CHECK(board.reserved[1].range == range(~std::uint64_t{0}, ~std::uint64_t{0}));
    CHECK(board.reserved[2].range == range(0x1000, 0x1010));
    CHECK(board.reserved[3].range == range(0x2000, 0x2020));
    CHECK(board.reserved[3].name == "two");
    CHECK(board.reserved[3].no_map);
}

TEST(Board, RefusesReservationsThatItCannotNote) {
    TreeBuilder crowded = root();
    TreeBuilder crowded_node = root();
    crowded_node.begin("reserved-memory").cells("#address-cells", {1}).cells("#size-cells", {1});
    for (std::uint32_t entry = 0; entry <= board.reserved.capacity(); ++entry) {
        crowded.reserve(entry << 12, 1);
        crowded_node.begin("r").cells("reg", {entry << 12, 1}).end();
    }
    CHECK(error_of_reading(crowded.end().blob()) == Error::TableFull);
    CHECK(error_of_reading(crowded_node.end().end().blob()) == Error::TableFull);
    TreeBuilder odd = root();
    odd.begin("reserved-memory").cells("#address-cells", {1}).cells("#size-cells", {1});
    odd.begin("r").cells("reg", {0x1000, 0x10, 7}).end().end();
    CHECK(error_of_reading(odd.end().blob()) == Error::TreeBadStructure);
}

TEST(Board, BelievesTheFirstOfTwo) {
    TreeBuilder builder = root();
    builder.text("late", {"x"});  // Behind a child: refused.
    CHECK(error_of_reading(builder.end().blob()) == Error::TreeBadStructure);
    TreeBuilder twice = root();
    twice.begin("chosen").text("bootargs", {"one"}).text("bootargs", {"two"}).end();
    twice.begin("chosen").text("bootargs", {"three"}).end();
    Blob const blob = twice.end().blob();
    CHECK(static_cast<bool>(read(board, blob)));
    CHECK(board.bootargs == "one");
}

TEST(Board, HasABuiltinTreeByItsCoreIfItIsAPi) {
    using kernel::builtin_tree_for;
    using kernel::BuiltinTree;
    PhysAddr const base_of_pi{0};
    CHECK(builtin_tree_for(0x410f'd034, base_of_pi) == BuiltinTree::Bcm2837);
    CHECK(builtin_tree_for(0x410f'd083, base_of_pi) == BuiltinTree::Bcm2711);
    CHECK(builtin_tree_for(0x414f'd0b1, base_of_pi) == BuiltinTree::Bcm2712);
    CHECK(!builtin_tree_for(0x411f'd070, base_of_pi));  // Cortex-A57.
    CHECK(!builtin_tree_for(0x410f'd034, PhysAddr{0x4000'0000}));
}
