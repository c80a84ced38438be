// SPDX-License-Identifier: MIT
// What is noted of a run that is lent. What caches do with it: cached_buddies_test.cpp.
#include "kernel/mm/core_cache.hpp"

#include <memory>
#include <set>

#include <CppUTest/TestHarness.h>

using mm::Borrower;
using mm::LentRuns;

TEST_GROUP(CoreCache){};

TEST(CoreCache, ABorrowerIsOneByte) {
    std::set<std::uint8_t> seen{Borrower{}.raw()};
    for (unsigned core = 0; core < Borrower::kMostCores; ++core) {
        for (unsigned order = 0; order < mm::CoreCache::kOrders; ++order) {
            Borrower const borrower{core, order};
            for (Borrower const each : {borrower, borrower.as_current(), borrower.as_abandoned()}) {
                CHECK(static_cast<bool>(each));
                UNSIGNED_LONGS_EQUAL(core, each.core());
                UNSIGNED_LONGS_EQUAL(order, each.order());
                CHECK(Borrower::from_raw(each.raw()) == each);
                CHECK(seen.insert(each.raw()).second);
            }
            CHECK_FALSE(borrower.is_current());
            CHECK_FALSE(borrower.is_abandoned());
            CHECK(borrower.as_current().is_current());
            CHECK_FALSE(borrower.as_current().is_abandoned());
            CHECK(borrower.as_abandoned().is_abandoned());
            CHECK_FALSE(borrower.as_abandoned().is_current());
        }
    }
    CHECK_FALSE(static_cast<bool>(Borrower{}));
}

TEST(CoreCache, OfDamageNoCoreAndOrderAreMadeThatAreThere) {
    for (unsigned const raw : {7U, 8U, 7U + 40, 8U + 40, 0x80U + 7, 0x40U + 8}) {
        Borrower const borrower = Borrower::from_raw(static_cast<std::uint8_t>(raw));
        UNSIGNED_LONGS_EQUAL(raw % 0x40 / 8, borrower.core());
        CHECK(borrower.order() >= mm::CoreCache::kOrders);
        CHECK(borrower.is_current() == (raw >= 0x80));
    }
    CHECK(Borrower::from_raw(0x80).is_current());
    CHECK(Borrower::from_raw(0x80).order() >= mm::CoreCache::kOrders);
}

TEST(CoreCache, WhatBelongsToNoAllocatorHasNothingAndKeepsNothing) {
    auto const cache = std::make_unique<mm::CoreCache>();
    for (unsigned order = 0; order < mm::CoreCache::kOrders; ++order) {
        CHECK_FALSE(cache->take(mm::Order::of(order)).has_value());
        CHECK(cache->put(mm::FrameNumber{0}, mm::Order::of(order)) == mm::CoreCache::Put::Refused);
    }
}

TEST(CoreCache, AtFirstThereAreNoRuns) {
    LentRuns const none;
    UNSIGNED_LONGS_EQUAL(0, none.count());
    UNSIGNED_LONGS_EQUAL(0, none.first_frame(0));
    UNSIGNED_LONGS_EQUAL(1, none.number_of(64));
}
