// SPDX-License-Identifier: MIT
//
// Every board with every size of RAM that it is sold with: what the kernel makes of its tree, with
// the memory that its firmware writes into it. No board was at hand: the numbers are those of logs
// that others have published of theirs.
#include "kernel/board.hpp"
#include "kernel/format.hpp"
#include "kernel/mm/board_memory.hpp"
#include "kernel/mm/trial/random.hpp"

#include "tests/support/depth.hpp"
#include "tests/support/firmware_tree.hpp"

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <CppUTest/TestHarness.h>

namespace {

using kernel::Board;
using kernel::PhysAddr;
using kernel::PhysRange;
using test::Blob;
using test::FirmwareTree;

constexpr PhysRange kImage{PhysAddr{0x8'0000}, PhysAddr{0x18'0000}};

/// What is where on every Pi, whatever is above.
constexpr char const* kLowest =
    "0x00000000..0x0007ffff firmware, never mapped\n"
    "0x00080000..0x0017ffff kernel image\n";

/// How its cores are started and who tells them of interrupts.
enum class Family { Three, Four, Five };

struct BoardCase {
    char const* file;
    Family family;
    std::function<void(FirmwareTree&)> firmware;  ///< What it writes.
    std::uint64_t granted;                        ///< What its mailbox says of RAM below 1 GiB.
    std::string map;                              ///< Above kLowest.
};

void pi3(FirmwareTree& tree) {
    tree.cells("/memory@0", "reg", {0, 0x3b40'0000});
    tree.cells("/", "memreserve", {0x3b40'0000, 0x4c0'0000});
}

void zero2(FirmwareTree& tree) {
    tree.text("/", "compatible", {"raspberrypi,model-zero-2-w", "brcm,bcm2837"});
    tree.cells("/memory@0", "reg", {0, 0x1c00'0000});
    tree.cells("/", "memreserve", {0x1c00'0000, 0x400'0000});
}

void pi4_1(FirmwareTree& tree) {
    tree.cells("/memory@0", "reg", {0, 0, 0x3b40'0000});
    tree.cells("/", "memreserve", {0x3b40'0000, 0x4c0'0000});
}

void pi4_2(FirmwareTree& tree) {
    tree.cells("/memory@0", "reg", {0, 0, 0x3b40'0000, 0, 0x4000'0000, 0x4000'0000});
}

void pi4_4(FirmwareTree& tree) {
    tree.cells("/memory@0", "reg", {0, 0, 0x3b40'0000, 0, 0x4000'0000, 0xbc00'0000});
}

void pi4_8(FirmwareTree& tree) {
    tree.cells("/memory@0", "reg",
               {0, 0, 0x3800'0000, 0, 0x4000'0000, 0xbc00'0000,  //
                1, 0, 0x8000'0000, 1, 0x8000'0000, 0x8000'0000});
    tree.cells("/", "memreserve", {0x3800'0000, 0x800'0000});
}

// The boot loader's settings lie behind the RAM of the cores.
void pi5(FirmwareTree& tree, std::uint32_t first_end, std::uint32_t high, std::uint32_t low) {
    tree.cells("/memory@0", "reg", {0, 0, 0, first_end, 0, 0x4000'0000, high, low});
    tree.cells("/reserved-memory/nvram@0", "reg", {0, 0x3fd1'6860, 0, 0x38});
    tree.text("/reserved-memory/nvram@0", "status", {"okay"});
}

std::vector<BoardCase> board_cases() {
    return {
        {"bcm2710-rpi-3-b", Family::Three, pi3,                              0x3b40'0000, "0x00180000..0x3b3fffff usable\n"},
        {"bcm2837-rpi-3-b", Family::Three, pi3,                              0x3b40'0000, "0x00180000..0x3b3fffff usable\n"},
        {"bcm2710-rpi-3-b", Family::Three, zero2,                            0x1c00'0000, "0x00180000..0x1bffffff usable\n"},
        {"bcm2837-rpi-3-b", Family::Three, zero2,                            0x1c00'0000, "0x00180000..0x1bffffff usable\n"},
        {"bcm2711-rpi-4-b", Family::Four,  pi4_1,                            0x3b40'0000, "0x00180000..0x3b3fffff usable\n"},
        {"bcm2711-rpi-4-b", Family::Four,  pi4_2,                            0x3b40'0000,
         "0x00180000..0x3b3fffff usable\n"
         "0x40000000..0x7fffffff usable\n"                                                                                 },
        {"bcm2711-rpi-4-b", Family::Four,  pi4_4,                            0x3b40'0000,
         "0x00180000..0x3b3fffff usable\n"
         "0x40000000..0xfbffffff usable\n"                                                                                 },
        {"bcm2711-rpi-4-b", Family::Four,  pi4_8,                            0x3800'0000,
         "0x00180000..0x37ffffff usable\n"
         "0x40000000..0xfbffffff usable\n"
         "0x100000000..0x1ffffffff usable\n"                                                                               },
        {"bcm2712-rpi-5-b", Family::Five,
         [](FirmwareTree& tree) { pi5(tree, 0x3fc0'0000, 0, 0x4000'0000); }, 0x3fc0'0000,
         "0x00180000..0x3fbfffff usable\n"
         "0x40000000..0x7fffffff usable\n"                                                                                 },
        {"bcm2712-rpi-5-b", Family::Five,
         [](FirmwareTree& tree) { pi5(tree, 0x3f80'0000, 0, 0xc000'0000); }, 0x3f80'0000,
         "0x00180000..0x3f7fffff usable\n"
         "0x40000000..0xffffffff usable\n"                                                                                 },
        {"bcm2712-rpi-5-b", Family::Five,
         [](FirmwareTree& tree) { pi5(tree, 0x3fc0'0000, 1, 0xc000'0000); }, 0x3fc0'0000,
         "0x00180000..0x3fbfffff usable\n"
         "0x40000000..0x1ffffffff usable\n"                                                                                },
        {"bcm2712-rpi-5-b", Family::Five,
         [](FirmwareTree& tree) { pi5(tree, 0x3fc0'0000, 3, 0xc000'0000); }, 0x3fc0'0000,
         "0x00180000..0x3fbfffff usable\n"
         "0x40000000..0x3ffffffff usable\n"                                                                                },
    };
}

/// The tree of that file; none where the boards' trees are not at hand.
std::optional<Blob> file_named(std::string const& name) {
    for (test::NamedTree& tree : test::board_trees()) {
        if (tree.name == name) {
            return std::move(tree.blob);
        }
    }
    return std::nullopt;
}

std::string shown(mm::MemoryMap const& map) {
    std::string text;
    for (mm::Region const& region : map.regions()) {
        std::array<char, 96> storage{};
        kernel::TextBuffer line{storage};
        kernel::print(line, "{}..{} {}{}\n", region.frames.first.address(),
                      PhysAddr{region.frames.end.address().raw() - 1}, region.reason,
                      region.mappable == mm::Mappable::No ? ", never mapped" : "");
        text += line.text();
    }
    return text;
}

PhysRange granted(std::uint64_t bytes) { return {PhysAddr{0}, PhysAddr{bytes}}; }

std::uint64_t base(std::optional<kernel::Device> const& device) {
    return device ? device->registers.begin.raw() : 0;
}

void check_cores(Board const& board, Family family) {
    UNSIGNED_LONGS_EQUAL(4, board.cores.size());
    for (std::uint64_t number = 0; number < 4; ++number) {
        kernel::Core const& core = board.cores[number];
        bool const is_called = family == Family::Five;
        UNSIGNED_LONGS_EQUAL(is_called ? number << 8 : number, core.mpidr);
        CHECK(core.start ==
              (is_called ? kernel::Core::Start::Psci : kernel::Core::Start::SpinTable));
        UNSIGNED_LONGS_EQUAL(is_called ? 0 : 0xd8 + 8 * number, core.release.raw());
    }
    CHECK(board.psci == (family == Family::Five ? kernel::PsciCall::Smc : kernel::PsciCall::None));
}

void check_dma(Board const& board, Family family) {
    constexpr std::array kReach{0x3f00'0000UL, 0x4000'0000UL, ~0UL};
    UNSIGNED_LONGS_EQUAL(0, board.dma->memory.begin.raw());
    UNSIGNED_LONGS_EQUAL(kReach[static_cast<std::size_t>(family)], board.dma->memory.end.raw());
    UNSIGNED_LONGS_EQUAL(family == Family::Five ? 0 : 0xc000'0000, board.dma->bus_begin);
}

void check_devices(Board const& board, Family family) {
    struct Addresses {
        std::uint64_t uart, local, armctrl, gic, gic_cpu;
        std::uint32_t interrupt;
    };
    constexpr std::array kOf{
        Addresses{0x3f20'1000,    0x4000'0000, 0x3f00'b200, 0,              0,              57 },
        Addresses{0xfe20'1000,    0,           0,           0xff84'1000,    0xff84'2000,    153},
        Addresses{0x10'7d00'1000, 0,           0,           0x10'7fff'9000, 0x10'7fff'a000, 153},
    };
    Addresses const& expected = kOf[static_cast<std::size_t>(family)];
    UNSIGNED_LONGS_EQUAL(expected.uart, base(board.uart));
    UNSIGNED_LONGS_EQUAL(expected.gic, base(board.gic));
    UNSIGNED_LONGS_EQUAL(expected.gic_cpu, board.gic_cpu ? board.gic_cpu->begin.raw() : 0);
    if (family == Family::Three) {
        UNSIGNED_LONGS_EQUAL(expected.local, base(board.local_interrupts));
        UNSIGNED_LONGS_EQUAL(expected.armctrl, base(board.armctrl));
    }
    UNSIGNED_LONGS_EQUAL(expected.interrupt, board.interrupt_of(*board.uart)->number);
}

}  // namespace

TEST_GROUP(BoardMaps) {
    Board board;
    mm::MemoryMap map;
    std::optional<Blob> blob;  // The names of what is reserved lie in it.

    /// What the kernel makes of a tree. True if the firmware agrees with it.
    kernel::Result<bool> describe(Blob && tree, std::uint64_t granted_bytes) {
        board = {};
        map = {};
        blob.emplace(std::move(tree));
        auto const opened = kernel::DeviceTree::open(blob->bytes());
        if (!opened) {
            return opened.error();
        }
        if (auto const outcome = board.read(*opened); !outcome) {
            return outcome.error();
        }
        return mm::describe_memory(map, board, {kImage, granted(granted_bytes), {}});
    }
    void check_map(std::string const& above) const {
        STRCMP_EQUAL((std::string{kLowest} + above).c_str(), shown(map).c_str());
    }
    /// Whatever the tree says: the kernel lives where it is, and nobody gets what is below it.
    void check_that_the_kernel_lives() const {
        for (mm::Region const& region : map.regions()) {
            PhysRange const range{region.frames.first.address(), region.frames.end.address()};
            CHECK(!region.is_usable() || range.begin >= kImage.end);
        }
    }
};

TEST(BoardMaps, OfEveryBoardAndEverySizeAreWhatItsFirmwareWrites) {
    for (BoardCase const& given : board_cases()) {
        auto const file = file_named(given.file);
        if (!file) {
            continue;  // board_trees() has said so.
        }
        FirmwareTree tree{*file};
        given.firmware(tree);

        auto const agreed = describe(tree.blob(), given.granted);

        CHECK_TEXT(agreed && *agreed, given.file);
        check_map(given.map);
        check_devices(board, given.family);
        check_cores(board, given.family);
        check_dma(board, given.family);
    }
}

TEST(BoardMaps, LeaveOutWhatFirmwareAndLoaderKeepForThemselves) {
    auto const file = file_named("bcm2711-rpi-4-b");
    if (!file) {
        return;
    }
    FirmwareTree tree{*file};
    pi4_8(tree);
    tree.reserve(0x1000'0100, 0x1000);
    tree.cells("/reserved-memory/tee@1000000", "reg", {0, 0x100'0000, 0x20'0000});
    tree.flag("/reserved-memory/tee@1000000", "no-map");
    tree.cells("/reserved-memory/log@1f0000000", "reg", {1, 0xf000'0000, 0x1000});
    tree.cells("/reserved-memory/wish", "size", {0x1000'0000});
    tree.cells("/chosen", "linux,initrd-start", {0x2000'0000});
    tree.cells("/chosen", "linux,initrd-end", {0x2000'1234});

    CHECK(static_cast<bool>(describe(tree.blob(), 0x3800'0000)));

    check_map(
        "0x00180000..0x00ffffff usable\n"
        "0x01000000..0x011fffff tee@1000000, never mapped\n"
        "0x01200000..0x0fffffff usable\n"
        "0x10000000..0x10001fff /memreserve/\n"
        "0x10002000..0x1fffffff usable\n"
        "0x20000000..0x20001fff initrd\n"
        "0x20002000..0x37ffffff usable\n"
        "0x40000000..0xfbffffff usable\n"
        "0x100000000..0x1efffffff usable\n"
        "0x1f0000000..0x1f0000fff log@1f0000000\n"
        "0x1f0001000..0x1ffffffff usable\n");
}

/// `total_mem` and `gpu_mem` of config.txt leave less than the tree says, if that is an old one.
TEST(BoardMaps, EndBelowOneGibibyteWhereTheFirmwareSaysSo) {
    auto const file = file_named("bcm2711-rpi-4-b");
    if (!file) {
        return;
    }
    FirmwareTree tree{*file};
    pi4_4(tree);

    auto const agreed = describe(tree.blob(), 0x1000'0000);

    CHECK(agreed && !*agreed);
    check_map(
        "0x00180000..0x0fffffff usable\n"
        "0x40000000..0xfbffffff usable\n");
}

TEST(BoardMaps, KeepTheKernelWhateverBitFlips) {
    mm::Random random{1};
    for (BoardCase const& given : board_cases()) {
        auto const file = file_named(given.file);
        if (!file) {
            continue;
        }
        FirmwareTree tree{*file};
        given.firmware(tree);
        Blob const sound = tree.blob();
        kernel::TreeBytes const reg = tree.value_in(sound, "/memory@0", "reg");
        auto const flip = [&](std::size_t bit) {
            Blob flipped{sound.bytes()};
            flipped.data()[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
            static_cast<void>(describe(std::move(flipped), given.granted));
            check_that_the_kernel_lives();
        };
        auto const at = 8 * static_cast<std::size_t>(reg.data() - sound.data());
        for (std::size_t bit = at; bit < at + 8 * reg.size(); ++bit) {
            flip(bit);
        }
        for (std::size_t count = 0; count < test::everyday_or(50UL, 1000UL); ++count) {
            flip(random.below(8 * sound.size()));
        }
    }
}
