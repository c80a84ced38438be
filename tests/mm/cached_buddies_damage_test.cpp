// SPDX-License-Identifier: MIT
// What CachedBuddies says of caches and tables that contradict each other.
#include "tests/support/caches.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include <CppUTest/TestHarness.h>

namespace {

using kernel::Error;
using test::CachedArena;
using test::must;

// The words of a cache: of each order two runs, of each run these.
constexpr std::size_t kFree = 0;
constexpr std::size_t kFirst = 1;
constexpr std::size_t kWordsOfRun = 4;  // Then the blocks, and those that were returned.
constexpr std::size_t kWords = std::size_t{mm::CoreCache::kOrders} * 2 * kWordsOfRun;

void flip(mm::CoreCache& cache, std::size_t word, unsigned bit) {
    auto* const at = reinterpret_cast<unsigned char*>(&cache) + word * sizeof(std::uint64_t);
    std::uint64_t value = 0;
    std::memcpy(&value, at, sizeof value);
    value ^= std::uint64_t{1} << bit;
    std::memcpy(at, &value, sizeof value);
}

}  // namespace

TEST_GROUP(CachedBuddiesDamage) {
    CachedArena arena{0, 4096};
    mm::CoreCache& cache = arena.caches[0];

    /// Each order has two runs, and in both some blocks are free, taken, and freed elsewhere.
    void fill() {
        for (unsigned order = 0; order < mm::CoreCache::kOrders; ++order) {
            std::vector<mm::Block> taken;
            for (unsigned index = 0; index < (64U >> order) + 3; ++index) {
                taken.push_back(arena.take(0, order));
            }
            arena.give(0, taken[0]);
            arena.give(1, taken[1]);
            arena.give(1, taken.back());
        }
    }
};

// Which of its blocks are free is known to the cache alone.
TEST(CachedBuddiesDamage, EachBitOfACacheThatIsKnownTwiceIsProven) {
    for (bool const is_filled : {false, true}) {
        if (is_filled) {
            fill();
        }
        CHECK(arena.is_sound());
        for (std::size_t word = 0; word < kWords; ++word) {
            for (unsigned bit = 0; bit < 64; ++bit) {
                flip(cache, word, bit);
                bool const is_found = !arena.is_sound();
                flip(cache, word, bit);
                CHECK(is_found || (is_filled && word % kWordsOfRun == kFree));
            }
        }
    }
}

TEST(CachedBuddiesDamage, OneRunIsNotLentToTwo) {
    fill();
    std::memcpy(static_cast<void*>(&arena.caches[1]), static_cast<void*>(&cache),
                kWordsOfRun * sizeof(std::uint64_t));

    CHECK(arena.cached.verify().error() == Error::Corrupt);
}

TEST(CachedBuddiesDamage, ARunIsLentToSomebody) {
    must(arena.buddies().lend(mm::Order{}));

    CHECK(arena.cached.verify().error() == Error::Corrupt);
}

TEST(CachedBuddiesDamage, DamageOfTheTableIsFoundToo) {
    fill();
    arena.arena.metadata[0] ^= 1;

    CHECK(arena.cached.verify().error() == Error::Corrupt);
}

TEST(CachedBuddiesDamage, ARunThatCannotGoHomeIsDamage) {
    fill();
    flip(cache, kFirst, 12);  // As if it lay behind the table.

    CHECK(arena.cached.drain(cache).error() == Error::Corrupt);
    UNSIGNED_LONGS_EQUAL(0, arena.cached.cached_frames());
    CHECK(static_cast<bool>(arena.cached.drain(cache)));
}

// What is asked for is refused, not made of damage; and what cannot go home is forgotten.
TEST(CachedBuddiesDamage, WhoeverMeetsDamageIsTold) {
    mm::Block const taken = arena.take(0);
    auto const is_corrupt = [&](unsigned order) {
        auto const block = arena.cached.allocate(cache, mm::Order::of(order));
        return !block && block.error() == Error::Corrupt;
    };
    flip(cache, kFirst, 12);
    must(arena.buddies().allocate_range(test::frames(64, 4032)));

    CHECK(is_corrupt(10));  // To make room for which the cache is drained.
    CHECK(arena.cached.allocate(cache, mm::Order::of(10)).error() == Error::OutOfMemory);
    CHECK(arena.cached.allocate(cache, mm::Order{}).error() == Error::OutOfMemory);
    UNSIGNED_LONGS_EQUAL(0, taken.first.raw());
}

TEST(CachedBuddiesDamage, ARunIsNotGivenUpForOneThatIsDamaged) {
    arena.fill(128);
    flip(cache, kWordsOfRun + kFirst, 12);  // The other run: it should go home now.

    CHECK(arena.cached.allocate(cache, mm::Order{}).error() == Error::Corrupt);
    arena.take(0);  // The run that was borrowed meanwhile is there.
}

TEST(CachedBuddiesDamage, WhatTheIndexHasLostIsNotHandedOut) {
    std::vector<std::uint64_t> const sound = arena.arena.metadata;
    // All is free, and listed nowhere.
    std::fill(arena.arena.metadata.begin() + mm::RunTable::words(64), arena.arena.metadata.end(),
              0);

    CHECK(arena.cached.allocate(cache, mm::Order{}).error() == Error::Corrupt);
    CHECK(arena.cached.allocate(cache, mm::Order::of(7)).error() == Error::Corrupt);
    arena.arena.metadata = sound;
    arena.take(0);
}
