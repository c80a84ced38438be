// SPDX-License-Identifier: MIT
#include "kernel/mm/descriptor.hpp"

#include "tests/support/broken_promise.hpp"

#include <CppUTest/TestHarness.h>

namespace {

using kernel::PhysAddr;
using mm::Access;
using mm::Attributes;
using mm::Descriptor;
using mm::Level;
using mm::MemoryType;

/// True if a mapping of any type and access, by page or block, can be both written and executed.
constexpr bool anything_writes_and_executes() {
    for (MemoryType const type :
         {MemoryType::Normal, MemoryType::DeviceNgnre, MemoryType::NormalNonCacheable}) {
        for (Access const access : {Access::Read, Access::ReadWrite, Access::ReadExecute}) {
            if (access == Access::ReadExecute && type != MemoryType::Normal) {
                continue;  // There is no such value: see OnlyNormalMemoryIsExecuted.
            }
            for (Level const level : {Level::Two, Level::Three}) {
                auto const leaf = Descriptor::leaf(level, PhysAddr{0}, Attributes{type, access});
                if (leaf.is_writable() && leaf.is_executable()) {
                    return true;
                }
            }
        }
    }
    return false;
}

static_assert(!anything_writes_and_executes());

constexpr Descriptor page(MemoryType type, Access access) {
    return Descriptor::leaf(Level::Three, PhysAddr{0}, Attributes{type, access});
}

// The words that Linux and the manual's pseudocode would expect, bit for bit.
static_assert(page(MemoryType::Normal, Access::ReadExecute).raw() == 0x0040'0000'0000'0783);
static_assert(page(MemoryType::Normal, Access::Read).raw() == 0x0060'0000'0000'0783);
static_assert(page(MemoryType::Normal, Access::ReadWrite).raw() == 0x0060'0000'0000'0703);
static_assert(page(MemoryType::DeviceNgnre, Access::ReadWrite).raw() == 0x0060'0000'0000'0707);
static_assert(page(MemoryType::NormalNonCacheable, Access::ReadWrite).raw() ==
              0x0060'0000'0000'070b);

}  // namespace

TEST_GROUP(Descriptor){};

TEST(Descriptor, IsTheSameWordAtRunTime) {
    UNSIGNED_LONGS_EQUAL(0x0040'0000'0000'0783,
                         page(MemoryType::Normal, Access::ReadExecute).raw());
    UNSIGNED_LONGS_EQUAL(0x0060'0000'0000'0783, page(MemoryType::Normal, Access::Read).raw());
    UNSIGNED_LONGS_EQUAL(0x0060'0000'0000'0703, page(MemoryType::Normal, Access::ReadWrite).raw());
    UNSIGNED_LONGS_EQUAL(0x0060'0000'0000'0707,
                         page(MemoryType::DeviceNgnre, Access::ReadWrite).raw());
    UNSIGNED_LONGS_EQUAL(0x0060'0000'0000'070b,
                         page(MemoryType::NormalNonCacheable, Access::ReadWrite).raw());
    CHECK_FALSE(anything_writes_and_executes());
}

TEST(Descriptor, OnlyNormalMemoryIsExecuted) {
    CHECK(test::breaks_promise([&] {
        static_cast<void>(Attributes{MemoryType::DeviceNgnre, Access::ReadExecute});
    }));
    CHECK(test::breaks_promise([&] {
        static_cast<void>(Attributes{MemoryType::NormalNonCacheable, Access::ReadExecute});
    }));
}

TEST(Descriptor, SaysWhatItIsAtEachLevel) {
    Descriptor const table = Descriptor::table(mm::EarlyFrame{mm::FrameNumber{0x40001}});
    Attributes const data{MemoryType::Normal, Access::ReadWrite};
    Descriptor const block = Descriptor::leaf(Level::Two, PhysAddr{0x20'0000}, data);
    Descriptor const one_page = Descriptor::leaf(Level::Three, PhysAddr{0x1000}, data);

    CHECK(Descriptor::invalid().kind(Level::One) == Descriptor::Kind::Invalid);
    CHECK(table.kind(Level::Two) == Descriptor::Kind::Table);
    CHECK(table.address() == PhysAddr{0x4000'1000});
    CHECK(block.kind(Level::Two) == Descriptor::Kind::Leaf);
    CHECK(block.address() == PhysAddr{0x20'0000});
    CHECK(one_page.kind(Level::Three) == Descriptor::Kind::Leaf);
    // A block's type is reserved at level 3, where the hardware takes it for invalid.
    CHECK(block.kind(Level::Three) == Descriptor::Kind::Invalid);
}

TEST(Descriptor, HoldsAddressesBelow2To48InWholePages) {
    Attributes const data{MemoryType::Normal, Access::ReadWrite};
    PhysAddr const last{mm::kPhysicalBytes - mm::kFrameBytes};

    CHECK(Descriptor::leaf(Level::Three, last, data).address() == last);
    CHECK(test::breaks_promise(
        [&] { Descriptor::leaf(Level::Three, PhysAddr{mm::kPhysicalBytes}, data); }));
    CHECK(test::breaks_promise([&] { Descriptor::leaf(Level::Three, PhysAddr{0x800}, data); }));
}

TEST(Descriptor, IsEqualToOneWithTheSameWord) {
    Descriptor const one = page(MemoryType::Normal, Access::Read);

    CHECK(one == Descriptor{one.raw()});
    CHECK_FALSE(one == Descriptor{one.raw() + 1});
}
