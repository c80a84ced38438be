// SPDX-License-Identifier: MIT
#include "kernel/mm/heap.hpp"

#include "kernel/units.hpp"

#include "tests/support/broken_promise.hpp"
#include "tests/support/buffer_pages.hpp"

#include <cstring>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include <CppUTest/TestHarness.h>

namespace {

using kernel::Error;
using kernel::VirtAddr;
using kernel::VirtRange;
using mm::SizeClass;

constexpr std::uint64_t kPage = mm::kFrameBytes;
constexpr std::uint64_t kPages = 3072;

static_assert(SizeClass::covering(1) == SizeClass::of(0));
static_assert(SizeClass::covering(64) == SizeClass::of(0));
static_assert(SizeClass::covering(65) == SizeClass::of(1));
static_assert(SizeClass::covering(2048) == SizeClass::of(5));
static_assert(!SizeClass::covering(2049));
static_assert(SizeClass::of(0).all_slots() == ~std::uint64_t{0});
static_assert(SizeClass::of(5).all_slots() == 0b11);

/// Every page is there: the heap itself touches none.
struct AllPages final : mm::HeapPages {
    kernel::Result<void> map(VirtRange) override { return {}; }
    void unmap(VirtRange) override {}
};

std::uint64_t address_of(void* object) { return reinterpret_cast<std::uintptr_t>(object); }

void* at(void* object, std::uint64_t offset) {
    return static_cast<unsigned char*>(object) + offset;
}

}  // namespace

TEST_GROUP(Heap) {
    test::BufferPages backing{kPages};
    std::vector<std::uint64_t> metadata =
        std::vector<std::uint64_t>(mm::Heap::metadata_words(backing.window()), 0xa5a5);
    mm::Heap heap{backing.window(), backing, metadata};

    void* must_allocate(std::uint64_t bytes, std::uint64_t alignment = 1) {
        auto const object = heap.allocate(bytes, alignment);
        CHECK(static_cast<bool>(object));
        return *object;
    }
    void must_free(void* object) { CHECK(static_cast<bool>(heap.free(object))); }

    void check_refused(Error error, kernel::Result<void> const& outcome, std::uint64_t before) {
        CHECK(!outcome);
        CHECK(outcome.error() == error);
        UNSIGNED_LONGS_EQUAL(before, heap.hash());
    }
};

TEST(Heap, BeginsWithAWindowAndNoMemory) {
    auto const statistics = heap.statistics();

    UNSIGNED_LONGS_EQUAL(kPages * kPage, statistics.window);
    UNSIGNED_LONGS_EQUAL(0, statistics.mapped);
    UNSIGNED_LONGS_EQUAL(0, statistics.used);
    UNSIGNED_LONGS_EQUAL(0, backing.mapped());
    UNSIGNED_LONGS_EQUAL(kPages, heap.verify().value().pages);
}

TEST(Heap, NeedsAWindowOfWholePagesAndAllItsMetadata) {
    VirtAddr const begin = backing.window().begin;

    CHECK(test::breaks_promise([&] {
        static_cast<void>(mm::Heap{
            {begin, begin},
            backing, metadata
        });
    }));
    CHECK(test::breaks_promise([&] {
        static_cast<void>(mm::Heap{
            {begin + 8, begin + kPage},
            backing, metadata
        });
    }));
    // Whether the trees have too little, or not even the records have enough.
    for (std::size_t const words : {metadata.size() - 1, std::size_t{kPages}}) {
        CHECK(test::breaks_promise([&] {
            static_cast<void>(
                mm::Heap{backing.window(), backing, std::span{metadata}.first(words)});
        }));
    }
}

TEST(Heap, TakesTheSmallestSlotOrTheFewestPages) {
    struct Case {
        std::uint64_t bytes;
        std::uint64_t taken;
    };
    for (Case const& size : {
             Case{1,                    64                     },
             Case{63,                   64                     },
             Case{64,                   64                     },
             Case{65,                   128                    },
             Case{1024,                 1024                   },
             Case{1025,                 2048                   },
             Case{2048,                 2048                   },
             Case{2049,                 4096                   },
             Case{4096,                 4096                   },
             Case{4097,                 8192                   },
             Case{5 * kernel::kMiB + 1, 5 * kernel::kMiB + 4096}
    }) {
        void* const object = must_allocate(size.bytes);
        UNSIGNED_LONGS_EQUAL(size.taken, heap.statistics().used);
        std::memset(object, 0, size.bytes);
        must_free(object);
    }
}

TEST(Heap, AlignsAsAsked) {
    for (std::uint64_t const bytes : {1U, 64U, 100U, 3000U, 5000U, 20'000U}) {
        for (std::uint64_t alignment = 1; alignment <= 4 * kernel::kMiB; alignment *= 2) {
            void* const spacer = must_allocate(bytes);
            void* const object = must_allocate(bytes, alignment);
            UNSIGNED_LONGS_EQUAL(0, address_of(object) % alignment);
            must_free(spacer);
            must_free(object);
        }
    }
    CHECK(test::breaks_promise([&] { static_cast<void>(heap.allocate(1, 3)); }));
    CHECK(test::breaks_promise([&] { static_cast<void>(heap.allocate(1, 0)); }));
}

TEST(Heap, RefusesNothingAtAll) {
    std::uint64_t const before = heap.hash();

    CHECK(heap.allocate(0).error() == Error::EmptyRange);
    UNSIGNED_LONGS_EQUAL(before, heap.hash());
}

TEST(Heap, FillsAPageBeforeItTakesAnother) {
    std::set<void*> objects;
    for (unsigned slot = 0; slot < 64; ++slot) {
        objects.insert(must_allocate(64));
    }
    UNSIGNED_LONGS_EQUAL(64, objects.size());
    UNSIGNED_LONGS_EQUAL(1, backing.mapped());

    void* const next = must_allocate(64);
    UNSIGNED_LONGS_EQUAL(2, backing.mapped());
    must_free(*objects.begin());
    POINTERS_EQUAL(*objects.begin(), must_allocate(64));
    must_free(next);
    UNSIGNED_LONGS_EQUAL(1, backing.mapped());
}

TEST(Heap, KeepsSizesApart) {
    must_allocate(64);
    must_allocate(128);
    must_allocate(kPage);
    must_allocate(3 * kPage);
    must_allocate(128);

    auto const statistics = heap.statistics();
    UNSIGNED_LONGS_EQUAL(1, statistics.classes[0].objects);
    UNSIGNED_LONGS_EQUAL(2, statistics.classes[1].objects);
    UNSIGNED_LONGS_EQUAL(1, statistics.classes[1].pages);
    UNSIGNED_LONGS_EQUAL(128, statistics.classes[1].slot_bytes);
    UNSIGNED_LONGS_EQUAL(2, statistics.large_objects);
    UNSIGNED_LONGS_EQUAL(4, statistics.large_pages);
    UNSIGNED_LONGS_EQUAL(6 * kPage, statistics.mapped);
    UNSIGNED_LONGS_EQUAL(64 + 2 * 128 + 4 * kPage, statistics.used);
    UNSIGNED_LONGS_EQUAL(5, heap.verify().value().objects);
}

TEST(Heap, GivesPagesBackAsSoonAsTheyAreEmpty) {
    std::uint64_t const before = heap.hash();
    void* const small = must_allocate(64);
    void* const other = must_allocate(64);
    void* const large = must_allocate(7 * kPage);
    UNSIGNED_LONGS_EQUAL(8, backing.mapped());

    must_free(large);
    UNSIGNED_LONGS_EQUAL(1, backing.mapped());
    must_free(small);
    UNSIGNED_LONGS_EQUAL(1, backing.mapped());
    must_free(other);
    UNSIGNED_LONGS_EQUAL(0, backing.mapped());
    UNSIGNED_LONGS_EQUAL(before, heap.hash());
}

// NOLINTBEGIN(clang-analyzer-unix.Malloc): wrong on purpose, and the heap is our own.
TEST(Heap, TakesBackOnlyWhatItGave) {
    void* const small = must_allocate(200);
    void* const large = must_allocate(3 * kPage);
    void* const gone = must_allocate(2 * kPage);
    must_free(gone);
    std::uint64_t const before = heap.hash();
    std::vector<unsigned char> foreign(64);

    check_refused(Error::NotAllocated, heap.free(nullptr), before);
    check_refused(Error::NotAllocated, heap.free(foreign.data()), before);
    VirtRange const window = backing.window();
    check_refused(Error::NotAllocated, heap.free(reinterpret_cast<void*>(window.end.raw())),
                  before);
    check_refused(Error::NotAllocated, heap.free(reinterpret_cast<void*>(window.begin.raw() - 1)),
                  before);
    check_refused(Error::AlreadyFree, heap.free(gone), before);
    check_refused(Error::AlreadyFree, heap.free(at(gone, 8)), before);
    check_refused(Error::AlreadyFree, heap.free(at(small, 256)), before);
    check_refused(Error::AlreadyFree, heap.free(at(small, 257)), before);
    check_refused(Error::InsideBlock, heap.free(at(small, 1)), before);
    check_refused(Error::InsideBlock, heap.free(at(small, 255)), before);
    check_refused(Error::InsideBlock, heap.free(at(large, 1)), before);
    check_refused(Error::InsideBlock, heap.free(at(large, kPage)), before);
    check_refused(Error::InsideBlock, heap.free(at(large, 3 * kPage - 1)), before);

    void* const neighbour = must_allocate(200);
    must_free(small);
    check_refused(Error::AlreadyFree, heap.free(small), heap.hash());
    must_free(neighbour);
    check_refused(Error::AlreadyFree, heap.free(neighbour), heap.hash());
}
// NOLINTEND(clang-analyzer-unix.Malloc)

TEST(Heap, RefusesWhatTheWindowHasNoRoomFor) {
    std::uint64_t const before = heap.hash();

    CHECK(heap.allocate(kPages * kPage + 1).error() == Error::OutOfMemory);
    CHECK(heap.allocate(~std::uint64_t{0}).error() == Error::OutOfMemory);
    CHECK(heap.allocate(1, std::uint64_t{1} << 63).error() == Error::OutOfMemory);
    UNSIGNED_LONGS_EQUAL(before, heap.hash());

    void* const all = must_allocate(kPages * kPage);
    CHECK(heap.allocate(1).error() == Error::OutOfMemory);
    must_free(all);
    UNSIGNED_LONGS_EQUAL(before, heap.hash());
}

TEST(Heap, ChangesNothingWhenMemoryRunsOut) {
    must_allocate(64);
    backing.limit(4);
    std::uint64_t const before = heap.hash();

    CHECK(heap.allocate(128).value() != nullptr);
    std::uint64_t const after = heap.hash();
    CHECK(after != before);
    CHECK(heap.allocate(3 * kPage).error() == Error::OutOfMemory);
    UNSIGNED_LONGS_EQUAL(after, heap.hash());
    backing.limit(2);
    CHECK(heap.allocate(256).error() == Error::OutOfMemory);
    UNSIGNED_LONGS_EQUAL(after, heap.hash());
    CHECK(static_cast<bool>(heap.allocate(64)));  // There is room in a page that it has.
    CHECK(static_cast<bool>(heap.verify()));
}

TEST(Heap, HasTheSameHashOnEveryMachine) {
    constexpr VirtAddr kAt{0xffff'ffff'9000'0000};
    AllPages all;
    mm::Heap fixed{
        {kAt, kAt + kPages * kPage},
        all, metadata
    };
    for (std::uint64_t const bytes : {std::uint64_t{64}, std::uint64_t{2048}, 3 * kPage}) {
        CHECK(static_cast<bool>(fixed.allocate(bytes)));
    }

    UNSIGNED_LONGS_EQUAL(0x5227'422f'0c55'f4c5, fixed.hash());
}

TEST(Heap, HasNoSizeClassBeyondTheLast) {
    UNSIGNED_LONGS_EQUAL(2048, SizeClass::of(SizeClass::kCount - 1).slot_bytes());
    CHECK(test::breaks_promise([] { static_cast<void>(SizeClass::of(SizeClass::kCount)); }));
}

TEST(Heap, ReportsBeginAtNothing) {
    mm::HeapStatistics const statistics{};
    UNSIGNED_LONGS_EQUAL(0, statistics.window + statistics.mapped + statistics.used);
    UNSIGNED_LONGS_EQUAL(0, statistics.large_objects + statistics.large_pages);
    for (auto const& size : statistics.classes) {
        UNSIGNED_LONGS_EQUAL(0, size.slot_bytes + size.objects + size.pages);
    }
    mm::HeapReport const report{};
    UNSIGNED_LONGS_EQUAL(0, report.pages + report.objects);
}

TEST(Heap, SeesEverySingleFlippedBitOfItsMetadata) {
    test::BufferPages few{70};
    std::vector<std::uint64_t> words(mm::Heap::metadata_words(few.window()));
    mm::Heap small{few.window(), few, words};
    for (std::uint64_t const bytes : {64U, 64U, 128U, 2048U, 2048U, 4096U, 4U * 4096U, 256U}) {
        CHECK(static_cast<bool>(small.allocate(bytes)));
    }
    CHECK(static_cast<bool>(small.verify()));

    for (std::uint64_t& word : words) {
        for (unsigned bit = 0; bit < 64; ++bit) {
            word ^= std::uint64_t{1} << bit;
            CHECK(small.verify().error() == Error::Corrupt);
            word ^= std::uint64_t{1} << bit;
        }
    }
}
