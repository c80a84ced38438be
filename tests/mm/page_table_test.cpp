// SPDX-License-Identifier: MIT
#include "kernel/mm/page_table.hpp"

#include "kernel/units.hpp"

#include "tests/support/early_arena.hpp"
#include "tests/support/tlb_model.hpp"

#include <optional>
#include <vector>

#include <CppUTest/TestHarness.h>

namespace {

using kernel::Error;
using kernel::kGiB;
using kernel::kMiB;
using kernel::PhysAddr;
using kernel::VirtAddr;
using mm::Level;

constexpr std::uint64_t kPage = mm::kFrameBytes;
constexpr std::uint64_t kBlock = 2 * kMiB;
constexpr mm::Attributes kData{mm::MemoryType::Normal, mm::Access::ReadWrite};
constexpr VirtAddr kFirst = mm::PageTable::kFirst;
constexpr VirtAddr kLastPage{0xffff'ffff'ffff'f000};
constexpr VirtAddr kAt{0xffff'ffff'8000'0000};

class CollectedMappings final : public mm::MappingVisitor {
public:
    void visit(mm::Mapping const& mapping) override { all.push_back(mapping); }

    std::vector<mm::Mapping> all;
};

}  // namespace

TEST_GROUP(PageTable) {
    test::EarlyArena arena{40};
    test::TlbModel tlb{arena.window()};
    std::optional<mm::PageTable> table;

    void setup() override {
        arena.on_free = [this](mm::EarlyFrame frame) { tlb.require_forgotten(frame); };
        mm::EarlyFrame const root = *mm::PageTable::make_root(arena, arena.window());
        tlb.watch(root);
        table.emplace(root, arena, arena.window(), tlb);
    }

    void must_map(VirtAddr at, PhysAddr to, std::uint64_t bytes) {
        CHECK(static_cast<bool>(table->map(at, to, bytes, kData)));
    }
    void must_unmap(VirtAddr at, std::uint64_t bytes) {
        CHECK(static_cast<bool>(table->unmap(at, bytes)));
    }

    std::vector<mm::Mapping> mappings() const {
        CollectedMappings collected;
        table->visit(collected);
        return collected.all;
    }

    void check_refused(Error error, kernel::Result<void> const& outcome, std::uint64_t before) {
        CHECK(!outcome);
        CHECK(outcome.error() == error);
        UNSIGNED_LONGS_EQUAL(before, arena.hash());
        CHECK(tlb.invalidations.empty());
    }
};

TEST(PageTable, OfANewRootMapsNothing) {
    CHECK(mappings().empty());
    CHECK(!table->translate(kFirst).to);
    CHECK(!table->translate(kLastPage).to);
    UNSIGNED_LONGS_EQUAL(1, table->translate(kFirst).step_count);
}

TEST(PageTable, TranslatesEveryByteOfAPageAndNoneBeside) {
    must_map(kAt + kPage, PhysAddr{0x1234'5000}, kPage);

    CHECK(table->translate(kAt + kPage).to == PhysAddr{0x1234'5000});
    CHECK(table->translate(kAt + (2 * kPage - 1)).to == PhysAddr{0x1234'5fff});
    CHECK(!table->translate(kAt + (kPage - 1)).to);
    CHECK(!table->translate(kAt + 2 * kPage).to);
}

TEST(PageTable, MapsTheFirstAndTheLastPageOfItsSpace) {
    must_map(kFirst, PhysAddr{0}, kPage);
    must_map(kLastPage, PhysAddr{mm::kPhysicalBytes - kPage}, kPage);

    CHECK(table->translate(kFirst).to == PhysAddr{0});
    CHECK(table->translate(kLastPage + 0xfff).to == PhysAddr{mm::kPhysicalBytes - 1});
    UNSIGNED_LONGS_EQUAL(2, mappings().size());
    must_unmap(kLastPage, kPage);
    CHECK(!table->translate(kLastPage).to);
}

TEST(PageTable, MeetsNoDescriptorBelowTheKernelsHalf) {
    UNSIGNED_LONGS_EQUAL(0, table->translate(VirtAddr{0}).step_count);
    UNSIGNED_LONGS_EQUAL(0, table->translate(VirtAddr{kFirst.raw() - 1}).step_count);
}

TEST(PageTable, TellsTheDescriptorOfEachLevel) {
    VirtAddr const at = kFirst + (3 * kGiB + 4 * kBlock + 5 * kPage);
    must_map(at, PhysAddr{0x7000}, kPage);

    mm::Translation const found = table->translate(at + 0x123);

    UNSIGNED_LONGS_EQUAL(3, found.met().size());
    CHECK(found.steps[0].table == table->root().address());
    for (unsigned step = 0; step < 3; ++step) {
        UNSIGNED_LONGS_EQUAL(3 + step, found.steps[step].index);
        UNSIGNED_LONGS_EQUAL(1 + step, static_cast<unsigned>(found.steps[step].level));
    }
    CHECK(found.steps[1].table == found.steps[0].descriptor.address());
    CHECK(found.steps[2].table == found.steps[1].descriptor.address());
    CHECK(found.steps[2].descriptor == mm::Descriptor::leaf(Level::Three, PhysAddr{0x7000}, kData));
    CHECK(found.to == PhysAddr{0x7123});
}

TEST(PageTable, UsesBlocksWhereverBothAddressesAndTheRestAllow) {
    must_map(kAt + (kBlock - kPage), PhysAddr{3 * kBlock - kPage}, 2 * kBlock + 2 * kPage);

    auto const found = mappings();

    UNSIGNED_LONGS_EQUAL(4, found.size());
    CHECK(found[0].level == Level::Three);
    CHECK(found[1].level == Level::Two);
    CHECK(found[2].level == Level::Two);
    CHECK(found[3].level == Level::Three);
    CHECK(found[3].to() == PhysAddr{5 * kBlock});
}

TEST(PageTable, UsesPagesWhereTheAddressesDifferWithinABlock) {
    must_map(kAt, PhysAddr{kPage}, kBlock);
    must_map(kAt + (4 * kBlock + kPage), PhysAddr{0}, kBlock);

    UNSIGNED_LONGS_EQUAL(2 * 512, mappings().size());
}

TEST(PageTable, UsesPagesWhereAskedTo) {
    CHECK(static_cast<bool>(table->map_pages(kAt, PhysAddr{0}, kBlock, kData)));

    UNSIGNED_LONGS_EQUAL(512, mappings().size());
    must_unmap(kAt + kPage, kPage);
    UNSIGNED_LONGS_EQUAL(511, mappings().size());
}

TEST(PageTable, RefusesWhatCannotBeMappedAndChangesNothing) {
    must_map(kAt + 3 * kPage, PhysAddr{0}, kPage);
    must_map(kAt + kBlock, PhysAddr{kBlock}, kBlock);
    std::uint64_t const before = arena.hash();
    PhysAddr const to{0};

    check_refused(Error::EmptyRange, table->map(kAt, to, 0, kData), before);
    check_refused(Error::Misaligned, table->map(kAt + 1, to, kPage, kData), before);
    check_refused(Error::Misaligned, table->map(kAt, PhysAddr{0x800}, kPage, kData), before);
    check_refused(Error::Misaligned, table->map(kAt, to, kPage - 1, kData), before);
    VirtAddr const below{kFirst.raw() - kPage};
    check_refused(Error::NotKernelAddress, table->map(below, to, 2 * kPage, kData), before);
    check_refused(Error::NotKernelAddress, table->map(kLastPage, to, 2 * kPage, kData), before);
    check_refused(Error::NotKernelAddress, table->map(kAt, to, ~std::uint64_t{0} << 12, kData),
                  before);
    PhysAddr const last{mm::kPhysicalBytes - kPage};
    check_refused(Error::AddressSizeFault, table->map(kAt, last, 2 * kPage, kData), before);
    check_refused(Error::AddressSizeFault, table->map(kAt, last + 2 * kPage, kPage, kData), before);
    check_refused(Error::AddressSizeFault, table->map(kAt, last + kPage, kPage, kData), before);
    check_refused(Error::AlreadyMapped, table->map(kAt, to, 4 * kPage, kData), before);
    check_refused(Error::AlreadyMapped, table->map(kAt + (kBlock + kPage), to, kPage, kData),
                  before);
    check_refused(Error::AlreadyMapped, table->map(kAt + (kBlock - kPage), to, 2 * kPage, kData),
                  before);
    UNSIGNED_LONGS_EQUAL(2, tlb.maps);
}

TEST(PageTable, RefusesToUnmapWhatIsNotMappedWholeAndChangesNothing) {
    must_map(kAt, PhysAddr{0}, 3 * kPage);
    must_map(kAt + kBlock, PhysAddr{kBlock}, kBlock);
    std::uint64_t const before = arena.hash();

    check_refused(Error::EmptyRange, table->unmap(kAt, 0), before);
    check_refused(Error::Misaligned, table->unmap(kAt + 8, kPage), before);
    check_refused(Error::Misaligned, table->unmap(kAt, 8), before);
    check_refused(Error::NotKernelAddress, table->unmap(VirtAddr{0}, kPage), before);
    check_refused(Error::NotMapped, table->unmap(kAt, 4 * kPage), before);
    check_refused(Error::NotMapped, table->unmap(kAt + 3 * kPage, kPage), before);
    check_refused(Error::NotMapped, table->unmap(kFirst, kPage), before);
    check_refused(Error::PartOfBlock, table->unmap(kAt + kBlock, kPage), before);
    check_refused(Error::PartOfBlock, table->unmap(kAt + (kBlock + kPage), kPage), before);
    check_refused(Error::PartOfBlock, table->unmap(kAt + (2 * kBlock - kPage), kPage), before);
}

/// map() maps everything or nothing, wherever the frames run out.
TEST(PageTable, LeavesNothingBehindWhereverTableFramesRunOut) {
    // The end of one gigabyte and the beginning of the next: a page, two blocks, a page.
    VirtAddr const at{0xffff'ffff'c000'0000 - kBlock - kPage};
    PhysAddr const to{kBlock - kPage};
    must_map(kAt, PhysAddr{0}, kPage);  // So that one level 2 table is there already.
    std::uint64_t const before = arena.hash();
    unsigned failures = 0;
    for (;; ++failures) {
        arena.allow(failures);
        auto const outcome = table->map(at, to, 2 * kBlock + 2 * kPage, kData);
        if (outcome) {
            break;  // Every shorter supply has been tried.
        }

        CHECK(outcome.error() == Error::OutOfMemory);
        UNSIGNED_LONGS_EQUAL(before, arena.hash());
        tlb.look_at_all();
    }
    // A table of pages, then a level 2 table and another table of pages.
    UNSIGNED_LONGS_EQUAL(3, failures);
    UNSIGNED_LONGS_EQUAL(1 + 4, mappings().size());
}

TEST(PageTable, MakesNoRootWithoutAFrame) {
    arena.allow(0);

    CHECK(mm::PageTable::make_root(arena, arena.window()).error() == Error::OutOfMemory);
}

TEST(PageTable, GivesBackTheTablesThatGetEmptyAndNoOthers) {
    must_map(kAt, PhysAddr{0}, 2 * kPage);
    must_map(kAt + kBlock, PhysAddr{0}, kBlock);
    UNSIGNED_LONGS_EQUAL(3, arena.outstanding());

    must_unmap(kAt, kPage);
    UNSIGNED_LONGS_EQUAL(3, arena.outstanding());
    must_unmap(kAt + kPage, kPage);
    UNSIGNED_LONGS_EQUAL(2, arena.outstanding());
    must_unmap(kAt + kBlock, kBlock);
    UNSIGNED_LONGS_EQUAL(1, arena.outstanding());
    CHECK(mappings().empty());
}

TEST(PageTable, UnmapsARangeOfPagesAndBlocksAtOnce) {
    VirtAddr const at{0xffff'ffff'c000'0000 - kBlock - kPage};
    must_map(at, PhysAddr{kBlock - kPage}, 2 * kBlock + 2 * kPage);

    must_unmap(at, 2 * kBlock + 2 * kPage);

    UNSIGNED_LONGS_EQUAL(1, arena.outstanding());
    CHECK(mappings().empty());
}

TEST(PageTable, NamesToTheTlbWhatItUnmappedAndNothingElse) {
    must_map(kAt, PhysAddr{0}, kBlock + 3 * kPage);
    CHECK(tlb.invalidations.empty());

    must_unmap(kAt + (kBlock + kPage), 2 * kPage);
    must_unmap(kAt, kBlock + kPage);

    std::vector<test::TlbModel::Invalidation> const expected{
        {kAt.raw() + kBlock + kPage, 2},
        {kAt.raw(),                  1},
        {kAt.raw() + kBlock,         1}
    };
    CHECK(tlb.invalidations == expected);
    UNSIGNED_LONGS_EQUAL(1, tlb.maps);
}

TEST(PageTable, ContinuesWithTheTablesOfAnExistingRoot) {
    must_map(kAt, PhysAddr{0}, kPage);
    mm::PageTable second{table->root(), arena, arena.window(), tlb};

    CHECK(second.translate(kAt).to == PhysAddr{0});
    CHECK(second.map(kAt, PhysAddr{0}, kPage, kData).error() == Error::AlreadyMapped);
    CHECK(static_cast<bool>(second.unmap(kAt, kPage)));
    CHECK(!table->translate(kAt).to);
    UNSIGNED_LONGS_EQUAL(1, arena.outstanding());
}

TEST(PageTable, UsesNoLargerBlockForPages) {
    constexpr std::uint64_t kGiB = std::uint64_t{1} << 30;
    CHECK(table->map_pages(kAt, PhysAddr{kGiB}, kGiB, kData).error() == Error::OutOfMemory);
    CHECK(table->map_pages(kAt, PhysAddr{kGiB}, 0, kData).error() == Error::EmptyRange);
    CHECK(mappings().empty());
}

TEST(PageTable, MapsUpToTheLastPhysicalPageAndNoFurther) {
    constexpr std::uint64_t kEnd = std::uint64_t{1} << 48;
    must_map(kAt, PhysAddr{kEnd - 2 * kPage}, 2 * kPage);
    for (std::uint64_t const to : {kEnd - kPage, kEnd, kEnd + kPage}) {
        CHECK(table->map(kAt + 2 * kPage, PhysAddr{to}, 2 * kPage, kData).error() ==
              Error::AddressSizeFault);
    }
}

TEST(PageTable, ShowsAMappingAtItsVeryFirstAddress) {
    must_map(kFirst, PhysAddr{kPage}, kPage);

    CHECK(mappings().front().at == kFirst);
}
