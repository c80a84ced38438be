// SPDX-License-Identifier: MIT
// The memory map's table with room for 0, 1, 2 ... more regions, and what then becomes of a call.
#include "kernel/mm/memory_map.hpp"

#include <array>
#include <cstdint>
#include <string>

#include <CppUTest/TestHarness.h>

namespace {

using kernel::Error;
using kernel::PhysAddr;
using kernel::PhysRange;
using mm::FrameNumber;
using mm::MemoryMap;

// A bank of ten frames, then banks of one frame with a gap between.
constexpr std::uint64_t kFirstBank = 10;
constexpr std::uint64_t kFrames = kFirstBank + 2 * MemoryMap::kCapacity + 20;

PhysRange frames(std::uint64_t first, std::uint64_t count) {
    return {FrameNumber{first}.address(), FrameNumber{first + count}.address()};
}

struct Frame {
    bool is_ram = false;
    bool is_usable = false;

    friend bool operator==(Frame, Frame) = default;
};
using Frames = std::array<Frame, kFrames>;

Frames frames_of(MemoryMap const& map) {
    Frames frames;
    for (std::uint64_t i = 0; i < kFrames; ++i) {
        auto const region = map.find(FrameNumber{i});
        frames[i] = {region.has_value(), region && region->owner == mm::RegionOwner::Nobody};
    }
    return frames;
}

bool is_in_order(MemoryMap const& map) {
    mm::Region const* last = nullptr;
    for (mm::Region const& region : map.regions()) {
        if (region.frames.empty() || (last != nullptr && region.frames.first < last->frames.end)) {
            return false;
        }
        last = &region;
    }
    return map.regions().size() <= MemoryMap::kCapacity;
}

MemoryMap map_of(std::size_t regions) {
    MemoryMap map;
    for (std::uint64_t i = 0; i < regions; ++i) {
        bool const is_added{
            map.add_ram(i == 0 ? frames(0, kFirstBank) : frames(kFirstBank + 2 * i - 1, 1))};
        if (!is_added) {
            FAIL("a bank did not fit");
        }
    }
    return map;
}

}  // namespace

TEST_GROUP(NthFailureMemoryMap){
    // Makes `call` at every level of the table; it needs room for `more` regions. Each frame must
    // be what `rightly` makes of it, and where there was no room, what `is_safe` permits.
    // NOLINTNEXTLINE(readability-function-size): a call, and what is to be expected of it.
    void at_every_level(std::size_t more, auto call, auto rightly,
                        auto is_safe){std::size_t refusals = 0;
for (std::size_t regions = 1; regions <= MemoryMap::kCapacity; ++regions) {
    MemoryMap map = map_of(regions);
    UNSIGNED_LONGS_EQUAL(regions, map.regions().size());
    Frames const before = frames_of(map);

    auto const outcome = call(map);

    CHECK_EQUAL(regions + more <= MemoryMap::kCapacity, static_cast<bool>(outcome));
    CHECK(outcome || outcome.error() == Error::TableFull);
    CHECK(is_in_order(map));
    Frames const after = frames_of(map);
    for (std::uint64_t i = 0; i < kFrames; ++i) {
        Frame const expected = rightly(i, before[i]);
        std::string const where = std::to_string(regions) + " regions, frame " + std::to_string(i);
        CHECK_TEXT(outcome ? after[i] == expected : is_safe(before[i], after[i], expected),
                   where.c_str());
    }
    refusals += outcome ? 0U : 1U;
}
UNSIGNED_LONGS_EQUAL(more, refusals);
}
}
;

TEST(NthFailureMemoryMap, ABankThatDoesNotFitIsNotRam) {
    constexpr std::uint64_t kAt = kFrames - 5;
    at_every_level(
        1, [](MemoryMap& map) { return map.add_ram(frames(kAt, 3)); },
        [](std::uint64_t i, Frame before) {
            bool const is_new = i >= kAt && i < kAt + 3;
            return is_new ? Frame{true, true} : before;
        },
        [](Frame before, Frame after, Frame) { return after == before; });
}

TEST(NthFailureMemoryMap, NothingOfAReservationStaysUsable) {
    at_every_level(
        2,
        [](MemoryMap& map) {
            return map.reserve({frames(3, 4), mm::RegionOwner::ReservedMemory, "some"});
        },
        [](std::uint64_t i, Frame before) {
            return Frame{before.is_ram, before.is_usable && (i < 3 || i >= 7)};
        },
        [](Frame before, Frame after, Frame expected) {
            return after.is_ram == before.is_ram && (expected.is_usable || !after.is_usable);
        });
}

TEST(NthFailureMemoryMap, NothingThatTheLimitExcludesStaysRam) {
    // One more in the end, two on the way: between two cuts the part that goes is there, too.
    at_every_level(
        2,
        [](MemoryMap& map) -> kernel::Result<void> {
            // Below the ceiling only frames 2 and 3 stay; the rest of that bank is above it.
            auto const agreed = map.clip_below(FrameNumber{6}.address(), frames(2, 2));
            return agreed ? kernel::Result<void>{} : agreed.error();
        },
        [](std::uint64_t i, Frame before) {
            bool const stays = i >= 6 || (i >= 2 && i < 4);
            return stays ? before : Frame{};
        },
        [](Frame, Frame after, Frame expected) {
            return (expected.is_ram || !after.is_ram) && (expected.is_usable || !after.is_usable);
        });
}

TEST(NthFailureMemoryMap, WhatStillFitsIsDoneAfterWhatDoesNot) {
    // A bank of ten frames, then one frame in two, as many as there is room for.
    MemoryMap map = map_of(MemoryMap::kCapacity);

    // The gap of one frame closes the row; the first would need a region of its own.
    MemoryMap::Reservation const part{frames(5, 10), mm::RegionOwner::Initrd, "initrd"};
    CHECK(map.reserve(part).error() == Error::TableFull);

    CHECK(map.find(FrameNumber{0})->owner == mm::RegionOwner::Initrd);  // More than was asked for.
    CHECK(map.find(FrameNumber{11})->owner == mm::RegionOwner::Initrd);
    CHECK(map.find(FrameNumber{13})->owner == mm::RegionOwner::Initrd);
    CHECK(is_in_order(map));
}

TEST(NthFailureMemoryMap, ABankFillsTheGapsThatNeedNoRoom) {
    MemoryMap map;
    for (std::uint64_t i = 0; i < MemoryMap::kCapacity; ++i) {
        CHECK(static_cast<bool>(map.add_ram(frames(10 + 2 * i, 1))));
        if (i < 2) {  // Beside these nothing can be joined.
            CHECK(static_cast<bool>(
                map.reserve({frames(10 + 2 * i, 1), mm::RegionOwner::Initrd, "initrd"})));
        }
    }

    CHECK(map.add_ram(frames(10, 5)).error() == Error::TableFull);

    CHECK_FALSE(map.find(FrameNumber{11}).has_value());
    CHECK(map.find(FrameNumber{13}).has_value());
}

TEST(NthFailureMemoryMap, ALimitTakesAwayWhatItCannotCut) {
    MemoryMap map = map_of(MemoryMap::kCapacity);
    constexpr kernel::PhysAddr kCeiling{std::uint64_t{1} << 30};

    // Both ends lie in regions that would have to be cut in two.
    CHECK(map.clip_below(kCeiling, frames(3, 2)).error() == Error::TableFull);

    CHECK(is_in_order(map));
    CHECK_FALSE(map.find(FrameNumber{0}).has_value());
    CHECK_FALSE(map.find(FrameNumber{9}).has_value());
}

TEST(NthFailureMemoryMap, ALimitTakesAwayTheRestToo) {
    MemoryMap map = map_of(MemoryMap::kCapacity);
    constexpr kernel::PhysAddr kCeiling{std::uint64_t{1} << 30};

    CHECK(map.clip_below(kCeiling, frames(0, 5)).error() == Error::TableFull);

    CHECK(map.regions().empty());
}
