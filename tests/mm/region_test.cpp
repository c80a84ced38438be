// SPDX-License-Identifier: MIT
#include "kernel/mm/region.hpp"

#include "kernel/mm/board_memory.hpp"
#include "kernel/mm/frame_allocator.hpp"
#include "kernel/mm/page_table.hpp"
#include "kernel/mm/zone.hpp"

#include <CppUTest/TestHarness.h>

using mm::Mappable;
using mm::Region;
using mm::RegionOwner;

namespace {

constexpr mm::FrameRange kFrames{mm::FrameNumber{1}, mm::FrameNumber{2}};

Region owned_by(RegionOwner owner) { return {kFrames, owner, Mappable::Yes, "a reason"}; }

}  // namespace

TEST_GROUP(Region){};

TEST(Region, IsTheKernelsOwnWhereTheKernelLives) {
    for (RegionOwner const owner :
         {RegionOwner::KernelImage, RegionOwner::Metadata, RegionOwner::DeviceTree}) {
        CHECK(owned_by(owner).is_kernels_own());
        CHECK_FALSE(owned_by(owner).is_usable());
    }
    for (RegionOwner const owner :
         {RegionOwner::Nobody, RegionOwner::Firmware, RegionOwner::Initrd,
          RegionOwner::MemoryReserve, RegionOwner::ReservedMemory, RegionOwner::BadMemory}) {
        CHECK_FALSE(owned_by(owner).is_kernels_own());
    }
    CHECK(owned_by(RegionOwner::Nobody).is_usable());
}

TEST(Region, IsLikeOneThatDiffersInNothingButItsFrames) {
    Region const region = owned_by(RegionOwner::Firmware);
    Region other = region;
    other.frames = {mm::FrameNumber{7}, mm::FrameNumber{9}};
    CHECK(region.is_like(other));

    CHECK_FALSE(region.is_like(owned_by(RegionOwner::Initrd)));
    other.mappable = Mappable::No;
    CHECK_FALSE(region.is_like(other));
    other = region;
    other.reason = "another";
    CHECK_FALSE(region.is_like(other));
}

TEST_GROUP(MemoryReports){};

TEST(MemoryReports, BeginAtNothing) {
    mm::ZoneStatistics const zone{};
    UNSIGNED_LONGS_EQUAL(0, zone.span.first.raw() + zone.span.end.raw());
    UNSIGNED_LONGS_EQUAL(0, zone.frames + zone.reserved + zone.free + zone.used + zone.cached);

    mm::FrameInfo const frame{};
    CHECK_FALSE(frame.is_ram);
    CHECK(frame.state.kind == mm::FrameKind::Outside);

    mm::Translation::Step const step{};
    UNSIGNED_LONGS_EQUAL(0, step.table.raw() + step.index);

    mm::MemoryFacts const facts{};
    UNSIGNED_LONGS_EQUAL(0, facts.image.begin.raw() + facts.image.end.raw());
}
