// SPDX-License-Identifier: MIT
#include "kernel/mm/memory_map.hpp"

#include <array>
#include <cstdint>
#include <string_view>

#include <CppUTest/TestHarness.h>

namespace {

using kernel::Error;
using kernel::PhysAddr;
using kernel::PhysRange;
using mm::FrameNumber;
using mm::FrameRange;
using mm::Mappable;
using mm::MemoryMap;
using mm::Region;
using mm::RegionOwner;

constexpr std::uint64_t kFrame = mm::kFrameBytes;
constexpr std::uint64_t kEnd = MemoryMap::kPhysicalEnd;
constexpr PhysAddr kGiB{1 << 30};

constexpr PhysRange bytes(std::uint64_t begin, std::uint64_t end) {
    return {PhysAddr{begin}, PhysAddr{end}};
}
constexpr FrameRange frames(std::uint64_t first, std::uint64_t end) {
    return {FrameNumber{first}, FrameNumber{end}};
}
// The frames [first, end), in bytes.
constexpr PhysRange at(std::uint64_t first, std::uint64_t end) {
    return bytes(first * kFrame, end * kFrame);
}

MemoryMap::Reservation image(PhysRange range) {
    return {range, RegionOwner::KernelImage, "kernel image"};
}
MemoryMap::Reservation firmware(PhysRange range) {
    return {range, RegionOwner::Firmware, "firmware"};
}
MemoryMap::Reservation no_map(PhysRange range) {
    return {range, RegionOwner::ReservedMemory, "atf@0", Mappable::No};
}

bool is(Region const& region, FrameRange where, std::string_view reason) {
    return region.frames == where && region.reason == reason &&
           region.is_usable() == (reason == "usable");
}

}  // namespace

TEST_GROUP(MemoryMap) {
    MemoryMap map;

    void ram(PhysRange range) { CHECK(static_cast<bool>(map.add_ram(range))); }
    void reserve(MemoryMap::Reservation const& reservation) {
        CHECK(static_cast<bool>(map.reserve(reservation)));
    }
    void check_count(std::size_t count) { UNSIGNED_LONGS_EQUAL(count, map.regions().size()); }
    void check_region(std::size_t place, FrameRange where, std::string_view reason) {
        CHECK(place < map.regions().size() && is(map.regions()[place], where, reason));
    }
};

TEST(MemoryMap, IsEmptyAtFirst) {
    check_count(0);
    CHECK(!map.find(FrameNumber{0}));
    CHECK(mm::hull(map.ram_outside(frames(0, 10))).empty());
}

TEST(MemoryMap, SortsAndJoinsBanks) {
    ram(at(20, 30));
    ram(at(0, 10));
    ram(at(28, 40));
    ram(at(10, 12));
    ram(at(5, 25));
    check_count(1);
    check_region(0, frames(0, 40), "usable");
}

TEST(MemoryMap, RoundsRamInward) {
    ram(bytes(1, 3 * kFrame - 1));
    check_count(1);
    check_region(0, frames(1, 2), "usable");
    ram(bytes(10 * kFrame + 1, 12 * kFrame - 1));  // Holds no whole frame.
    ram(bytes(20 * kFrame, 20 * kFrame + 4095));
    ram(bytes(7, 7));
    check_count(1);
}

TEST(MemoryMap, CutsOffRamWherePhysicalAddressesEnd) {
    ram(bytes(kEnd - 2 * kFrame, kEnd + kFrame));
    check_region(0, frames(kEnd / kFrame - 2, kEnd / kFrame), "usable");
    ram(bytes(kEnd - 3 * kFrame, 5));  // Wraps.
    check_count(1);
    check_region(0, frames(kEnd / kFrame - 3, kEnd / kFrame), "usable");
    ram(bytes(kEnd, ~std::uint64_t{0}));
    ram(bytes(~std::uint64_t{0}, 0));
    check_count(1);
}

TEST(MemoryMap, RoundsReservationsOutward) {
    ram(at(0, 10));
    reserve(image(bytes(3 * kFrame + 4095, 4 * kFrame + 1)));
    check_count(3);
    check_region(0, frames(0, 3), "usable");
    check_region(1, frames(3, 5), "kernel image");
    check_region(2, frames(5, 10), "usable");
    reserve(image(bytes(7 * kFrame, 7 * kFrame)));  // Nothing.
    check_count(3);
}

TEST(MemoryMap, ReservesUpToTheEndWhereARangeWraps) {
    ram(at(0, 10));
    reserve(firmware(bytes(8 * kFrame, 1)));
    check_region(1, frames(8, 10), "firmware");
}

TEST(MemoryMap, ForgetsReservationsOfWhatIsNotRam) {
    ram(at(10, 20));
    reserve(firmware(at(0, 12)));
    reserve(firmware(at(18, 100)));
    reserve(firmware(at(50, 60)));
    check_count(3);
    check_region(0, frames(10, 12), "firmware");
    check_region(1, frames(12, 18), "usable");
    check_region(2, frames(18, 20), "firmware");
}

TEST(MemoryMap, LeavesFramesToWhoReservedThemFirst) {
    ram(at(0, 10));
    reserve(firmware(at(2, 5)));
    reserve(image(at(0, 8)));
    check_count(4);
    check_region(0, frames(0, 2), "kernel image");
    check_region(1, frames(2, 5), "firmware");
    check_region(2, frames(5, 8), "kernel image");
    check_region(3, frames(8, 10), "usable");
}

TEST(MemoryMap, LetsWhatMustNotBeMappedWin) {
    ram(at(0, 10));
    reserve(firmware(at(0, 8)));
    reserve(no_map(at(4, 6)));
    reserve(firmware(at(4, 6)));
    check_count(4);
    check_region(1, frames(4, 6), "atf@0");
    CHECK(map.regions()[1].mappable == Mappable::No);
    CHECK(map.regions()[2].mappable == Mappable::Yes);
}

TEST(MemoryMap, LetsTheKernelStayWhereItLives) {
    ram(at(0, 10));
    reserve(image(at(2, 4)));
    reserve(no_map(at(0, 10)));
    check_count(3);
    check_region(0, frames(0, 2), "atf@0");
    check_region(1, frames(2, 4), "kernel image");
    CHECK(map.regions()[1].mappable == Mappable::Yes);
}

TEST(MemoryMap, JoinsRegionsOfOneReason) {
    ram(at(0, 10));
    reserve(firmware(at(0, 2)));
    reserve(firmware(at(2, 4)));
    reserve(image(at(4, 5)));
    check_count(3);
    check_region(0, frames(0, 4), "firmware");
}

TEST(MemoryMap, DoesNotFreeWhatIsNamedAsRamAgain) {
    ram(at(0, 10));
    reserve(image(at(2, 4)));
    ram(at(0, 20));
    check_count(3);
    check_region(1, frames(2, 4), "kernel image");
    check_region(2, frames(4, 20), "usable");
}

TEST(MemoryMap, IsClippedBelowACeilingOnly) {
    ram(bytes(0, 0xfc00'0000));
    CHECK(!map.clip_below(kGiB, bytes(0, 0x3b40'0000)).value());
    check_count(2);
    check_region(0, frames(0, 0x3b400), "usable");
    check_region(1, frames(0x40000, 0xfc000), "usable");
}

TEST(MemoryMap, SaysWhetherTheLimitAgrees) {
    ram(bytes(0, 0x3c00'0000));
    ram(bytes(kGiB.raw(), kGiB.raw() + kFrame));
    CHECK(map.clip_below(kGiB, bytes(0, 0x3c00'0000)).value());
    CHECK(!map.clip_below(kGiB, bytes(0, 0x3f00'0000)).value());  // More than there is: no change.
    check_count(2);
    CHECK(!map.clip_below(kGiB, bytes(0x1000, 0x3b00'0001)).value());
    check_region(0, frames(1, 0x3b000), "usable");
    CHECK(map.clip_below(kGiB, bytes(5, 5)).error() == Error::EmptyRange);
    CHECK(map.clip_below(kGiB, bytes(kGiB.raw(), kGiB.raw() + kFrame)).error() ==
          Error::EmptyRange);
    check_count(2);
}

TEST(MemoryMap, ShowsWhatLiesInsideAndOutsideOfAWindow) {
    ram(at(0, 100));
    ram(at(200, 300));
    reserve(firmware(at(0, 8)));
    reserve(image(at(60, 70)));
    auto const window = frames(10, 64);
    auto const inside = map.usable_inside(window);
    UNSIGNED_LONGS_EQUAL(1, inside.size());
    CHECK(inside[0] == frames(10, 60));
    auto const outside = map.usable_outside(window);
    UNSIGNED_LONGS_EQUAL(3, outside.size());
    CHECK(outside[0] == frames(8, 10));
    CHECK(outside[1] == frames(70, 100));
    CHECK(outside[2] == frames(200, 300));
    UNSIGNED_LONGS_EQUAL(54, mm::frame_count(map.ram_inside(window)));
    auto const rest = map.ram_outside(window);
    UNSIGNED_LONGS_EQUAL(146, mm::frame_count(rest));
    CHECK(mm::hull(rest) == frames(0, 300));
}

TEST(MemoryMap, FindsTheRegionOfAFrame) {
    ram(at(0, 10));
    reserve(image(at(2, 4)));
    CHECK(map.find(FrameNumber{3})->owner == RegionOwner::KernelImage);
    CHECK(map.find(FrameNumber{4})->is_usable());
    CHECK(!map.find(FrameNumber{10}));
}

TEST(MemoryMap, FindsTheLowestPlaceThatIsLargeEnough) {
    ram(at(0, 10));
    ram(at(20, 40));
    reserve(image(at(4, 6)));
    CHECK(map.lowest_usable(frames(0, 100), 4) == frames(0, 4));
    CHECK(map.lowest_usable(frames(0, 100), 5) == frames(20, 25));
    CHECK(map.lowest_usable(frames(1, 100), 4) == frames(6, 10));
    CHECK(!map.lowest_usable(frames(0, 30), 11));
    CHECK(!map.lowest_usable(frames(10, 20), 1));
}

TEST(MemoryMap, UsesNoRamForWhichItHasNoRoom) {
    for (std::uint64_t bank = 0; bank < MemoryMap::kCapacity; ++bank) {
        ram(at(2 * bank, 2 * bank + 1));
    }
    CHECK(map.add_ram(at(1000, 1001)).error() == Error::TableFull);
    CHECK(!map.find(FrameNumber{1000}));
    check_count(MemoryMap::kCapacity);
    ram(at(0, 3));  // Joins two.
    check_count(MemoryMap::kCapacity - 1);
    ram(at(0, 255));
    check_count(1);
}

TEST(MemoryMap, ReservesWholeRegionsWhereItCannotCutThem) {
    ram(at(0, 10));
    for (std::uint64_t bank = 1; bank < MemoryMap::kCapacity; ++bank) {
        ram(at(100 * bank, 100 * bank + 1));
    }
    CHECK(map.reserve(image(at(4, 5))).error() == Error::TableFull);
    check_region(0, frames(0, 10), "kernel image");
}

TEST(MemoryMap, LosesWholeRegionsWhereItCannotClipThem) {
    ram(at(0, 10));
    ram(at(20, 30));
    for (std::uint64_t bank = 2; bank < MemoryMap::kCapacity; ++bank) {
        ram(at(100 * bank, 100 * bank + 1));
    }
    // [0, 50) must be without its middle.
    auto const outcome = map.clip_below(PhysAddr{8 * kFrame}, at(0, 4));
    CHECK(outcome.error() == Error::TableFull);
    CHECK(!map.find(FrameNumber{5}));
}

TEST(MemoryMap, FillsGapsBesideWhatIsReserved) {
    ram(at(10, 20));
    reserve(image(at(10, 12)));
    reserve(image(at(18, 20)));

    ram(at(0, 30));

    UNSIGNED_LONGS_EQUAL(5, map.regions().size());
    CHECK(is(map.regions()[0], frames(0, 10), "usable"));
    CHECK(is(map.regions()[4], frames(20, 30), "usable"));
}
