// SPDX-License-Identifier: MIT
// What Heap says when its metadata contradict each other, place by place. That every flipped bit is
// seen: heap_test.cpp and T=flips.
#include "kernel/mm/heap.hpp"
#include "kernel/mm/heap_records.hpp"

#include "tests/support/guarded_words.hpp"

#include <array>
#include <cstring>
#include <vector>

#include <CppUTest/TestHarness.h>

namespace {

using kernel::Error;
using kernel::VirtAddr;
using kernel::VirtRange;
using mm::HeapRecords;
using mm::PageUse;
using mm::SizeClass;

constexpr VirtAddr kAt{0xffff'ffff'c000'0000};
constexpr std::uint64_t kPage = mm::kFrameBytes;

struct AllPages final : mm::HeapPages {
    kernel::Result<void> map(VirtRange) override { return {}; }
    void unmap(VirtRange) override {}
};

constexpr std::uint64_t kPages = 16;
constexpr VirtRange kWindow{kAt, kAt + kPages* kPage};
constexpr mm::FrameRange kSpan{mm::FrameNumber{kAt.raw() >> mm::kFrameShift},
                               mm::FrameNumber{(kAt.raw() >> mm::kFrameShift) + kPages}};

}  // namespace

TEST_GROUP(HeapDamage) {
    AllPages backing;
    std::vector<std::uint64_t> metadata =
        std::vector<std::uint64_t>(mm::Heap::metadata_words(kWindow));
    mm::Heap heap{kWindow, backing, metadata};

    // Behind the buddy allocator's words: one for each page, their uses, a tree for each class.
    std::uint64_t& word(std::uint64_t page) {
        return metadata[mm::BuddyAllocator::metadata_words(kSpan) + page];
    }
    std::uint64_t& uses() { return word(kPages); }
    std::uint64_t& pages_with_room(SizeClass size) { return word(kPages + 1 + size.index()); }
    void set_use(std::uint64_t page, std::uint64_t code) {
        uses() = (uses() & ~(std::uint64_t{0xf} << page * 4)) | code << page * 4;
    }
    std::uint64_t use(std::uint64_t page) { return uses() >> page * 4 & 0xf; }

    void* must_allocate(std::uint64_t bytes) {
        auto const object = heap.allocate(bytes);
        CHECK(static_cast<bool>(object));
        return *object;
    }
    template <typename Outcome>
    void check_corrupt(Outcome const& outcome) {
        CHECK_FALSE(static_cast<bool>(outcome));
        CHECK(outcome.error() == Error::Corrupt);
    }
    void check_seen() { check_corrupt(heap.verify()); }
};

TEST(HeapDamage, AFullPageThatIsListedAsHavingRoomGivesNothing) {
    must_allocate(2048);
    word(0) = 0b11;

    check_corrupt(heap.allocate(2048));
    UNSIGNED_LONGS_EQUAL(0b11, word(0));
    check_seen();
}

TEST(HeapDamage, APageThatTheBuddiesHaveLostIsNotTaken) {
    for (std::size_t i = 2 * kPages; i < mm::BuddyAllocator::metadata_words(kSpan); ++i) {
        metadata[i] = 0;
    }

    check_corrupt(heap.allocate(64));
    check_corrupt(heap.allocate(3 * kPage));
}

TEST(HeapDamage, AnObjectWhosePagesAreNotAllocatedIsNotFreed) {
    void* const small = must_allocate(64);
    void* const large = must_allocate(2 * kPage);
    std::uint64_t const before = word(0);
    metadata[0] = ~std::uint64_t{0};  // To the buddies all of it is reserved.
    metadata[1] = ~std::uint64_t{0};

    check_corrupt(heap.free(small));
    check_corrupt(heap.free(large));
    UNSIGNED_LONGS_EQUAL(before, word(0));
}

TEST(HeapDamage, AnObjectOfNoPagesOrTooManyIsNotFreed) {
    must_allocate(64);
    void* const large = must_allocate(2 * kPage);
    for (std::uint64_t const count : {std::uint64_t{0}, kPages, ~std::uint64_t{0}}) {
        word(2) = count;

        check_corrupt(heap.free(large));  // NOLINT(clang-analyzer-unix.Malloc): it is refused.
    }
    UNSIGNED_LONGS_EQUAL(1, heap.statistics().large_objects);
}

TEST(HeapDamage, AnObjectUpToTheEndOfTheWindowIsSound) {
    for (std::uint64_t const pages : {1U, 1U, 1U}) {
        must_allocate(pages * kPage);
    }
    must_allocate(64);  // Page 3: as a use, the set of pages with room would go on with an object.
    must_allocate(4 * kPage);
    must_allocate(8 * kPage);

    CHECK(static_cast<bool>(heap.verify()));
}

TEST(HeapDamage, SeesTwoObjectsThatBecameOne) {
    must_allocate(2 * kPage);
    must_allocate(2 * kPage);
    CHECK(static_cast<bool>(heap.verify()));

    set_use(2, use(1));
    word(0) = 4;
    word(2) = 0;

    check_seen();
}

TEST(HeapDamage, SeesAnObjectThatLostAPageToSlots) {
    must_allocate(3 * kPage);
    word(0) = 2;
    set_use(2, 1 + 0);  // The class of index 0.
    word(2) = 1;
    pages_with_room(SizeClass::of(0)) |= 0b100;

    check_seen();
}

TEST(HeapDamage, SeesAPageThatFollowsNoObject) {
    must_allocate(kPage);
    must_allocate(kPage);
    std::uint64_t const large = use(0);
    set_use(0, large + 1);
    word(0) = 0;

    check_seen();
}

TEST(HeapDamage, SeesAPageThatFollowsNoObjectThoughAllCountsAreRight) {
    must_allocate(kPage);
    must_allocate(kPage);
    set_use(0, use(0) + 1);
    word(0) = 0;
    // The heap ends with how many large objects and pages of theirs there are.
    constexpr std::array<std::uint64_t, 2> kOneOfEach{1, 1};
    auto* const end = reinterpret_cast<unsigned char*>(&heap) + sizeof heap;
    std::memcpy(end - sizeof kOneOfEach, kOneOfEach.data(), sizeof kOneOfEach);
    UNSIGNED_LONGS_EQUAL(1, heap.statistics().large_objects);

    check_seen();
}

TEST(HeapDamage, SeesAPageWithoutSlotsInUseThoughAllCountsAreRight) {
    SizeClass const quarters = *SizeClass::covering(1024);
    std::array<void*, 5> objects{};
    for (void*& object : objects) {
        object = must_allocate(1024);
    }
    CHECK(static_cast<bool>(heap.free(objects[0])));
    CHECK(static_cast<bool>(heap.verify()));

    word(0) = 0b1111;
    word(1) = 0;
    pages_with_room(quarters) = 0b10;

    check_seen();
}

TEST(HeapDamage, SeesASlotBehindTheLast) {
    must_allocate(1024);

    word(0) = 0b1'0000;

    check_seen();
}

TEST(HeapDamage, SeesAPageThatChangedItsClassThoughAllObjectsAreThere) {
    SizeClass const quarters = *SizeClass::covering(1024);
    SizeClass const halves = *SizeClass::covering(2048);
    std::array<void*, 5> objects{};
    for (void*& object : objects) {
        object = must_allocate(1024);
    }
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(static_cast<bool>(heap.free(objects[i])));
    }
    must_allocate(2048);
    must_allocate(2048);
    CHECK(static_cast<bool>(heap.verify()));  // Pages 0 and 1 have a quarter each, 2 two halves.

    word(0) |= 0b11;
    word(0) &= word(0) - 1;
    set_use(1, use(2));
    word(1) = 1;
    word(2) = 1;
    pages_with_room(quarters) = 0b1;
    pages_with_room(halves) = 0b110;

    check_seen();
}

TEST_GROUP(HeapRecords){};

TEST(HeapRecords, TakeAWordForEachPageAndOneForSixteenUses) {
    UNSIGNED_LONGS_EQUAL(1 + 1, HeapRecords::words(1));
    UNSIGNED_LONGS_EQUAL(16 + 1, HeapRecords::words(16));
    UNSIGNED_LONGS_EQUAL(17 + 2, HeapRecords::words(17));
    for (std::uint64_t const pages : {1U, 16U, 17U, 32U}) {
        test::GuardedWords const guarded{HeapRecords::words(pages)};
        HeapRecords records{guarded.words(), pages};

        records.set_use(pages - 1, PageUse::large());

        CHECK(records.use(pages - 1) == PageUse::large());
        CHECK(records.has_clean_end());
    }
}

TEST(HeapRecords, AreNotCleanBehindTheUseOfTheLastPage) {
    for (std::uint64_t const pages : {1U, 15U, 17U, 31U}) {
        std::vector<std::uint64_t> words(HeapRecords::words(pages));
        HeapRecords const records{words, pages};

        words.back() = std::uint64_t{1} << 63;

        CHECK_FALSE(records.has_clean_end());
    }
}
