// SPDX-License-Identifier: MIT
#include "kernel/mm/window_map.hpp"

#include "kernel/units.hpp"

#include "tests/support/early_arena.hpp"
#include "tests/support/tlb_model.hpp"

#include <array>
#include <cstdint>
#include <optional>

#include <CppUTest/TestHarness.h>

using kernel::kMiB;
using kernel::PhysAddr;
using kernel::PhysRange;
using mm::Access;

namespace {

constexpr PhysAddr kBase = test::EarlyArena::kBase;
constexpr std::uint64_t kBytes = 16 * kMiB;

constexpr PhysRange at(std::uint64_t begin, std::uint64_t end) {
    return {kBase + begin, kBase + end};
}

constexpr mm::WindowPlace kPlace{at(0, kBytes), kernel::VirtAddr{0xffff'ffff'8000'0000}};
constexpr std::array kGuardPages{at(0xb0000, 0xb1000), at(0xc0000, 0xc1000)};
constexpr mm::ImageParts kImage{at(0x80000, 0x90000), at(0x90000, 0xa0000), kGuardPages};

}  // namespace

TEST_GROUP(WindowMap) {
    test::EarlyArena arena{kBytes / mm::kFrameBytes};
    test::TlbModel tlb{arena.window()};
    mm::PageTable table{*mm::PageTable::make_root(arena, arena.window()), arena, arena.window(),
                        tlb};
    mm::MemoryMap memory;

    void setup() override {
        tlb.watch(table.root());
        CHECK(static_cast<bool>(memory.add_ram(at(0, kBytes))));
    }

    void reserve(PhysRange range, mm::Mappable mappable) {
        CHECK(static_cast<bool>(
            memory.reserve({range, mm::RegionOwner::ReservedMemory, "test", mappable})));
    }

    mm::Translation look(std::uint64_t offset) const { return table.translate(kPlace.at + offset); }

    void check_page(std::uint64_t offset, std::optional<Access> access) const {
        auto const found = look(offset);
        CHECK_EQUAL(access.has_value(), found.to.has_value());
        if (!access) {
            return;
        }
        auto const leaf = found.met().back().descriptor;
        UNSIGNED_LONGS_EQUAL((kBase + offset).raw(), found.to->raw());
        CHECK_EQUAL(*access == Access::ReadWrite, leaf.is_writable());
        CHECK_EQUAL(*access == Access::ReadExecute, leaf.is_executable());
    }
};

TEST(WindowMap, GivesEachPartOfTheImageItsOwnRights) {
    CHECK(static_cast<bool>(mm::map_window(table, kPlace, memory, kImage)));

    check_page(0, Access::ReadWrite);
    check_page(0x7f000, Access::ReadWrite);
    check_page(0x80000, Access::ReadExecute);
    check_page(0x8f000, Access::ReadExecute);
    check_page(0x90000, Access::Read);
    check_page(0xa0000, Access::ReadWrite);
    check_page(0xaf000, Access::ReadWrite);
    check_page(0xb0000, std::nullopt);
    check_page(0xb1000, Access::ReadWrite);
    check_page(0xc0000, std::nullopt);
    check_page(kBytes - mm::kFrameBytes, Access::ReadWrite);
}

TEST(WindowMap, WritesAndExecutesNoPage) {
    CHECK(static_cast<bool>(mm::map_window(table, kPlace, memory, kImage)));

    for (std::uint64_t offset = 0; offset < kBytes; offset += mm::kFrameBytes) {
        auto const found = look(offset);
        if (found.to) {
            auto const leaf = found.met().back().descriptor;
            CHECK_FALSE(leaf.is_writable() && leaf.is_executable());
        }
    }
}

TEST(WindowMap, TakesBlocksWhereNothingCutsThem) {
    // Who has a region does not matter, and a reserved one that touches free RAM cuts nothing.
    reserve(at(5 * kMiB, 5 * kMiB + 0x3000), mm::Mappable::Yes);

    CHECK(static_cast<bool>(mm::map_window(table, kPlace, memory, kImage)));

    CHECK(mm::Level::Three == look(0x80000).met().back().level);
    CHECK(mm::Level::Two == look(5 * kMiB).met().back().level);
    CHECK(mm::Level::Two == look(kBytes - 1).met().back().level);
}

TEST(WindowMap, LeavesOutWhatMayNotBeMapped) {
    reserve(at(0, 0x80000), mm::Mappable::No);
    reserve(at(7 * kMiB, 7 * kMiB + 0x1000), mm::Mappable::No);

    CHECK(static_cast<bool>(mm::map_window(table, kPlace, memory, kImage)));

    check_page(0, std::nullopt);
    check_page(0x7f000, std::nullopt);
    check_page(0x80000, Access::ReadExecute);
    check_page(7 * kMiB - 0x1000, Access::ReadWrite);
    check_page(7 * kMiB, std::nullopt);
    check_page(7 * kMiB + 0x1000, Access::ReadWrite);
}

TEST(WindowMap, LeavesOutHolesAndWhatLiesBeyondTheWindow) {
    mm::MemoryMap holes;
    CHECK(static_cast<bool>(holes.add_ram(at(0, 4 * kMiB))));
    CHECK(static_cast<bool>(holes.add_ram(at(6 * kMiB, 64 * kMiB))));

    CHECK(static_cast<bool>(mm::map_window(table, kPlace, holes, kImage)));

    check_page(4 * kMiB - 0x1000, Access::ReadWrite);
    check_page(4 * kMiB, std::nullopt);
    check_page(6 * kMiB, Access::ReadWrite);
    check_page(kBytes, std::nullopt);
}

TEST(WindowMap, SaysWhenTableFramesRunOut) {
    arena.allow(1);

    auto const outcome = mm::map_window(table, kPlace, memory, kImage);

    CHECK(outcome.error() == kernel::Error::OutOfMemory);
}

TEST(WindowMap, SaysSoWhereverTableFramesRunOut) {
    reserve(at(0x400000, 0x401000), mm::Mappable::No);
    std::uint64_t tables = 1;
    for (;; ++tables) {
        mm::PageTable fresh{*mm::PageTable::make_root(arena, arena.window()), arena, arena.window(),
                            tlb};
        arena.allow(tables);
        auto const outcome = mm::map_window(fresh, kPlace, memory, kImage);
        if (outcome) {
            break;
        }
        CHECK(outcome.error() == kernel::Error::OutOfMemory);
        arena.allow(1);
    }
    UNSIGNED_LONGS_EQUAL(3, tables);  // Of level 2, and two of pages, for the image and the hole.
}

TEST(WindowMap, SaysSoWhereTheImageNeedsTheTable) {
    mm::ImageParts image = kImage;
    image.text = at(0x200000, 0x210000);
    image.rodata = at(0x210000, 0x220000);
    image.guards = {at(0x230000, 0x231000), at(0x240000, 0x241000)};
    arena.allow(1);  // For the level of blocks; what is in front of the image is one.

    CHECK(mm::map_window(table, kPlace, memory, image).error() == kernel::Error::OutOfMemory);
    CHECK(look(0x1ff000).to.has_value());
}
