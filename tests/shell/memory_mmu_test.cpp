// SPDX-License-Identifier: MIT
#include "kernel/mm/mapping_audit.hpp"
#include "kernel/mm/table_cursor.hpp"

#include "tests/support/shell_test.hpp"

using kernel::PhysAddr;
using kernel::VirtAddr;
using mm::Access;
using mm::MemoryType;

namespace {

constexpr VirtAddr kSomePage{0xffff'ffff'9008'0000};

}  // namespace

TEST_GROUP_BASE(MmuAudit, test::ShellTest){
    void map(VirtAddr at, std::uint64_t to, MemoryType type = MemoryType::Normal){CHECK(bool{
        small.pages.map_pages(at, PhysAddr{to}, mm::kFrameBytes, {type, Access::ReadWrite})});
}

// Flips bits of the descriptor behind `at`, as no Attributes can say them.
void flip(VirtAddr at, std::uint64_t bits) {
    mm::TableCursor cursor{small.window, small.pages.root(), at - mm::PageTable::kFirst};
    cursor.write(mm::Descriptor{cursor.descriptor().raw() ^ bits}, 1);
}

static VirtAddr window(std::uint64_t address) { return test::SmallMachine::kWindowPages + address; }
}
;

TEST(MmuAudit, FindsNothingWrongWithHoldersAndTheirMappings) {
    prints("mmu audit",
           "640 pages, 30 blocks, 0 late frames: ok\n"
           "none both written and executed, with two memory types, free, nobody's, or a guard\n");

    CHECK(small.succeeds("alloc -z late 2; mapva #1; alloc -z late 24K; mapva #2"));
    map(kSomePage, 0x3f20'1000, MemoryType::DeviceNgnre);
    map(mm::PageTable::kFirst, 0x3f20'1000, MemoryType::DeviceNgnre);
    CHECK(bool{small.heap.allocate(5000)});
    CHECK(bool{small.pages.map_pages(kSomePage + mm::kFrameBytes, PhysAddr{0x3f20'1000},
                                     mm::kFrameBytes, {MemoryType::DeviceNgnre, Access::Read})});

    mentions("mmu audit", "655 pages, 30 blocks, 10 late frames: ok\n");
}

TEST(MmuAudit, FindsWhatCanBeWrittenAndExecuted) {
    flip(window(0x0020'0000), std::uint64_t{1} << 53);  // PXN.

    prints("mmu audit",
           "error: mmu audit: 0xffffffff80200000 is mapped to 0x00200000, and it can be written "
           "and executed\n");
}

TEST(MmuAudit, FindsWhatUserModeCouldUse) {
    flip(window(0x0020'0000), std::uint64_t{1} << 6);  // AP[1].

    mentions("mmu audit", ", and EL0 could use it\n");
}

TEST(MmuAudit, FindsAMappedGuardPage) {
    map(window(0x1000), 0x1000);

    prints("mmu audit",
           "error: mmu audit: 0xffffffff80001000 is mapped to 0x00001000, and it must stay "
           "unmapped, to guard a stack\n");
}

TEST(MmuAudit, FindsTheOtherGuardPage) {
    map(window(0), 0);

    mentions("mmu audit", "0xffffffff80000000 is mapped to 0x00000000, and it must stay unmapped");
}

TEST(MmuAudit, FindsAWindowOutOfOrder) {
    map(window(0x0200'0000), 0x0030'0000);

    mentions("mmu audit", ", and the early window is out of order there\n");
}

TEST(MmuAudit, FindsRamThatIsMappedAsADevice) {
    map(kSomePage, 0x0030'0000, MemoryType::DeviceNgnre);

    mentions("mmu audit", "to 0x00300000, and it has the memory type of something else\n");
}

TEST(MmuAudit, FindsADeviceThatIsMappedAsRam) {
    map(kSomePage, 0x3f20'1000);

    mentions("mmu audit", "to 0x3f201000, and it has the memory type of something else\n");
}

TEST(MmuAudit, FindsABlockThatReachesBeyondRam) {
    CHECK(bool{small.pages.map(VirtAddr{0xffff'ffff'9020'0000}, PhysAddr{0x0600'0000}, 0x20'0000,
                               {MemoryType::Normal, Access::ReadWrite})});

    mentions("mmu audit", "to 0x06000000, and it has the memory type of something else\n");
}

TEST(MmuAudit, FindsWhatMustNotBeMapped) {
    map(window(0x0200'1000), 0x0200'1000);

    mentions("mmu audit", "to 0x02001000, and what lies there must not be mapped\n");
}

TEST(MmuAudit, FindsMappedFramesThatAreFree) {
    map(kSomePage, 0x0500'0000);
    map(kSomePage + mm::kFrameBytes, 0x0500'1000);  // The first one is named.

    mentions("mmu audit", "to 0x05000000, and nobody has what lies there\n");
}

TEST(MmuAudit, FindsReservedRamOutsideTheWindow) {
    map(kSomePage, 0x0480'0000);

    mentions("mmu audit", "to 0x04800000, and nobody has what lies there\n");
}

TEST(MmuAudit, FindsMappedFramesWhoseHolderKnowsNothingOfIt) {
    CHECK(small.succeeds("alloc -@ 0x05000000 0"));
    map(kSomePage, 0x0500'0000);

    prints("mmu audit", "error: mmu audit: 1 late frames are mapped, and 0 by their holders\n");
}

TEST(MmuAudit, IsTheOnlyThingThatMmuDoes) { prints("mmu look", "usage: mmu audit\n"); }
