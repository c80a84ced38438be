// SPDX-License-Identifier: MIT
#include "kernel/stretch.hpp"

#include <CppUTest/TestHarness.h>

TEST_GROUP(LongestStretch) { kernel::LongestStretch stretch; };

TEST(LongestStretch, IsNoneBeforeTheFirstHasEnded) {
    stretch.begin(5);

    UNSIGNED_LONGS_EQUAL(0, stretch.longest());
}

TEST(LongestStretch, KeepsTheLongestWhereverItWas) {
    stretch.begin(100);
    stretch.end(103);
    stretch.begin(200);
    stretch.end(207);
    stretch.begin(300);
    stretch.end(301);

    UNSIGNED_LONGS_EQUAL(7, stretch.longest());
}

TEST(LongestStretch, StartsAnewWhereItBeginsOnceMore) {
    stretch.begin(100);
    stretch.begin(150);  // What came before was sleep.
    stretch.end(152);

    UNSIGNED_LONGS_EQUAL(2, stretch.longest());
}

TEST(LongestStretch, DoesNotCountAnEndWithoutABeginning) {
    stretch.end(1000);
    stretch.begin(2000);
    stretch.end(2001);
    stretch.end(9000);

    UNSIGNED_LONGS_EQUAL(1, stretch.longest());
}
