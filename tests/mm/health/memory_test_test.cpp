// SPDX-License-Identifier: MIT
#include "kernel/mm/health/memory_test.hpp"

#include "kernel/mm/buddy_allocator.hpp"
#include "kernel/mm/trial/random.hpp"

#include "tests/support/fake_frames.hpp"

#include <array>
#include <set>
#include <string>
#include <vector>

#include <CppUTest/TestHarness.h>

using mm::FrameNumber;
using mm::FrameRange;

namespace {

constexpr FrameRange frames(std::uint64_t first, std::uint64_t end) {
    return {FrameNumber{first}, FrameNumber{end}};
}

struct Bit {
    std::uint64_t word;
    unsigned bit;
};

/// RAM with bits that do as others do, or as they like.
class FaultyFrames final : public test::FakeFrames {
public:
    using FakeFrames::FakeFrames;

    enum class Kind : std::uint8_t {
        StuckAt0,
        StuckAt1,
        CannotRise,     ///< Keeps a 0 if it holds one.
        CannotFall,     ///< Keeps a 1 if it holds one.
        FlippedByRise,  ///< Changes when the other bit goes from 0 to 1.
        FlippedByFall,
        ClearedByRise,
        SetByFall,
        ClearedBy0,  ///< 0 whenever the other bit is 0.
        SetBy1,
        Count,
    };
    struct Fault {
        Kind kind;
        Bit victim;
        Bit aggressor;
        bool was = false;  ///< What they held before the last write.
        bool other_was = false;
    };

    void hide() override {
        for (Fault& fault : faults) {
            bool const other = get(fault.aggressor);
            put(fault.victim, outcome(fault, get(fault.victim), other));
            fault.was = get(fault.victim);
            fault.other_was = other;
        }
        FakeFrames::hide();
    }

    std::vector<Fault> faults;

private:
    bool get(Bit bit) const { return (words[bit.word] >> bit.bit & 1) != 0; }
    void put(Bit bit, bool value) {
        words[bit.word] &= ~(std::uint64_t{1} << bit.bit);
        words[bit.word] |= std::uint64_t{value} << bit.bit;
    }
    static bool outcome(Fault const& fault, bool is, bool other) {
        bool const rises = other && !fault.other_was;
        bool const falls = !other && fault.other_was;
        switch (fault.kind) {
            case Kind::StuckAt0: return false;
            case Kind::StuckAt1: return true;
            case Kind::CannotRise: return is && fault.was;
            case Kind::CannotFall: return is || fault.was;
            case Kind::FlippedByRise: return is != rises;
            case Kind::FlippedByFall: return is != falls;
            case Kind::ClearedByRise: return is && !rises;
            case Kind::SetByFall: return is || falls;
            case Kind::ClearedBy0: return is && other;
            case Kind::SetBy1: return is || other;
            case Kind::Count: break;
        }
        return is;
    }
};

FaultyFrames::Fault random_fault(mm::Random& random, std::uint64_t frames_in_all) {
    auto const any_bit = [&] {
        return Bit{random.below(frames_in_all * mm::kFrameWords),
                   static_cast<unsigned>(random.below(64))};
    };
    auto const kinds = static_cast<std::uint64_t>(FaultyFrames::Kind::Count);
    FaultyFrames::Fault fault{static_cast<FaultyFrames::Kind>(random.below(kinds)), any_bit(),
                              any_bit()};
    // As often as not a neighbour in the same word.
    if (random.below(2) == 0) {
        fault.aggressor = {fault.victim.word, (fault.victim.bit + 1) % 64};
    }
    return fault;
}

class Found final : public mm::BadWords {
public:
    void found(kernel::PhysAddr word, std::uint64_t wrong) override {
        bad.insert(FrameNumber::containing(word));
        last = word;
        last_wrong = wrong;
        ++calls;
    }
    std::set<FrameNumber> bad;
    kernel::PhysAddr last{0};
    std::uint64_t last_wrong = 0;
    unsigned calls = 0;
};

}  // namespace

TEST_GROUP(MemoryTest) {
    static constexpr FrameRange kRam = frames(0x100, 0x108);
    FaultyFrames ram{kRam, 3};
    Found found;

    void test(std::span<FrameRange const> ranges) {
        mm::MemoryTest test{ram, ranges, found};
        while (test.step()) {
        }
        CHECK_EQUAL(test.total(), test.done());
        CHECK_FALSE(test.step());
    }
    void check_finds(FaultyFrames::Fault const& fault) {
        ram.faults = {fault};
        test(std::array{kRam});
        CHECK(found.bad == std::set<FrameNumber>{kRam.first + fault.victim.word / mm::kFrameWords});
    }
};

TEST(MemoryTest, FindsNothingWrongWithGoodRam) {
    test(std::array{frames(0x100, 0x101), frames(0x103, 0x108)});

    UNSIGNED_LONGS_EQUAL(0, found.calls);
}

TEST(MemoryTest, TouchesNothingBetweenItsRanges) {
    std::fill(ram.words.begin(), ram.words.end(), 42);

    test(std::array{frames(0x100, 0x101), frames(0x103, 0x108)});

    for (std::uint64_t i = mm::kFrameWords; i < 3 * mm::kFrameWords; ++i) {
        CHECK_EQUAL(42U, ram.words[i]);
    }
    CHECK(ram.words.front() != 42);
    CHECK(ram.words.back() != 42);
}

TEST(MemoryTest, HasNothingToDoWithoutRanges) {
    test({});

    UNSIGNED_LONGS_EQUAL(0, ram.shown_frames);
}

TEST(MemoryTest, NamesTheWordAndItsWrongBits) {
    check_finds({
        FaultyFrames::Kind::StuckAt1, {5 * mm::kFrameWords + 7, 63},
         {0,                       0 }
    });

    CHECK_EQUAL(0x105038U, found.last.raw());
    CHECK_EQUAL(std::uint64_t{1} << 63, found.last_wrong);
}

TEST(MemoryTest, FindsABitThatNeedsItsNeighbourInTheSameWord) {
    check_finds({
        FaultyFrames::Kind::SetBy1, {100, 31},
         {100, 32}
    });
}

TEST(MemoryTest, FindsTwoAddressesThatAreOne) {
    // A line of the address is broken: what is written to the one frame is written to the other.
    class Aliased final : public test::FakeFrames {
    public:
        using FakeFrames::FakeFrames;
        std::uint64_t volatile* show(FrameRange shown) override {
            return FakeFrames::show({shown.first.raw() == 0x106 ? FrameNumber{0x102} : shown.first,
                                     shown.first.raw() == 0x106 ? FrameNumber{0x103} : shown.end});
        }
    } aliased{kRam, 1};
    std::array const ranges{kRam};
    mm::MemoryTest test{aliased, ranges, found};
    while (test.step()) {
    }

    CHECK(found.bad.contains(FrameNumber{0x102}) || found.bad.contains(FrameNumber{0x106}));
}

TEST(MemoryTest, FindsEachKindOfFaultWhereverItIs) {
    mm::Random random{1};
    for (unsigned round = 0; round < 100; ++round) {
        auto const fault = random_fault(random, kRam.count());
        found = {};
        check_finds(fault);
    }
}

/// Of RAM with up to eight faults no bad frame is handed out once it has been tested.
TEST(MemoryTest, KeepsBadFramesFromBeingHandedOut) {
    constexpr unsigned kPatterns = 1000;
    constexpr FrameRange kSmall = frames(0x100, 0x104);
    for (std::uint64_t seed = 1; seed <= kPatterns; ++seed) {
        std::string const words = "seed " + std::to_string(seed);
        mm::Random random{seed};
        FaultyFrames faulty{kSmall, 1 + random.below(kSmall.count())};
        std::set<FrameNumber> bad;
        for (std::uint64_t i = 1 + random.below(8); i != 0; --i) {
            auto const fault = random_fault(random, kSmall.count());
            faulty.faults.push_back(fault);
            bad.insert(kSmall.first + fault.victim.word / mm::kFrameWords);
        }
        std::vector<std::uint64_t> metadata(mm::BuddyAllocator::metadata_words(kSmall));
        mm::BuddyAllocator buddies{kSmall, metadata};
        CHECK(bool{buddies.release(kSmall)});

        Found now;
        std::array const ranges{kSmall};
        mm::MemoryTest test{faulty, ranges, now};
        while (test.step()) {
        }
        for (FrameNumber const frame : now.bad) {
            CHECK(bool{buddies.reserve({frame, frame + 1})});
        }

        while (auto const block = buddies.allocate(mm::Order{})) {
            CHECK_TEXT(!bad.contains(block->first), words.c_str());
        }
        CHECK_EQUAL_TEXT(bad.size(), now.bad.size(), words.c_str());
    }
}
