// SPDX-License-Identifier: MIT
// What VirtualSpace says when its metadata contradict each other, place by place.
#include "kernel/mm/virtual_space.hpp"

#include <vector>

#include <CppUTest/TestHarness.h>

namespace {

using kernel::Error;
using kernel::VirtAddr;
using kernel::VirtRange;

constexpr std::uint64_t kPage = mm::kFrameBytes;
constexpr VirtAddr kAt{0xffff'ffff'9000'0000};
constexpr std::uint64_t kPages = 16;
constexpr VirtRange kSpace{kAt, kAt + kPages* kPage};

}  // namespace

TEST_GROUP(VirtualSpaceDamage) {
    std::vector<std::uint64_t> metadata =
        std::vector<std::uint64_t>(mm::VirtualSpace::metadata_words(kSpace));
    mm::VirtualSpace space{kSpace, metadata};
    std::uint64_t& guards = metadata.back();  // One word, a bit for each page.

    /// A range of `pages` pages, by the number of its first.
    std::uint64_t allocate(std::uint64_t pages) {
        auto const range = space.allocate(pages * kPage);
        CHECK(static_cast<bool>(range));
        CHECK(static_cast<bool>(space.verify()));
        return (range->begin - kAt) / kPage;
    }
    template <typename Outcome>
    void check_corrupt(Outcome const& outcome) {
        CHECK_FALSE(static_cast<bool>(outcome));
        CHECK(outcome.error() == Error::Corrupt);
    }
};

TEST(VirtualSpaceDamage, WhatTheBuddiesHaveLostIsNotHandedOut) {
    for (std::size_t i = 2 * kPages; i + 1 < metadata.size(); ++i) {
        metadata[i] = 0;
    }

    check_corrupt(space.allocate(kPage));
}

TEST(VirtualSpaceDamage, ARangeWithAFreePageInItIsNotFreed) {
    std::uint64_t const first = allocate(3);
    metadata[0] |= std::uint64_t{1} << (first + 2);
    metadata[1] |= std::uint64_t{1} << (first + 2);
    std::uint64_t const before = guards;

    check_corrupt(space.free({kAt + first * kPage, kAt + (first + 3) * kPage}));
    UNSIGNED_LONGS_EQUAL(before, guards);
    UNSIGNED_LONGS_EQUAL(1, space.allocated_ranges());
}

TEST(VirtualSpaceDamage, SeesAGuardWithoutARange) {
    UNSIGNED_LONGS_EQUAL(2, allocate(1));
    UNSIGNED_LONGS_EQUAL(4, allocate(2));
    UNSIGNED_LONGS_EQUAL(1U << 3 | 1U << 6, guards);

    guards = 1U << 5 | 1U << 6;

    check_corrupt(space.verify());
}

TEST(VirtualSpaceDamage, SeesAGuardThatIsFree) {
    UNSIGNED_LONGS_EQUAL(2, allocate(1));

    guards = 1U << 7;  // The end of what is free behind it.

    check_corrupt(space.verify());
}

TEST(VirtualSpaceDamage, SeesARangeThatDoesNotEnd) {
    UNSIGNED_LONGS_EQUAL(8, allocate(5));
    UNSIGNED_LONGS_EQUAL(2, allocate(1));
    UNSIGNED_LONGS_EQUAL(14, allocate(1));
    UNSIGNED_LONGS_EQUAL(1U << 3 | 1U << 13 | 1U << 15, guards);

    guards = 1U << 3 | 1U << 11 | 1U << 13;

    check_corrupt(space.verify());
}

TEST(VirtualSpaceDamage, SeesAGuardThatDoesNotEndItsBlock) {
    UNSIGNED_LONGS_EQUAL(8, allocate(5));
    UNSIGNED_LONGS_EQUAL(1U << 13, guards);

    guards = 1U << 12;

    check_corrupt(space.verify());
}

TEST(VirtualSpaceDamage, SeesARangeThatGoesOnIntoFreePages) {
    UNSIGNED_LONGS_EQUAL(8, allocate(6));  // Three blocks.
    UNSIGNED_LONGS_EQUAL(2, allocate(1));
    UNSIGNED_LONGS_EQUAL(1U << 3 | 1U << 14, guards);

    guards = 1U << 11 | 1U << 14;

    check_corrupt(space.verify());
}
