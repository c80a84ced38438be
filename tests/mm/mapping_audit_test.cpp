// SPDX-License-Identifier: MIT
// MappingAudit, at the edges: beside guards and beside the window. That it finds each kind of
// breach in a whole machine: tests/shell/memory_mmu_test.cpp.
#include "kernel/mm/mapping_audit.hpp"

#include <array>
#include <vector>

#include <CppUTest/TestHarness.h>

namespace {

using kernel::PhysAddr;
using kernel::PhysRange;
using kernel::VirtAddr;
using kernel::VirtRange;
using mm::Level;
using mm::Mapping;
using mm::MappingRule;

constexpr std::uint64_t kPage = mm::kFrameBytes;
constexpr VirtAddr kWindow{0xffff'ffff'8000'0000};
constexpr mm::Attributes kData{mm::MemoryType::Normal, mm::Access::ReadWrite};
constexpr mm::Attributes kDevice{mm::MemoryType::DeviceNgnre, mm::Access::ReadWrite};
constexpr mm::FrameRange kRam{mm::FrameNumber{0}, mm::FrameNumber{64}};
constexpr std::array kRamRanges{kRam};
constexpr mm::FrameRange kNoFrames{kRam.end, kRam.end};
constexpr PhysRange kWindowFrames{PhysAddr{0}, PhysAddr{64 * kPage}};
constexpr mm::WindowPlace kPlace{kWindowFrames, kWindow};
constexpr VirtRange pages(std::uint64_t first, std::uint64_t end) {
    return {kWindow + first * kPage, kWindow + end * kPage};
}
constexpr VirtRange kNone = pages(0, 0);
constexpr std::array<VirtRange, kernel::kMostStacks> kGuards{
    pages(4, 6), pages(8, 9), kNone, kNone, kNone, kNone, kNone, kNone};

Mapping page(VirtAddr at, std::uint64_t to, mm::Attributes attributes) {
    return {at, Level::Three, mm::Descriptor::leaf(Level::Three, PhysAddr{to}, attributes)};
}

}  // namespace

TEST_GROUP(MappingAudit) {
    std::vector<std::uint64_t> words =
        std::vector<std::uint64_t>(mm::BuddyAllocator::metadata_words(kRam));
    mm::Zone early{"early", kRam, kRamRanges, words};
    mm::Zone late{"late", kNoFrames, {}, {}};
    mm::FrameAllocator frames{early, late};
    mm::MemoryMap memory;
    mm::MappingPlan plan{kPlace, kGuards};

    void setup() override {
        CHECK(static_cast<bool>(memory.add_ram({PhysAddr{0}, PhysAddr{64 * kPage}})));
    }
    /// The rule that the mapping breaks; none if it breaks none.
    std::optional<MappingRule> breach(Mapping const& mapping) {
        mm::MappingAudit::Facts const facts{memory, plan, frames};
        mm::MappingAudit audit{facts};
        audit.visit(mapping);
        return audit.breach() ? std::optional{audit.breach()->rule} : std::nullopt;
    }
    std::optional<MappingRule> breach_of_window_page(std::uint64_t number) {
        return breach(page(kWindow + number * kPage, number * kPage, kData));
    }
};

TEST(MappingAudit, PagesBesideAGuardMayBeMapped) {
    for (std::uint64_t number = 0; number < 12; ++number) {
        bool const is_guard = number == 4 || number == 5 || number == 8;
        CHECK(breach_of_window_page(number) ==
              (is_guard ? std::optional{MappingRule::GuardIsUnmapped} : std::nullopt));
    }
}

TEST(MappingAudit, TheWindowIsInOrderFromItsFirstPageToItsLast) {
    for (std::uint64_t const number : {0U, 63U}) {
        VirtAddr const at = kWindow + number * kPage;
        CHECK(!breach_of_window_page(number));
        CHECK(breach(page(at, 10 * kPage, kData)) == MappingRule::WindowIsLinear);
    }
    CHECK(!breach(page(kWindow + 64 * kPage, 1000 * kPage, kDevice)));
}

TEST(MappingAudit, OutsideTheWindowSomebodyHasTheFrame) {
    VirtAddr const at = kWindow + 64 * kPage;
    CHECK(!breach(page(kWindow, 0, kData)));
    CHECK(breach(page(at, 0, kData)) == MappingRule::NotFree);
    CHECK(static_cast<bool>(early.buddies().release(kRam)));
    CHECK(breach(page(at, 0, kData)) == MappingRule::NotFree);
    CHECK(static_cast<bool>(early.allocate(mm::Order{})));
    CHECK(!breach(page(at, 0, kData)));
}

TEST(MappingAudit, ABlockForDevicesHasNoFrameOfRamInIt) {
    constexpr std::uint64_t kBlock = 512 * kPage;
    VirtAddr const at{0xffff'ffff'9000'0000};
    Mapping const block{at, Level::Two,
                        mm::Descriptor::leaf(Level::Two, PhysAddr{4 * kBlock}, kDevice)};
    CHECK(!breach(block));
    for (std::uint64_t const frame : {1U, 2U, 511U}) {
        mm::MemoryMap const before = memory;
        PhysAddr const begin = PhysAddr{4 * kBlock} + frame * kPage;
        CHECK(static_cast<bool>(memory.add_ram({begin, begin + kPage})));

        CHECK(breach(block) == MappingRule::TypeOfMemory);
        memory = before;
    }
}
