// SPDX-License-Identifier: MIT
// What CachedBuddies says of caches, metadata and tables that contradict each other.
#include "tests/support/caches.hpp"

#include <algorithm>
#include <cstring>
#include <span>
#include <vector>

#include <CppUTest/TestHarness.h>

namespace {

using kernel::Error;
using mm::Order;
using test::CachedArena;
using test::kAbandoned;
using test::kBorrowed;
using test::kCurrentRuns;
using test::kFree;
using test::kFreeAgain;
using test::kKept;
using test::kLent;
using test::kNext;
using test::kNothing;
using test::kReturned;
using test::kWhole;
using test::must;
using test::words_of;

}  // namespace

TEST_GROUP(CachedBuddiesDamage) {
    CachedArena arena{0, 5120};  // Trees of two levels.
    mm::CoreCache& cache = arena.caches[0];

    /// Of each order each core has several runs, of which it has abandoned one, and in them some
    /// blocks are free, taken, and freed by the other core, which has taken over one.
    void use() {
        for (unsigned core = 0; core < 2; ++core) {
            for (unsigned order = 0; order < mm::CoreCache::kOrders; ++order) {
                std::size_t const of_a_run = 64U >> order;
                std::vector<mm::Block> taken;
                for (std::size_t index = 0; index < 4 * of_a_run + 1; ++index) {
                    taken.push_back(arena.take(core, order));
                }
                arena.give(core, taken[0]);
                arena.give(core, taken[of_a_run]);
                arena.give(1 - core, taken[of_a_run + 1]);
                arena.give(1 - core, taken[2 * of_a_run]);
                arena.give(1 - core, taken.back());
            }
        }
        CHECK(arena.is_sound());
    }
    bool finds_flip(std::uint64_t & word, unsigned bit) {
        word ^= std::uint64_t{1} << bit;
        bool const is_found = !arena.is_sound();
        word ^= std::uint64_t{1} << bit;
        return is_found;
    }
    bool finds_each_flip(std::uint64_t & word) {
        for (unsigned bit = 0; bit < 64; ++bit) {
            if (!finds_flip(word, bit)) {
                return false;
            }
        }
        return true;
    }
    bool is_corrupt(unsigned order) {
        auto const block = arena.cached.allocate(cache, Order::of(order));
        return !block && block.error() == Error::Corrupt;
    }
};

TEST(CachedBuddiesDamage, EachBitOfTheMetadataIsProven) {
    for (unsigned round = 0; round < 2; ++round) {
        for (std::uint64_t& word : arena.metadata) {
            CHECK(finds_each_flip(word));
        }
        if (round == 0) {
            use();
        }
    }
}

TEST(CachedBuddiesDamage, EachBitOfTheTableIsProvenToo) {
    use();
    for (std::uint64_t& word : arena.arena.metadata) {
        CHECK(finds_each_flip(word));
    }
}

TEST(CachedBuddiesDamage, EachBitOfTheCurrentRunsIsProven) {
    for (unsigned round = 0; round < 2; ++round) {
        for (std::uint64_t& word : words_of(cache).first(kCurrentRuns)) {
            CHECK(finds_each_flip(word));
        }
        if (round == 0) {
            use();
        }
    }
}

TEST(CachedBuddiesDamage, EachBitOfWhatIsKnownOfAllRunsIsProven) {
    for (unsigned round = 0; round < 2; ++round) {
        std::span<std::uint64_t> const words = words_of(cache);
        for (std::size_t const word : {kLent, kLent + 1, kLent + 2, kLent + 3, kKept, kReturned,
                                       kBorrowed, kAbandoned, kNothing}) {
            CHECK(finds_each_flip(words[word]));
        }
        if (round == 0) {
            use();
        }
    }
}

TEST(CachedBuddiesDamage, WhatACurrentRunHasFreeIsOfItsBlocks) {
    use();
    std::span<std::uint64_t> const words = words_of(cache);
    for (unsigned order = 1; order < mm::CoreCache::kOrders; ++order) {
        for (unsigned const bit : {1U, 63U}) {
            words[kFreeAgain + order] ^= std::uint64_t{1} << bit;
            CHECK(finds_flip(words[kFree + order], bit));
            words[kFreeAgain + order] ^= std::uint64_t{1} << bit;
        }
    }
}

TEST(CachedBuddiesDamage, ARunThatIsSaidToBeWholeWaits) {
    CHECK(finds_each_flip(words_of(cache)[kWhole]));
    arena.fill(64);
    for (std::uint64_t frame = 0; frame < 64; ++frame) {
        arena.give(1, frame);
    }
    std::uint64_t& whole = words_of(cache)[kWhole];
    UNSIGNED_LONGS_EQUAL(0, whole);
    CHECK(arena.is_sound());
    for (std::uint64_t const other : {1U, 79U, 80U}) {
        whole = other;
        CHECK_FALSE(arena.is_sound());
    }
}

TEST(CachedBuddiesDamage, NothingOfAnAbandonedRunIsFreeNorWaits) {
    constexpr std::uint8_t kIsAbandoned = 0x40;
    arena.fill_and_hold(2);
    arena.give(0, 0);
    arena.give(1, 64);
    for (std::size_t const run :
         {0U, 1U}) {  // Something is free; something waits, and it is current.
        arena.borrowers()[run] |= kIsAbandoned;
        words_of(cache)[kAbandoned] = 1;
        CHECK_FALSE(arena.is_sound());
        arena.borrowers()[run] ^= kIsAbandoned;
        words_of(cache)[kAbandoned] = 0;
        CHECK(arena.is_sound());
    }
}

TEST(CachedBuddiesDamage, WhereSomethingIsFreeOrWaitsNobodyTakesARunOver) {
    arena.fill_and_hold(2);
    arena.give(0, 0);
    arena.give(1, 64);
    for (std::uint64_t const run : {0U, 1U}) {
        arena.borrowers()[run] |= 0x40;
        CHECK(arena.refusal(1, run * 64 + 3) == Error::Corrupt);
        arena.borrowers()[run] ^= 0x40;
    }
    CHECK(arena.is_sound());
}

TEST(CachedBuddiesDamage, ARunThatNobodyThereHasBorrowedIsMissed) {
    arena.fill_and_hold(2);
    arena.borrowers()[0] = 7;
    words_of(cache)[kBorrowed] -= 1;  // So that only the table knows.

    CHECK(arena.cached.verify().error() == Error::Corrupt);
}

TEST(CachedBuddiesDamage, ADrainEndsThoughARunIsMissing) {
    arena.fill(65);
    arena.borrowers()[0] = 0;

    CHECK_FALSE(arena.cached.drain_some(cache));
    UNSIGNED_LONGS_EQUAL(1, arena.buddies().lent_runs());
}

TEST(CachedBuddiesDamage, ADrainEndsThoughItGoesOnBehindTheLastRun) {
    for (std::uint64_t const next : {81U, 5000U}) {
        arena.take(0);
        words_of(cache)[kNext] = next;

        CHECK_FALSE(arena.cached.drain_some(cache));
        UNSIGNED_LONGS_EQUAL(1, arena.buddies().lent_runs());
        CHECK_FALSE(arena.cached.drain_some(cache));  // Now it begins anew.
        UNSIGNED_LONGS_EQUAL(0, arena.buddies().lent_runs());
    }
}

TEST(CachedBuddiesDamage, ACurrentRunThatIsNowhereIsNotLeft) {
    constexpr std::uint64_t kFar = std::uint64_t{1} << 40;
    std::uint64_t const& behind_the_bytes = arena.metadata[80 / sizeof(std::uint64_t)];
    for (std::uint64_t const first : {std::uint64_t{5120}, std::uint64_t{5120} + 64, kFar}) {
        arena.fill(64);
        words_of(cache)[test::kFirst] = first;

        arena.take(0);

        UNSIGNED_LONGS_EQUAL(0, behind_the_bytes);
        CHECK_FALSE(arena.is_sound());
        arena.fill(63);
    }
}

TEST(CachedBuddiesDamage, WhatIsSaidToWaitIsSomewhere) {
    arena.fill(65);
    arena.give(0, 0);  // So that what is behind the last byte looks like a borrower.
    words_of(cache)[kReturned] = 256;

    CHECK(is_corrupt(1));
}

TEST(CachedBuddiesDamage, OneRunIsNotTheCurrentOneOfTwo) {
    use();
    std::memcpy(static_cast<void*>(&arena.caches[1]), static_cast<void*>(&cache),
                3 * sizeof(std::uint64_t));

    CHECK(arena.cached.verify().error() == Error::Corrupt);
}

TEST(CachedBuddiesDamage, ARunIsLentToSomebody) {
    must(arena.buddies().lend(Order{}));

    CHECK(arena.cached.verify().error() == Error::Corrupt);
}

TEST(CachedBuddiesDamage, WhatIsListedHasSomething) {
    arena.fill(128);
    arena.give(0, 5);
    arena.buddies().run_words()[0] = 0;  // It had that.

    CHECK(is_corrupt(0));
    CHECK_FALSE(arena.is_sound());
}

TEST(CachedBuddiesDamage, WhoCannotHaveBorrowedARunHasNot) {
    arena.fill(64);
    std::uint8_t* const borrowers = arena.borrowers();
    for (unsigned const borrower :
         {7U, 8U, 17U, 0x38U, 0x40U, 0x80U}) {  // Of no order, of no core.
        borrowers[0] = static_cast<unsigned char>(borrower);
        CHECK(arena.refusal(1, 3) == Error::Corrupt);
        CHECK_FALSE(arena.cached.keeper(mm::FrameNumber{3}).has_value());
        UNSIGNED_LONGS_EQUAL(0, arena.cached.cached_frames());
        CHECK_FALSE(arena.is_sound());
    }
}

TEST(CachedBuddiesDamage, WhatWaitsIsInARunOfThatCore) {
    arena.fill_and_hold(2);
    for (std::uint64_t frame = 0; frame < 64; ++frame) {
        arena.give(1, frame);
    }
    std::uint8_t* const borrowers = arena.borrowers();
    unsigned char const before = borrowers[0];
    for (unsigned const borrower : {0U, 9U, 8U}) {  // Nobody, the other core, no order.
        borrowers[0] = static_cast<unsigned char>(borrower);
        CHECK(is_corrupt(0));
    }
    borrowers[0] = before;
    arena.take(0);
}

TEST(CachedBuddiesDamage, ARunThatIsNotLentCannotComeBack) {
    arena.fill(65);
    must(arena.buddies().take_back(mm::FrameNumber{0}, Order{}, 0));

    CHECK(arena.cached.drain(cache).error() == Error::Corrupt);
    UNSIGNED_LONGS_EQUAL(0, arena.cached.cached_frames());
    CHECK(static_cast<bool>(arena.cached.drain(cache)));
}

TEST(CachedBuddiesDamage, WhatTheIndexHasLostIsNotHandedOut) {
    std::vector<std::uint64_t> const sound = arena.arena.metadata;
    // All is free, and listed nowhere.
    std::fill(arena.arena.metadata.begin() + mm::RunTable::words(80), arena.arena.metadata.end(),
              0);

    CHECK(is_corrupt(0));
    CHECK(is_corrupt(7));
    arena.arena.metadata = sound;
    arena.take(0);
}
