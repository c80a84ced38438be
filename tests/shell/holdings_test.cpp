// SPDX-License-Identifier: MIT
#include "shell/holdings.hpp"

#include "kernel/mm/trial/random.hpp"

#include "tests/support/broken_promise.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <CppUTest/TestHarness.h>

namespace {

using mm::FrameNumber;
using shell::Holding;
using shell::Tag;

constexpr std::size_t kRoom = 16;

mm::Allocation frames(std::uint64_t first, std::uint64_t count) {
    return {
        {FrameNumber{first}, FrameNumber{first + count}},
        mm::ZoneId::Late
    };
}

std::uint64_t number_of(std::optional<Holding> const& holding) {
    return holding ? holding->number : 0;
}

}  // namespace

TEST_GROUP(Holdings) {
    // Rubbish, as freshly allocated memory holds: nothing may be read before it was written.
    std::vector<std::uint64_t> storage =
        std::vector<std::uint64_t>(shell::Holdings::storage_words(kRoom), 0xa5a5a5a5a5a5a5a5);
    shell::Holdings holdings{storage};

    Holding add(std::uint64_t first, std::uint64_t count) {
        return holdings.add(frames(first, count), false, Tag{});
    }
};

TEST(Holdings, NumbersHandlesFromOneAndNeverUsesOneAgain) {
    UNSIGNED_LONGS_EQUAL(1, add(100, 1).number);
    UNSIGNED_LONGS_EQUAL(2, add(101, 1).number);

    holdings.remove(2);

    UNSIGNED_LONGS_EQUAL(3, add(101, 1).number);
    CHECK(holdings.was_issued(2));
    CHECK(!holdings.find(2));
    CHECK(!holdings.was_issued(0));
    CHECK(!holdings.was_issued(4));
}

TEST(Holdings, RemembersWhatWasAskedForAndWhereItIsMapped) {
    auto const tag = Tag::from("rx-ring");
    std::uint64_t const number = holdings.add(frames(512, 8), true, *tag).number;

    holdings.set_mapping(number, kernel::VirtAddr{0xffffffff90001000});

    Holding const holding = *holdings.find(number);
    CHECK(holding.is_block);
    CHECK(holding.tag == *tag);
    CHECK(holding.allocation.zone == mm::ZoneId::Late);
    UNSIGNED_LONGS_EQUAL(8, holding.allocation.frames.count());
    CHECK(holding.mapped_at == kernel::VirtAddr{0xffffffff90001000});
}

TEST(Holdings, FindsByFirstFrameAndByAnyFrame) {
    add(300, 5);
    add(100, 10);
    add(110, 1);

    LONGS_EQUAL(2, number_of(holdings.starting_at(FrameNumber{100})));
    LONGS_EQUAL(0, number_of(holdings.starting_at(FrameNumber{101})));
    LONGS_EQUAL(2, number_of(holdings.containing(FrameNumber{109})));
    LONGS_EQUAL(3, number_of(holdings.containing(FrameNumber{110})));
    LONGS_EQUAL(0, number_of(holdings.containing(FrameNumber{111})));
    LONGS_EQUAL(0, number_of(holdings.containing(FrameNumber{99})));
    LONGS_EQUAL(1, number_of(holdings.containing(FrameNumber{304})));
    LONGS_EQUAL(0, number_of(holdings.containing(FrameNumber{305})));
}

TEST(Holdings, IsWalkedInTheOrderOfHandlesWhileBlocksAreRemoved) {
    for (std::uint64_t i = 0; i < kRoom; ++i) {
        add(1000 - i * 7, 3);
    }

    std::vector<std::uint64_t> seen;
    for (auto next = holdings.at_or_after(0); next; next = holdings.at_or_after(next->number + 1)) {
        seen.push_back(next->number);
        holdings.remove(next->number);
    }

    UNSIGNED_LONGS_EQUAL(kRoom, seen.size());
    CHECK(std::is_sorted(seen.begin(), seen.end()));
    UNSIGNED_LONGS_EQUAL(0, holdings.count());
    UNSIGNED_LONGS_EQUAL(kRoom, holdings.room_left());
}

TEST(Holdings, TakesNoMoreThanItHasRoomForAndNoFrameTwice) {
    for (std::uint64_t i = 0; i < kRoom; ++i) {
        add(i, 1);
    }
    UNSIGNED_LONGS_EQUAL(0, holdings.room_left());
    CHECK(test::breaks_promise([&] { add(kRoom, 1); }));

    holdings.remove(1);
    CHECK(test::breaks_promise([&] { add(5, 1); }));
    CHECK(test::breaks_promise([&] { holdings.remove(1); }));
}

TEST(Holdings, AgreesWithAModelOverALongRandomRun) {
    constexpr std::uint64_t kSeed = 20'240'611;
    std::vector<std::uint64_t> space(shell::Holdings::storage_words(shell::Holdings::kLeastRoom));
    shell::Holdings subject{space};
    std::map<std::uint64_t, std::uint64_t> model;  // Number by first frame; two frames each.
    mm::Random random{kSeed};

    for (int step = 0; step < 100000; ++step) {
        std::uint64_t const first = random.below(10'000) * 2;
        auto const known = model.find(first);
        if (known != model.end()) {
            LONGS_EQUAL(known->second, number_of(subject.containing(FrameNumber{first + 1})));
            LONGS_EQUAL(first, subject.find(known->second)->allocation.frames.first.raw());
            subject.remove(known->second);
            model.erase(known);
        } else {
            CHECK(!subject.containing(FrameNumber{first}));
            if (subject.room_left() != 0) {
                model[first] = subject.add(frames(first, 2), false, Tag{}).number;
            }
        }
        UNSIGNED_LONGS_EQUAL(model.size(), subject.count());
    }
}

TEST_GROUP(Tag){};

TEST(Tag, IsAShortWordOfLettersDigitsAndThreeMarks) {
    CHECK(std::string{Tag::from("a")->text()} == "a");
    CHECK(std::string{Tag::from("DMA_rx-2.buffer")->text()} == "DMA_rx-2.buffer");

    CHECK(!Tag::from(""));
    CHECK(!Tag::from("sixteen-letters-"));
    CHECK(!Tag::from("two words"));
    CHECK(!Tag::from("a]"));
    CHECK(!Tag::from("\xc3\xa4"));
}

TEST(Tag, ComparesByItsText) {
    CHECK(*Tag::from("rx") == *Tag::from("rx"));
    CHECK(!(*Tag::from("rx") == *Tag::from("rxx")));
    CHECK(Tag{}.empty());
}
