// SPDX-License-Identifier: MIT
#include "shell/line/history.hpp"

#include "kernel/mm/trial/random.hpp"

#include <deque>
#include <string>

#include <CppUTest/TestHarness.h>

TEST_GROUP(History) {
    shell::History history;

    std::string entry(std::size_t age) { return std::string{history.entry(age).value_or("none")}; }
};

TEST(History, IsEmptyAtFirst) {
    CHECK_EQUAL(0U, history.count());
    CHECK(!history.entry(0));
    CHECK(!history.entry(1));
}

TEST(History, KeepsLinesByAge) {
    history.add("one");
    history.add("two");

    CHECK_EQUAL(std::string{"two"}, entry(1));
    CHECK_EQUAL(std::string{"one"}, entry(2));
    CHECK_EQUAL(std::string{"none"}, entry(3));
}

TEST(History, SkipsEmptyLinesAndRepetitions) {
    history.add("one");
    history.add("");
    history.add("one");

    CHECK_EQUAL(1U, history.count());
    CHECK_EQUAL(1U, history.total());
}

TEST(History, TakesTheLongestLineAndNoLongerOne) {
    std::string const longest(shell::History::kBytes - 1, 'a');
    history.add("before");
    history.add(longest);
    history.add(longest + "a");

    CHECK_EQUAL(1U, history.count());
    CHECK_EQUAL(longest, entry(1));
}

/// Against a queue from whose front lines fall when the rest needs the room.
TEST(History, DropsTheOldestAsAModelDoes) {
    mm::Random random{3};
    std::deque<std::string> model;
    for (unsigned i = 0; i < 3000; ++i) {
        std::string const line(1 + random.below(i % 10 == 0 ? 1024 : 30),
                               static_cast<char>('a' + random.below(26)));
        if (model.empty() || model.back() != line) {
            model.push_back(line);
        }
        std::size_t bytes = 0;
        for (std::string const& kept : model) {
            bytes += kept.size() + 1;
        }
        for (; bytes > shell::History::kBytes; model.pop_front()) {
            bytes -= model.front().size() + 1;
        }

        history.add(line);

        CHECK_EQUAL(model.size(), history.count());
        CHECK_EQUAL(model.back(), entry(1));
        CHECK_EQUAL(model.front(), entry(model.size()));
    }
}
