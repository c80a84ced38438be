// SPDX-License-Identifier: MIT
// Zones and heaps that several cores use: each call has the lock while it works, and gives it back.
#include "kernel/lock.hpp"
#include "kernel/mm/heap.hpp"
#include "kernel/mm/zone.hpp"

#include "tests/support/shared_zone.hpp"

#include <array>
#include <vector>

#include <CppUTest/TestHarness.h>

namespace {

using mm::FrameNumber;
using mm::FrameRange;
using mm::Order;

constexpr FrameRange kSpan{FrameNumber{0}, FrameNumber{64}};
constexpr std::array kRam{kSpan};

class CountingLock final : public kernel::Lock {
public:
    void lock() override {
        CHECK(!is_held);
        is_held = true;
        ++times;
    }
    void unlock() override {
        CHECK(is_held);
        is_held = false;
    }

    bool is_held = false;
    unsigned times = 0;
};

/// Maps pages only where the lock is held.
struct LockedPages final : mm::HeapPages {
    explicit LockedPages(CountingLock const& held) : lock{held} {}
    kernel::Result<void> map(kernel::VirtRange /*pages*/) override {
        CHECK(lock.is_held);
        return {};
    }
    void unmap(kernel::VirtRange /*pages*/) override { CHECK(lock.is_held); }
    CountingLock const& lock;
};

}  // namespace

TEST_GROUP(SharedMemory) {
    CountingLock lock;

    void took_the_lock_once(bool expected_outcome, bool outcome) {
        CHECK_EQUAL(expected_outcome, outcome);
        UNSIGNED_LONGS_EQUAL(1, lock.times);
        CHECK(!lock.is_held);
        lock.times = 0;
    }
};

// Of single frames and small blocks: shared_zone_test.cpp.
TEST(SharedMemory, EachCallOfAZoneHasTheLock) {
    std::vector<std::uint64_t> words(mm::BuddyAllocator::metadata_words(kSpan));
    std::vector<mm::CoreCache> caches(1);
    std::vector<std::uint64_t> loans(mm::CachedBuddies::metadata_words(kSpan, 1));
    test::TurnsOfCores cores{{}};
    CountingLock watch_lock;
    mm::Zone zone{"early", kSpan, kRam, words};
    CHECK(static_cast<bool>(zone.buddies().release(kSpan)));
    mm::SharedBuddies shared{
        zone.buddies(), caches, loans, {lock, watch_lock, cores}
    };
    zone.share(shared);

    took_the_lock_once(true, static_cast<bool>(zone.allocate(Order::of(6))));
    took_the_lock_once(true, static_cast<bool>(zone.free({FrameNumber{0}, Order::of(6)})));
    took_the_lock_once(true, static_cast<bool>(zone.allocate_frames(5)));
    took_the_lock_once(true, static_cast<bool>(zone.free_frames({FrameNumber{0}, FrameNumber{5}})));
    took_the_lock_once(true, static_cast<bool>(zone.allocate_range(kSpan)));
    took_the_lock_once(false, static_cast<bool>(zone.allocate_range(kSpan)));
    took_the_lock_once(false, static_cast<bool>(zone.free({FrameNumber{1}, Order::of(3)})));
    UNSIGNED_LONGS_EQUAL(0, watch_lock.times);
}

TEST(SharedMemory, EachCallOfAHeapHasTheLock) {
    constexpr kernel::VirtAddr kBegin{0xffff'ffff'c000'0000};
    kernel::VirtRange const window{kBegin, kBegin + 64 * mm::kFrameBytes};
    std::vector<std::uint64_t> words(mm::Heap::metadata_words(window));
    LockedPages pages{lock};
    mm::Heap heap{window, pages, words};
    heap.set_lock(lock);

    auto const object = heap.allocate(5000);
    took_the_lock_once(true, static_cast<bool>(object));
    took_the_lock_once(true, static_cast<bool>(heap.free(*object)));
    took_the_lock_once(false, static_cast<bool>(heap.free(nullptr)));
    took_the_lock_once(false, static_cast<bool>(heap.allocate(0)));
}
