// SPDX-License-Identifier: MIT
#include "kernel/mm/bit_tree.hpp"

#include "kernel/mm/trial/random.hpp"

#include "tests/support/broken_promise.hpp"
#include "tests/support/guarded_words.hpp"

#include <memory>
#include <set>
#include <vector>

#include <CppUTest/TestHarness.h>

namespace {

using mm::BitTree;

/// A tree with exactly the words it asks for, so that a sanitizer sees a step beside them.
struct Tree {
    explicit Tree(std::uint64_t bits)
        : words(BitTree::words(bits), ~std::uint64_t{0}), tree{words, bits} {}

    std::vector<std::uint64_t> words;
    BitTree tree;
};

}  // namespace

TEST_GROUP(BitTree){};

TEST(BitTree, NeedsAWordPer64NumbersOnEachLevelUpToASingleWord) {
    UNSIGNED_LONGS_EQUAL(0, BitTree::words(0));
    UNSIGNED_LONGS_EQUAL(1, BitTree::words(1));
    UNSIGNED_LONGS_EQUAL(1, BitTree::words(64));
    UNSIGNED_LONGS_EQUAL(2 + 1, BitTree::words(65));
    UNSIGNED_LONGS_EQUAL(64 + 1, BitTree::words(4096));
    UNSIGNED_LONGS_EQUAL(65 + 2 + 1, BitTree::words(4097));
}

TEST(BitTree, IsEmptyAtFirstWhateverTheWordsWere) {
    for (std::uint64_t const bits : {0U, 1U, 64U, 65U, 4096U, 4097U}) {
        Tree t{bits};

        CHECK(t.tree.empty());
        CHECK(t.tree.is_consistent());
        UNSIGNED_LONGS_EQUAL(bits, t.tree.find_first());
        UNSIGNED_LONGS_EQUAL(bits, t.tree.find_from(0));
    }
}

TEST(BitTree, FindsASingleMemberWhereverItIs) {
    for (std::uint64_t const bits : {1U, 64U, 65U, 4097U, 300000U}) {
        for (std::uint64_t const member : {std::uint64_t{0}, bits / 2, bits - 1}) {
            Tree t{bits};

            CHECK(t.tree.set(member));

            CHECK(t.tree.test(member));
            CHECK(t.tree.is_consistent());
            UNSIGNED_LONGS_EQUAL(member, t.tree.find_first());
            UNSIGNED_LONGS_EQUAL(member, t.tree.find_from(0));
            UNSIGNED_LONGS_EQUAL(bits, t.tree.find_from(member + 1));
            CHECK(t.tree.erase(member));
            CHECK(t.tree.empty());
        }
    }
}

TEST(BitTree, SaysWhetherItWasEmptyAndWhetherItIsNow) {
    for (std::uint64_t const bits : {64U, 128U, 5000U}) {
        Tree t{bits};

        CHECK(t.tree.set(bits - 1));
        CHECK_FALSE(t.tree.set(bits - 1));
        CHECK_FALSE(t.tree.set(3));
        CHECK_FALSE(t.tree.erase(4));
        CHECK_FALSE(t.tree.erase(3));
        CHECK_FALSE(t.tree.erase(3));
        CHECK(t.tree.erase(bits - 1));
        CHECK(t.tree.erase(bits - 1));
        CHECK(t.tree.set(3));
    }
}

TEST(BitTree, AgreesWithASetUnderRandomChanges) {
    constexpr std::uint64_t kBits = 4500;
    Tree t{kBits};
    std::set<std::uint64_t> model;
    mm::Random random{7};

    for (int step = 0; step < 20'000; ++step) {
        std::uint64_t const number = random.below(kBits);
        if (random.below(2) == 0 && model.size() < 40) {
            CHECK_EQUAL(model.empty(), t.tree.set(number));
            model.insert(number);
        } else {
            std::uint64_t const first = t.tree.find_from(number);
            auto const expected = model.lower_bound(number);
            UNSIGNED_LONGS_EQUAL(expected == model.end() ? kBits : *expected, first);
            if (first < kBits) {
                model.erase(first);
                CHECK_EQUAL(model.empty(), t.tree.erase(first));
            }
        }
        UNSIGNED_LONGS_EQUAL(model.empty() ? kBits : *model.begin(), t.tree.find_first());
        CHECK_EQUAL(model.empty(), t.tree.empty());
    }
    CHECK(t.tree.is_consistent());
}

TEST(BitTree, SeesEverySingleFlippedBitAboveItsLowestLevel) {
    Tree t{4500};
    for (std::uint64_t const member : {0U, 63U, 700U, 4499U}) {
        t.tree.set(member);
    }

    for (std::size_t word = 71; word < t.words.size(); ++word) {  // 71 words are level 0.
        for (unsigned bit = 0; bit < 64; ++bit) {
            t.words[word] ^= std::uint64_t{1} << bit;
            CHECK_FALSE(t.tree.is_consistent());
            t.words[word] ^= std::uint64_t{1} << bit;
        }
    }
    CHECK(t.tree.is_consistent());
}

TEST(BitTree, SeesABitBeyondItsLastNumber) {
    Tree t{4500};

    t.words[4500 / 64] |= std::uint64_t{1} << 4500 % 64;

    CHECK_FALSE(t.tree.is_consistent());
}

TEST(BitTree, FindsNothingWhereADamagedLevelLeadsAstray) {
    Tree t{4500};
    t.tree.set(700);

    for (std::size_t word = 71; word < t.words.size(); ++word) {
        std::uint64_t const before = t.words[word];
        for (unsigned bit = 0; bit < 64; ++bit) {
            t.words[word] = std::uint64_t{1} << bit;
            std::uint64_t const found = t.tree.find_first();
            CHECK(found == 700 || found == 4500);
            std::uint64_t const from = t.tree.find_from(5);
            CHECK(from == 700 || from == 4500);
        }
        t.words[word] = before;
    }
}

TEST(BitTree, FindsNothingThatItsHighestLevelDoesNotKnowOf) {
    Tree t{4500};
    t.tree.set(4096);

    t.words.back() = 0;

    UNSIGNED_LONGS_EQUAL(4500, t.tree.find_first());
}

TEST(BitTree, FindsNothingBehindABitThatIsBeyondTheLast) {
    Tree t{4500};
    t.words[4500 / 64] = std::uint64_t{1} << 4501 % 64;

    UNSIGNED_LONGS_EQUAL(4500, t.tree.find_from(4480));
    UNSIGNED_LONGS_EQUAL(4500, t.tree.find_from(0));
}

TEST(BitTree, DoesNotDoWithTooFewWords) {
    std::vector<std::uint64_t> words(2);

    CHECK(test::breaks_promise([&] { static_cast<void>(BitTree{words, 65}); }));
}

TEST(BitTree, HasNoNumbersUntilItIsGivenWords) {
    auto const none = std::make_unique<BitTree>();  // On the heap, so that it is made at run time.

    CHECK(none->empty());
    UNSIGNED_LONGS_EQUAL(0, none->bits());
}

TEST(BitTree, HasAtMost2To36Numbers) {
    constexpr std::uint64_t kMost = std::uint64_t{1} << 36;

    STRCMP_EQUAL("a tree has all the words it needs", test::promise_broken_by([&] {
                     static_cast<void>(BitTree{{}, kMost});
                 }));
    STRCMP_EQUAL("a tree has at most 2^36 bits", test::promise_broken_by([&] {
                     static_cast<void>(BitTree{{}, kMost + 1});
                 }));
}

TEST(BitTree, IsConsistentWhicheverWordsHaveMembers) {
    Tree t{std::uint64_t{64} * 130};
    for (std::uint64_t word = 0; word < 130; ++word) {
        t.tree.set(word * 64);
        CHECK(t.tree.is_consistent());
    }
    for (std::uint64_t word = 0; word < 129; ++word) {
        t.tree.erase(word * 64);
        CHECK(t.tree.is_consistent());
    }
}

TEST(BitTree, SeesABitBeyondItsLastNumberInAnyWord) {
    Tree t{129};
    t.tree.set(128);

    t.words[2] |= 0b10;

    CHECK_FALSE(t.tree.is_consistent());
}

TEST(BitTree, FindsNoNumberBeyondItsLast) {
    Tree t{65};
    t.tree.set(64);

    for (unsigned bit = 1; bit < 64; ++bit) {
        t.words[1] = std::uint64_t{1} << bit;
        UNSIGNED_LONGS_EQUAL(65, t.tree.find_first());
    }
}

TEST(BitTree, ReadsNothingBehindItsWordsWhereADamagedLevelLeads) {
    for (std::uint64_t const bits : {128U, 4097U}) {
        test::GuardedWords const guarded{BitTree::words(bits)};
        BitTree const tree{guarded.words(), bits};

        for (unsigned bit = 0; bit < 64; ++bit) {
            guarded.words().back() = std::uint64_t{1} << bit;
            UNSIGNED_LONGS_EQUAL(bits, tree.find_first());
            UNSIGNED_LONGS_EQUAL(bits, tree.find_from(0));
        }
    }
}
