// SPDX-License-Identifier: MIT
#include "kernel/mm/virtual_space.hpp"

#include "kernel/mm/trial/random.hpp"
#include "kernel/units.hpp"

#include "tests/support/broken_promise.hpp"

#include <map>
#include <span>
#include <string>
#include <vector>

#include <CppUTest/TestHarness.h>

namespace {

using kernel::Error;
using kernel::VirtAddr;
using kernel::VirtRange;

constexpr std::uint64_t kPage = mm::kFrameBytes;
constexpr std::uint64_t kPages = 2100;  // Two blocks of the largest order and a bit.
constexpr VirtAddr kAt{0xffff'ffff'9000'0000};

constexpr VirtRange pages(std::uint64_t first, std::uint64_t end) {
    return {kAt + first * kPage, kAt + end * kPage};
}

}  // namespace

TEST_GROUP(VirtualSpace) {
    std::vector<std::uint64_t> metadata =
        std::vector<std::uint64_t>(mm::VirtualSpace::metadata_words(pages(0, kPages)));
    mm::VirtualSpace space{pages(0, kPages), metadata};

    VirtRange must_allocate(std::uint64_t bytes, std::uint64_t alignment = 1) {
        auto const range = space.allocate(bytes, alignment);
        CHECK(static_cast<bool>(range));
        return *range;
    }

    void check_refused(Error error, kernel::Result<void> const& outcome, std::uint64_t before) {
        CHECK(!outcome);
        CHECK(outcome.error() == error);
        UNSIGNED_LONGS_EQUAL(before, space.hash());
    }
};

TEST(VirtualSpace, BeginsWithItsFirstPageAsGuard) {
    UNSIGNED_LONGS_EQUAL((kPages - 1) * kPage, space.free_bytes());
    CHECK(must_allocate(1).begin > kAt);
    CHECK(static_cast<bool>(space.verify()));
}

TEST(VirtualSpace, NeedsTwoPagesAndAllItsMetadata) {
    CHECK(test::breaks_promise([&] {
        static_cast<void>(mm::VirtualSpace{pages(0, 1), metadata});
    }));
    CHECK(test::breaks_promise([&] {
        static_cast<void>(mm::VirtualSpace{
            {kAt + 8, kAt + 2 * kPage},
            metadata
        });
    }));
    CHECK(test::breaks_promise([&] {
        static_cast<void>(
            mm::VirtualSpace{space.range(), std::span{metadata}.first(metadata.size() - 1)});
    }));
    mm::VirtualSpace smallest{pages(0, 4), metadata};
    CHECK(smallest.allocate(1).value() == pages(2, 3));
}

TEST(VirtualSpace, RoundsUpToWholePagesAndLeavesAGuardBetween) {
    VirtRange const first = must_allocate(kPage + 1);
    VirtRange const second = must_allocate(1);

    UNSIGNED_LONGS_EQUAL(2 * kPage, first.bytes());
    UNSIGNED_LONGS_EQUAL(kPage, second.bytes());
    CHECK(first.end < second.begin || second.end < first.begin);
}

TEST(VirtualSpace, AlignsAsAsked) {
    for (std::uint64_t alignment = 1; alignment <= 4 * kernel::kMiB; alignment *= 2) {
        VirtRange const range = must_allocate(3 * kPage, alignment);
        UNSIGNED_LONGS_EQUAL(0, range.begin.raw() % alignment);
        CHECK(static_cast<bool>(space.free(range)));
    }
}

TEST(VirtualSpace, RefusesWhatItHasNoRoomFor) {
    std::uint64_t const before = space.hash();

    CHECK(space.allocate(0).error() == Error::EmptyRange);
    CHECK(space.allocate(kPages * kPage).error() == Error::OutOfAddressSpace);
    CHECK(space.allocate(~std::uint64_t{0}).error() == Error::OutOfAddressSpace);
    CHECK(space.allocate(1, std::uint64_t{1} << 62).error() == Error::OutOfAddressSpace);
    UNSIGNED_LONGS_EQUAL(before, space.hash());
}

TEST(VirtualSpace, HandsOutRangesLargerThanTheLargestBlock) {
    mm::VirtualSpace whole{
        {VirtAddr{kAt.raw() - kPage}, kAt + 2048 * kPage},
        metadata
    };

    CHECK(whole.allocate(2047 * kPage).value() == pages(0, 2047));
    CHECK(whole.allocate(1).error() == Error::OutOfAddressSpace);
    CHECK(static_cast<bool>(whole.verify()));
}

TEST(VirtualSpace, SetsAsideItsFirstPagesForDevices) {
    CHECK(static_cast<bool>(space.set_aside(pages(0, 8))));

    CHECK(static_cast<bool>(space.verify()));
    UNSIGNED_LONGS_EQUAL((kPages - 9) * kPage, space.free_bytes());
    CHECK(must_allocate(1).begin > kAt + 8 * kPage);
}

TEST(VirtualSpace, SetsAsideItsLastPages) {
    CHECK(static_cast<bool>(space.set_aside(pages(kPages - 2, kPages))));
    CHECK(static_cast<bool>(space.verify()));
}

TEST(VirtualSpace, RefusesToSetAsideWhatIsNotFree) {
    VirtRange const taken = must_allocate(4 * kPage);
    CHECK(static_cast<bool>(space.set_aside(pages(100, 102))));
    std::uint64_t const before = space.hash();

    check_refused(Error::NotFree, space.set_aside(taken), before);
    check_refused(Error::NotFree, space.set_aside({taken.end, taken.end + kPage}), before);
    check_refused(Error::NotFree, space.set_aside(pages(99, 100)), before);  // Its guard is.
    check_refused(Error::NotFree, space.set_aside(pages(kPages - 1, kPages + 1)), before);
    check_refused(Error::EmptyRange, space.set_aside(pages(50, 50)), before);
    check_refused(Error::Misaligned, space.set_aside({kAt + 8, kAt + kPage}), before);
}

TEST(VirtualSpace, TakesBackOnlyExactlyWhatItGave) {
    VirtRange const held = must_allocate(5 * kPage);
    VirtRange const next = must_allocate(6 * kPage);
    CHECK(static_cast<bool>(space.set_aside(pages(100, 102))));
    std::uint64_t const before = space.hash();

    check_refused(Error::EmptyRange, space.free({held.begin, held.begin}), before);
    check_refused(Error::Misaligned, space.free({held.begin + 1, held.end}), before);
    check_refused(Error::Misaligned, space.free({held.begin, held.end + 1}), before);
    check_refused(Error::InsideBlock, space.free({held.begin + kPage, held.end}), before);
    check_refused(Error::WrongSize, space.free({held.begin, held.end + kPage}), before);
    for (std::uint64_t count = 1; count < 5; ++count) {
        check_refused(Error::WrongSize, space.free({held.begin, held.begin + count * kPage}),
                      before);
    }
    check_refused(Error::WrongSize, space.free({held.begin, next.end}), before);
    check_refused(Error::WrongSize, space.free({next.begin, kAt + kPages * kPage}), before);
    check_refused(Error::NotAllocated, space.free({held.end, held.end + kPage}), before);
    check_refused(Error::NotAllocated, space.free(pages(kPages, kPages + 1)), before);
    check_refused(Error::NotAllocated, space.free({VirtAddr{0}, VirtAddr{kPage}}), before);
    check_refused(Error::Reserved, space.free(pages(0, 1)), before);
    check_refused(Error::Reserved, space.free(pages(100, 102)), before);
    check_refused(Error::AlreadyFree, space.free(pages(2000, 2001)), before);

    CHECK(static_cast<bool>(space.free(held)));
    check_refused(Error::AlreadyFree, space.free(held), space.hash());
}

TEST(VirtualSpace, IsWholeAgainWhenAllIsGivenBack) {
    std::uint64_t const before = space.hash();
    std::vector<VirtRange> held;
    while (auto const range = space.allocate((1 + held.size() % 7) * kPage)) {
        held.push_back(*range);
    }
    CHECK(held.size() > 300);
    UNSIGNED_LONGS_EQUAL(held.size(), space.allocated_ranges());

    for (std::size_t const parity : {1U, 0U}) {
        for (std::size_t index = parity; index < held.size(); index += 2) {
            CHECK(static_cast<bool>(space.free(held[index])));
        }
    }

    UNSIGNED_LONGS_EQUAL(before, space.hash());
    UNSIGNED_LONGS_EQUAL(0, space.allocated_ranges());
}

/// Against a plain map of ranges, the invariants checked at each step.
TEST(VirtualSpace, AgreesWithAPlainMapOfRanges) {
    constexpr std::uint64_t kSeed = 0x5bace;
    mm::Random random{kSeed};
    std::map<std::uint64_t, std::uint64_t> model;  // First page and end, guard not included.
    std::uint64_t const fresh = space.hash();
    for (unsigned step = 0; step < 4000; ++step) {
        std::string const where =
            "seed " + std::to_string(kSeed) + ", step " + std::to_string(step);
        if (random.below(2) == 0) {
            std::uint64_t const count = random.skewed(400);
            std::uint64_t const alignment = random.skewed_power(512);
            auto const range = space.allocate(count * kPage, alignment * kPage);
            if (!range) {
                CHECK_TEXT(range.error() == Error::OutOfAddressSpace, where.c_str());
                continue;
            }
            std::uint64_t const first = (range->begin - kAt) / kPage;
            auto const after = model.lower_bound(first);
            bool const is_clear = first > 0 &&
                                  (after == model.end() || first + count < after->first) &&
                                  (after == model.begin() || std::prev(after)->second < first);
            CHECK_TEXT(is_clear && first % alignment == 0 && range->bytes() == count * kPage,
                       where.c_str());
            model[first] = first + count;
        } else if (!model.empty()) {
            auto const chosen =
                std::next(model.begin(), static_cast<std::ptrdiff_t>(random.below(model.size())));
            CHECK_TEXT(static_cast<bool>(space.free(pages(chosen->first, chosen->second))),
                       where.c_str());
            model.erase(chosen);
        }
        // A range that nobody asked for is never taken back.
        std::uint64_t const first = random.below(kPages);
        std::uint64_t const end = first + random.skewed(20);
        auto const known = model.find(first);
        if (known == model.end() || known->second != end) {
            std::uint64_t const before = space.hash();
            CHECK_TEXT(!space.free(pages(first, end)), where.c_str());
            UNSIGNED_LONGS_EQUAL_TEXT(before, space.hash(), where.c_str());
        }
        CHECK_TEXT(static_cast<bool>(space.verify()), where.c_str());
        UNSIGNED_LONGS_EQUAL_TEXT(model.size(), space.allocated_ranges(), where.c_str());
    }
    for (auto const& [first, end] : model) {
        CHECK(static_cast<bool>(space.free(pages(first, end))));
    }
    UNSIGNED_LONGS_EQUAL(fresh, space.hash());
}

TEST(VirtualSpace, HasTheSameHashOnEveryMachine) {
    must_allocate(5 * kPage);
    must_allocate(kPage, 64 * kPage);

    UNSIGNED_LONGS_EQUAL(0x0e6b'e787'64fc'db49, space.hash());
}

TEST(VirtualSpace, SeesEverySingleFlippedBitOfItsMetadata) {
    must_allocate(5 * kPage);
    must_allocate(kPage, 64 * kPage);
    CHECK(static_cast<bool>(space.set_aside(pages(500, 530))));
    for (std::uint64_t& word : metadata) {
        for (unsigned bit = 0; bit < 64; ++bit) {
            word ^= std::uint64_t{1} << bit;
            CHECK(space.verify().error() == Error::Corrupt);
            word ^= std::uint64_t{1} << bit;
        }
    }
    CHECK(static_cast<bool>(space.verify()));
}
