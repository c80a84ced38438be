// SPDX-License-Identifier: MIT
#include "kernel/mm/heap_pages.hpp"

#include "kernel/mm/heap.hpp"

#include "tests/support/broken_promise.hpp"
#include "tests/support/early_arena.hpp"
#include "tests/support/tlb_model.hpp"

#include <optional>
#include <vector>

#include <CppUTest/TestHarness.h>

namespace {

using kernel::Error;
using kernel::VirtAddr;
using kernel::VirtRange;

constexpr std::uint64_t kPage = mm::kFrameBytes;
constexpr VirtAddr kAt{0xffff'ffff'c000'0000};
constexpr VirtRange kWindow{kAt, kAt + 2048 * kPage};

}  // namespace

TEST_GROUP(EarlyHeapPages) {
    test::EarlyArena arena{40};
    test::TlbModel tlb{arena.window()};
    std::optional<mm::PageTable> table;
    std::optional<mm::EarlyHeapPages> backing;

    void setup() override {
        arena.on_free = [this](mm::EarlyFrame frame) { tlb.require_forgotten(frame); };
        mm::EarlyFrame const root = *mm::PageTable::make_root(arena, arena.window());
        tlb.watch(root);
        table.emplace(root, arena, arena.window(), tlb);
        backing.emplace(*table, arena);
    }
};

TEST(EarlyHeapPages, PutsAFrameOfItsOwnBehindEachPage) {
    CHECK(static_cast<bool>(backing->map({kAt, kAt + 3 * kPage})));

    // Root, two tables, three pages.
    UNSIGNED_LONGS_EQUAL(6, arena.outstanding());
    auto const first = table->translate(kAt);
    auto const last = table->translate(kAt + 2 * kPage);
    CHECK(first.to && last.to && *first.to != *last.to);
    CHECK(first.steps[2].descriptor.is_writable());
    CHECK(!first.steps[2].descriptor.is_executable());

    backing->unmap({kAt, kAt + 3 * kPage});
    UNSIGNED_LONGS_EQUAL(1, arena.outstanding());
}

TEST(EarlyHeapPages, BreaksAPromiseIfAPageIsNotMapped) {
    CHECK(test::breaks_promise([&] { backing->unmap({kAt, kAt + kPage}); }));
}

/// Whether frames for the pages or for the tables run out, and wherever: nothing has changed.
TEST(EarlyHeapPages, LeaveTheHeapAsItWasWhereverFramesRunOut) {
    std::vector<std::uint64_t> metadata(mm::Heap::metadata_words(kWindow));
    mm::Heap heap{kWindow, *backing, metadata};
    std::uint64_t const heap_before = heap.hash();
    std::uint64_t const arena_before = arena.hash();
    std::uint64_t failures = 0;
    for (;; ++failures) {
        arena.allow(failures);
        auto const outcome = heap.allocate(9 * kPage);
        if (outcome) {
            break;  // Every shorter supply has been tried.
        }

        CHECK(outcome.error() == Error::OutOfMemory);
        UNSIGNED_LONGS_EQUAL(heap_before, heap.hash());
        UNSIGNED_LONGS_EQUAL(arena_before, arena.hash());
        CHECK(static_cast<bool>(heap.verify()));
    }
    UNSIGNED_LONGS_EQUAL(9 + 2, failures);
    CHECK(static_cast<bool>(heap.verify()));
}

TEST(EarlyHeapPages, LeaveTheHeapAsItWasWhenNoSmallObjectFits) {
    std::vector<std::uint64_t> metadata(mm::Heap::metadata_words(kWindow));
    mm::Heap heap{kWindow, *backing, metadata};
    std::uint64_t const before = heap.hash();
    for (std::uint64_t allowed = 0; allowed < 3; ++allowed) {
        arena.allow(allowed);
        CHECK(heap.allocate(64).error() == Error::OutOfMemory);
        UNSIGNED_LONGS_EQUAL(before, heap.hash());
        UNSIGNED_LONGS_EQUAL(1, arena.outstanding());
    }
    arena.allow(3);
    auto const object = heap.allocate(64);
    CHECK(static_cast<bool>(object));
    CHECK(static_cast<bool>(heap.free(*object)));
    UNSIGNED_LONGS_EQUAL(1, arena.outstanding());
}
