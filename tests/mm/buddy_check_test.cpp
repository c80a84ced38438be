// SPDX-License-Identifier: MIT
#include "kernel/mm/buddy_allocator.hpp"
#include "kernel/mm/trial/random.hpp"

#include "tests/support/arena.hpp"

#include <array>
#include <cstddef>
#include <cstring>
#include <type_traits>
#include <vector>

#include <CppUTest/TestHarness.h>

namespace {

using mm::Block;
using mm::BuddyAllocator;
using mm::FrameKind;
using mm::FrameNumber;
using mm::Order;
using test::Arena;
using test::frames;
using test::must;

/// Blocks of many orders, free and allocated, reserved frames, padding at both ends.
void make_varied(Arena& arena) {
    must(arena.allocator.reserve(frames(1100, 3)));
    must(arena.allocator.reserve(frames(1200, 64)));
    must(arena.allocator.allocate_range(frames(1111, 55)));
    must(arena.allocator.allocate_range(frames(2050, 300)));
    for (unsigned const order : {0U, 0U, 3U, 5U, 6U, 7U, 2U, 0U}) {
        arena.allocate(order);
    }
}

/// Everything that can be asked of an allocator, once for each frame and order.
void use_all(BuddyAllocator& allocator) {
    for (unsigned order = 0; order <= Order::kMax; ++order) {
        static_cast<void>(allocator.allocate(Order::of(order)));
    }
    for (FrameNumber frame = allocator.span().first; frame < allocator.span().end;
         frame = frame + 37) {
        static_cast<void>(allocator.inspect(frame));
        static_cast<void>(allocator.free(frame, allocator.inspect(frame).block.order));
        static_cast<void>(allocator.free_frames({frame, frame + 64}));
        static_cast<void>(allocator.allocate_range({frame, frame + 3}));
        static_cast<void>(allocator.reserve({frame, frame + 65}));
        static_cast<void>(allocator.release({frame, frame + 129}));
    }
    for (std::uint64_t const count : {1U, 7U, 100U, 1025U}) {
        static_cast<void>(allocator.allocate_frames(count));
    }
    static_cast<void>(allocator.free_blocks());
    static_cast<void>(allocator.largest_free());
    static_cast<void>(allocator.hash());
    static_cast<void>(allocator.verify());
}

}  // namespace

TEST_GROUP(BuddyCheck){};

TEST(BuddyCheck, CountsWhatItHasGoneThrough) {
    Arena arena{100, 1000};
    arena.allocate(3);

    auto const report = arena.allocator.verify();

    CHECK(static_cast<bool>(report));
    UNSIGNED_LONGS_EQUAL(1000, report->frames);
    UNSIGNED_LONGS_EQUAL(2048 / 64, report->runs);
    std::uint64_t blocks = 1;
    for (std::uint64_t const free : arena.allocator.free_blocks()) {
        blocks += free;
    }
    UNSIGNED_LONGS_EQUAL(blocks, report->blocks);
}

TEST(BuddyCheck, HasTheSameHashOnEveryMachine) {
    Arena arena{3, 200};
    arena.allocate(0);
    arena.allocate(6);

    UNSIGNED_LONGS_EQUAL(0x1081'2d9f'ce33'b2de, arena.allocator.hash());
}

TEST(BuddyCheck, ReportsBeginAtNothing) {
    mm::VerifyReport const report{};
    UNSIGNED_LONGS_EQUAL(0, report.frames + report.runs + report.blocks);
    mm::FrameState const state{};
    CHECK(state.block.range() == test::frames(0, 1));
}

TEST(BuddyCheck, SeesEverySingleFlippedBitOfTheMetadata) {
    Arena arena{1030, 1500};
    for (int state = 0; state < 3; ++state) {  // All free; varied; nothing free.
        CHECK(arena.is_sound());
        for (std::uint64_t& word : arena.metadata) {
            for (unsigned bit = 0; bit < 64; ++bit) {
                word ^= std::uint64_t{1} << bit;
                CHECK_FALSE(arena.is_sound());
                word ^= std::uint64_t{1} << bit;
            }
        }
        if (state == 0) {
            make_varied(arena);
        }
        while (state == 1 && arena.allocator.allocate(Order{})) {
        }
    }
}

TEST(BuddyCheck, SeesEverySingleFlippedBitOfACounter) {
    static_assert(std::is_trivially_copyable_v<BuddyAllocator>);
    constexpr std::size_t kWords = sizeof(BuddyAllocator) / sizeof(std::uint64_t);
    // Four counts behind the span and where it begins; and, last, which trees are not empty.
    constexpr std::array<std::size_t, 5> kCounters{3, 4, 5, 6, kWords - 1};
    Arena arena{1030, 1500};
    make_varied(arena);
    std::array<unsigned char, sizeof(BuddyAllocator)> bytes{};
    std::memcpy(bytes.data(), &arena.allocator, bytes.size());

    for (std::size_t const word : kCounters) {
        for (std::size_t bit = word * 64; bit < (word + 1) * 64; ++bit) {
            bytes[bit / 8] = static_cast<unsigned char>(bytes[bit / 8] ^ 1U << bit % 8);
            std::memcpy(&arena.allocator, bytes.data(), bytes.size());
            CHECK_FALSE(arena.is_sound());
            bytes[bit / 8] = static_cast<unsigned char>(bytes[bit / 8] ^ 1U << bit % 8);
        }
    }
    std::memcpy(&arena.allocator, bytes.data(), bytes.size());
    CHECK(arena.is_sound());
}

TEST(BuddyCheck, HashesEqualStatesEquallyHoweverTheyCameAbout) {
    Arena one{0, 256};
    Arena other{0, 256};
    Block const first = one.allocate(2);
    one.allocate(2);
    one.free(first);
    must(other.allocator.allocate_range(frames(4, 4)));

    CHECK(one.allocator.hash() == other.allocator.hash());
    other.allocate(0);
    CHECK(one.allocator.hash() != other.allocator.hash());
}

/// The sanitizers see what is written or read beside the metadata; a loop without end is seen too.
TEST(BuddyCheck, OperationsEndAndStayInsideWhicheverBitIsFlipped) {
    Arena arena{1030, 1400};
    make_varied(arena);
    std::vector<std::uint64_t> const metadata = arena.metadata;
    BuddyAllocator const allocator = arena.allocator;

    for (std::size_t bit = 0; bit < metadata.size() * 64; bit += 3) {
        arena.metadata[bit / 64] ^= std::uint64_t{1} << bit % 64;
        use_all(arena.allocator);
        std::copy(metadata.begin(), metadata.end(), arena.metadata.begin());
        std::memcpy(&arena.allocator, &allocator, sizeof allocator);
    }
    CHECK(arena.is_sound());
}

TEST(BuddyCheck, OperationsEndAndStayInsideWhenAllOfItIsRubbish) {
    mm::Random random{5};
    for (int round = 0; round < 500; ++round) {
        Arena arena{1030, 1400};
        make_varied(arena);
        for (std::uint64_t& word : arena.metadata) {
            word = round % 3 == 0 ? random.next() : word & random.next();
        }

        use_all(arena.allocator);

        CHECK_FALSE(arena.is_sound());
    }
}

TEST(BuddyCheck, ABlockWhoseEndIsLostIsNotFreed) {
    Arena arena{0, 64};
    Block const block = arena.allocate(2);
    Block const next = arena.allocate(2);
    std::uint64_t const start = std::uint64_t{1} << next.first.raw();  // Of the next one.
    arena.metadata[0] |= start;
    arena.metadata[1] &= ~start;

    CHECK(arena.allocator.free(block.first, block.order).error() == kernel::Error::WrongOrder);
    CHECK(arena.allocator.free(next.first, next.order).error() == kernel::Error::InsideBlock);
    CHECK_FALSE(arena.is_sound());
}

TEST(BuddyCheck, ABlockOfRunsWhoseEndIsLostIsNotFreed) {
    Arena arena{0, 256};
    Block const block = arena.allocate(6);
    arena.allocate(6);
    constexpr std::size_t kGroup = std::size_t{2} * 16;  // Behind two words for each run.
    arena.metadata[kGroup] |= 2;  // Where the next one starts, in the second run.
    arena.metadata[kGroup + 1] &= ~std::uint64_t{2};

    CHECK(arena.allocator.free(block.first, block.order).error() == kernel::Error::WrongOrder);
}

TEST(BuddyCheck, SeesABlockThatHasMovedThoughAllCountsAreRight) {
    Arena arena{0, 64};
    Block const block = arena.allocate(1);
    arena.metadata[0] ^= 3;  // It seems to start one frame later.
    arena.metadata[1] ^= 3;

    CHECK_FALSE(arena.is_sound());
    CHECK(arena.allocator.free(block.first, block.order).error() == kernel::Error::InsideBlock);
}

TEST(BuddyCheck, SeesPaddingThatIsFreeThoughAllCountsAreRight) {
    Arena arena{0, 62};
    arena.allocate(0);
    arena.metadata[1] ^= 1U << 1;                 // Frame 1 seems to belong to that block,
    arena.metadata[0] ^= std::uint64_t{1} << 62;  // and the first frame of padding to be free.
    arena.metadata[1] ^= std::uint64_t{1} << 62;

    CHECK_FALSE(arena.is_sound());
}

TEST(BuddyCheck, DamagedPaddingIsNotGivenAway) {
    Arena arena{0, 62};
    arena.metadata[0] ^= std::uint64_t{1} << 62;
    arena.metadata[1] ^= std::uint64_t{1} << 62;
    for (int count = 0; count < 62; ++count) {
        arena.allocate(0);
    }

    CHECK(arena.allocator.allocate(Order{}).error() == kernel::Error::Corrupt);
}

TEST(BuddyCheck, ABlockThatCannotBeIsCalledCorrupt) {
    Arena arena{0, 64};
    Block const block = arena.allocate(2);
    arena.metadata[0] &= ~std::uint64_t{1U << 3};  // Three frames, then one.
    arena.metadata[1] |= 1U << 3;

    CHECK(arena.allocator.free(block.first, block.order).error() == kernel::Error::Corrupt);
    CHECK(arena.allocator.free_frames(block.range()).error() == kernel::Error::Corrupt);
    CHECK(arena.allocator.inspect(block.first).kind == FrameKind::Allocated);
}

TEST(BuddyCheck, AnIndexThatPromisesWhatIsNotFreeIsCalledCorrupt) {
    Arena arena{0, 1024};
    arena.metadata[1] = 1;  // The first run has states of its own, though it is listed as free.

    CHECK(arena.allocator.allocate(Order{}).error() == kernel::Error::Corrupt);
    CHECK(arena.allocator.allocate_frames(3).error() == kernel::Error::Corrupt);
}
