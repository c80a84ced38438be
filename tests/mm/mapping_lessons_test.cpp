// SPDX-License-Identifier: MIT
//
// Bugs that kernels have shipped with in virtual ranges, page tables and the map of RAM, each under
// a name that says what is right.
#include "kernel/mm/page_table.hpp"
#include "kernel/mm/virtual_space.hpp"
#include "kernel/mm/window_map.hpp"
#include "kernel/units.hpp"

#include "tests/support/early_arena.hpp"
#include "tests/support/tlb_model.hpp"

#include <map>
#include <vector>

#include <CppUTest/TestHarness.h>

namespace {

using kernel::Error;
using kernel::kMiB;
using kernel::PhysAddr;
using kernel::PhysRange;
using kernel::VirtAddr;
using kernel::VirtRange;

constexpr std::uint64_t kPage = mm::kFrameBytes;
constexpr VirtAddr kAt{0xffff'ffff'8000'0000};
constexpr PhysAddr kRam = test::EarlyArena::kBase;
constexpr std::uint64_t kWindowBytes = 16 * kMiB;

constexpr PhysRange ram(std::uint64_t begin, std::uint64_t end) {
    return {kRam + begin, kRam + end};
}

/// The memory type of every physical page that is mapped, and pages that have more than one.
class MemoryTypes final : public mm::MappingVisitor {
public:
    void visit(mm::Mapping const& mapping) override {
        std::uint64_t const bytes = mm::bytes_per_entry(mapping.level);
        for (std::uint64_t offset = 0; offset < bytes; offset += kPage) {
            auto const [page, is_new] =
                types.try_emplace((mapping.descriptor.address() + offset).raw(),
                                  mapping.descriptor.memory_type_index());
            mixed += !is_new && page->second != mapping.descriptor.memory_type_index() ? 1U : 0U;
        }
    }

    std::map<std::uint64_t, unsigned> types;  ///< Indices into MAIR_EL1.
    unsigned mixed = 0;
};

}  // namespace

TEST_GROUP(MappingLessons) {
    test::EarlyArena arena{kWindowBytes / kPage};
    test::TlbModel tlb{arena.window()};
    mm::PageTable table{*mm::PageTable::make_root(arena, arena.window()), arena, arena.window(),
                        tlb};

    void setup() override { tlb.watch(table.root()); }

    void map(VirtAddr at, PhysAddr to, mm::Attributes attributes) {
        CHECK(static_cast<bool>(table.map(at, to, kPage, attributes)));
    }
};

// Shipped: a range freed again after it had merged with its neighbours went into the free list
// twice, and two callers got the same addresses.
TEST(MappingLessons, AVirtualRangeThatHasMergedIsNotFreedAgain) {
    VirtRange const all{kAt, kAt + 64 * kPage};
    std::vector<std::uint64_t> metadata(mm::VirtualSpace::metadata_words(all));
    mm::VirtualSpace space{all, metadata};
    std::uint64_t const fresh = space.hash();
    VirtRange const lower = *space.allocate(3 * kPage);
    VirtRange const upper = *space.allocate(3 * kPage);
    CHECK(static_cast<bool>(space.free(upper)));
    CHECK(static_cast<bool>(space.free(lower)));

    CHECK(space.free(upper).error() == Error::AlreadyFree);
    CHECK(space.free(lower).error() == Error::AlreadyFree);

    CHECK(space.hash() == fresh);
    VirtRange const next = *space.allocate(kPage);
    VirtRange const other = *space.allocate(kPage);
    CHECK(next.end <= other.begin || other.end <= next.begin);
}

// Shipped: unmap cleared rights in the descriptors above, which other pages shared.
TEST(MappingLessons, UnmappingAPageLeavesTheRightsOfItsNeighboursAlone) {
    mm::Attributes const code{mm::MemoryType::Normal, mm::Access::ReadExecute};
    mm::Attributes const data{mm::MemoryType::Normal, mm::Access::ReadWrite};
    map(kAt, kRam, code);
    map(kAt + kPage, kRam + kPage, data);
    map(kAt + 2 * kPage, kRam + 2 * kPage, data);
    auto const steps_to = [this](VirtAddr at) {
        auto const found = table.translate(at);
        return std::vector(found.met().begin(), found.met().end());
    };
    auto const way_to_code = steps_to(kAt);
    auto const way_to_data = steps_to(kAt + kPage);

    CHECK(static_cast<bool>(table.unmap(kAt + 2 * kPage, kPage)));

    for (auto const& [before, now] : {
             std::pair{way_to_code, steps_to(kAt)        },
             std::pair{way_to_data, steps_to(kAt + kPage)}
    }) {
        UNSIGNED_LONGS_EQUAL(before.size(), now.size());
        for (std::size_t step = 0; step < now.size(); ++step) {
            CHECK(before[step].descriptor == now[step].descriptor);
        }
    }
    CHECK(steps_to(kAt).back().descriptor.is_executable());
    CHECK(steps_to(kAt + kPage).back().descriptor.is_writable());
}

// Shipped: RAM mapped as Normal memory, and a part of the same range once more as a device.
TEST(MappingLessons, NoPhysicalPageIsMappedWithTwoMemoryTypes) {
    PhysRange const device = ram(12 * kMiB, 12 * kMiB + 64 * kPage);  // Where there is no RAM.
    mm::MemoryMap memory;
    CHECK(static_cast<bool>(memory.add_ram(ram(0, 12 * kMiB))));
    CHECK(static_cast<bool>(memory.add_ram({device.end, kRam + kWindowBytes})));
    mm::ImageParts const image{
        ram(0x80000, 0x90000),
        ram(0x90000, 0xa0000),
        {ram(0xb0000, 0xb1000), ram(0xc0000, 0xc1000)}
    };
    CHECK(static_cast<bool>(map_window(table, {ram(0, kWindowBytes), kAt}, memory, image)));
    mm::Attributes const registers{mm::MemoryType::DeviceNgnre, mm::Access::ReadWrite};
    CHECK(static_cast<bool>(
        table.map(VirtAddr{0xffff'ffff'9000'0000}, device.begin, device.bytes(), registers)));

    MemoryTypes found;
    table.visit(found);

    UNSIGNED_LONGS_EQUAL(0, found.mixed);
    UNSIGNED_LONGS_EQUAL(kWindowBytes / kPage - 2, found.types.size());  // Less the guard pages.
    for (auto const& [page, type] : found.types) {
        bool const is_ram = type == static_cast<unsigned>(mm::MemoryType::Normal);
        CHECK(is_ram != device.contains(PhysAddr{page}));
    }
}
