// SPDX-License-Identifier: MIT
#include "kernel/fixed_list.hpp"

#include "tests/support/broken_promise.hpp"

#include <algorithm>
#include <array>

#include <CppUTest/TestHarness.h>

namespace {

using List = kernel::FixedList<int, 4>;

bool holds(List const& list, std::initializer_list<int> items) {
    return std::equal(list.begin(), list.end(), items.begin(), items.end());
}

}  // namespace

TEST_GROUP(FixedList) { List list; };

TEST(FixedList, KeepsTheOrderOfItsItems) {
    CHECK(list.empty() && holds(list, {}));
    CHECK(list.push_back(1) && list.push_back(3));
    CHECK(list.insert(1, 2) && list.insert(0, 0));
    CHECK(list.full() && holds(list, {0, 1, 2, 3}));
    list.erase(1);
    list.erase(2);
    CHECK(holds(list, {0, 2}));
    list.clear();
    CHECK(list.empty());
}

TEST(FixedList, RefusesWhatItHasNoRoomFor) {
    for (int item = 0; item < 4; ++item) {
        CHECK(list.push_back(item));
    }
    CHECK(!list.push_back(4) && !list.insert(0, 4));
    CHECK(holds(list, {0, 1, 2, 3}));
}

TEST(FixedList, InsertsACopyOfItsOwnItem) {
    CHECK(list.push_back(7) && list.push_back(8));
    CHECK(list.insert(0, list[1]));
    CHECK(holds(list, {8, 7, 8}));
}

TEST(FixedList, GivesNoItemThatIsNotThere) {
    CHECK(list.push_back(1));
    CHECK(test::breaks_promise([&] { static_cast<void>(list[1]); }));
    CHECK(test::breaks_promise([&] { list.erase(1); }));
    CHECK(test::breaks_promise([&] { static_cast<void>(list.insert(2, 0)); }));
}
