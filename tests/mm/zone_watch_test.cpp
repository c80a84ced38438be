// SPDX-License-Identifier: MIT
// What a zone says when its watch and its metadata contradict each other, and of frames that were
// never handed out.
#include "kernel/mm/zone.hpp"

#include "tests/support/broken_promise.hpp"

#include <array>
#include <optional>
#include <string>
#include <vector>

#include <CppUTest/TestHarness.h>

namespace {

using kernel::Error;
using mm::FrameNumber;
using mm::FrameRange;
using mm::Order;

constexpr FrameRange kSpan{FrameNumber{0}, FrameNumber{64}};
constexpr std::array kRam{
    FrameRange{FrameNumber{0},  FrameNumber{8} },
    FrameRange{FrameNumber{10}, FrameNumber{64}}
};

}  // namespace

TEST_GROUP(ZoneWatch) {
    struct Watch final : mm::FrameWatch {
        std::optional<FrameNumber> find_damaged(FrameRange) override {
            if (spoiled != nullptr) {
                *spoiled = 0;  // No block is known to start in the run any more.
            }
            return damaged;
        }
        void freed(FrameRange, mm::FrameOwner const&) override {}

        std::optional<FrameNumber> damaged;
        std::uint64_t* spoiled = nullptr;
    };

    std::vector<std::uint64_t> metadata =
        std::vector<std::uint64_t>(mm::BuddyAllocator::metadata_words(kSpan));
    mm::Zone zone{"early", kSpan, kRam, metadata};
    Watch watch;

    void setup() override {
        for (FrameRange const range : kRam) {
            CHECK(static_cast<bool>(zone.buddies().release(range)));
        }
        zone.set_watch(&watch);
    }
};

TEST(ZoneWatch, AFrameThatCannotBeReservedIsCorrupt) {
    STRCMP_EQUAL("early", std::string{zone.name()}.c_str());
    watch.damaged = FrameNumber{8};  // In the hole: reserved already.

    CHECK(zone.allocate(Order{}).error() == Error::Corrupt);
    CHECK(zone.allocate_frames(3).error() == Error::Corrupt);
}

TEST(ZoneWatch, FramesThatCannotBeGivenBackAreCorrupt) {
    watch.damaged = FrameNumber{0};
    watch.spoiled = &metadata[1];

    CHECK(zone.allocate(Order{}).error() == Error::Corrupt);
}

TEST(ZoneWatch, TheFirstReservedFrameSaysWhetherItIsRam) {
    CHECK(static_cast<bool>(zone.buddies().reserve({FrameNumber{7}, FrameNumber{8}})));

    CHECK(zone.refine(Error::Reserved, FrameNumber{6}) == Error::Reserved);
    CHECK(zone.refine(Error::Reserved, FrameNumber{8}) == Error::NotRam);
    CHECK(zone.refine(Error::NotFree, FrameNumber{8}) == Error::NotFree);
}

TEST(ZoneWatch, AFrameThatWasNotGivenIsNotTakenBack) {
    mm::EarlyZoneFrames frames{zone, nullptr, "heap"};

    CHECK(test::breaks_promise([&] { frames.free(mm::EarlyFrame{FrameNumber{3}}); }));
}
