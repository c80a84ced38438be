// SPDX-License-Identifier: MIT
#include "tests/support/shell_test.hpp"

TEST_GROUP_BASE(Verify, test::ShellTest){};

TEST(Verify, CountsWhatItChecked) {
    CHECK(small.succeeds("alloc -z late 3; mapva #1; alloc 24K"));

    prints("verify",
           "early: 16384 frames, 256 runs, 29 blocks: ok\n"
           "late: 32768 frames, 512 runs, 40 blocks: ok\n"
           "heap: 4096 pages, 0 objects: ok\n"
           "virtual space: 1 ranges: ok\n"
           "held: 2 blocks, 14 frames: ok\n");
    mentions("verify --json", "{\"zones\":[{\"name\":\"early\",\"frames\":16384,\"runs\":256,");
    mentions("verify --json", "\"held\":{\"blocks\":2,\"frames\":14}}\n");
}

TEST(Verify, FindsAFlippedBitInEitherZone) {
    small.early_metadata[100] ^= 1;
    prints("verify", "error: early: the allocator's own records are damaged\n");
    small.early_metadata[100] ^= 1;

    small.late_metadata[7] ^= std::uint64_t{1} << 63;
    prints("verify --json", "error: late: the allocator's own records are damaged\n");
    prints("echo $?", "1\n");
}

TEST(Verify, FindsWhatNoLongerMatchesTheShellsRecords) {
    CHECK(small.succeeds("alloc -@ 0x00300000 0"));
    CHECK(static_cast<bool>(
        small.frames.free(mm::ZoneId::Early, mm::FrameNumber{0x300}, mm::Order{})));

    prints("verify", "error: held blocks: the allocator's own records are damaged\n");
}

TEST(Verify, FindsAMappingThatLeadsElsewhere) {
    CHECK(small.succeeds("alloc -z late 1; mapva #1"));
    kernel::VirtAddr const second = *small.holdings.find(1)->mapped_at + mm::kFrameBytes;
    CHECK(static_cast<bool>(small.pages.unmap(second, mm::kFrameBytes)));

    prints("verify", "error: held blocks: the allocator's own records are damaged\n");
}

TEST_GROUP_BASE(MemInfo, test::ShellTest){};

TEST(MemInfo, HasExactlyTheContractsJson) {
    prints("meminfo --json",
           "{\"zones\":[{\"name\":\"early\",\"first_frame\":0,\"end_frame\":16384,\"frames\":16384,"
           "\"reserved\":768,\"free\":15612,\"used\":4,\"cached\":0,\"largest_order\":10,"
           "\"free_blocks\":[0,0,1,1,1,1,1,1,2,1,14]},"
           "{\"name\":\"late\",\"first_frame\":16384,\"end_frame\":49152,\"frames\":32256,"
           "\"reserved\":16,\"free\":32240,\"used\":0,\"cached\":0,\"largest_order\":10,"
           "\"free_blocks\":[0,0,0,0,1,1,1,1,1,2,30]}],"
           "\"heap\":{\"window\":16777216,\"mapped\":0,\"used\":0},"
           "\"metadata\":{\"bytes\":13328,\"bits_per_frame\":2.192105}}\n");
}

TEST(MemInfo, IsATableForPeople) {
    prints("meminfo",
           "early 0x00000000..0x03ffffff\n"
           "  total       16384 frames      64 MiB\n"
           "  reserved      768 frames       3 MiB\n"
           "  free        15612 frames   62448 KiB\n"
           "  used            4 frames      16 KiB\n"
           "  cached          0 frames         0 B\n"
           "  largest free block: order 10 (4 MiB)\n"
           "late 0x04000000..0x0bffffff\n"
           "  total       32256 frames     126 MiB\n"
           "  reserved       16 frames      64 KiB\n"
           "  free        32240 frames  128960 KiB\n"
           "  used            0 frames         0 B\n"
           "  cached          0 frames         0 B\n"
           "  largest free block: order 10 (4 MiB)\n"
           "heap 16 MiB window, 0 B mapped, 0 B used\n"
           "metadata 13328 B, 2.19 bits per frame\n");
}

TEST(MemInfo, SumsUpInBothZonesWhateverIsHeld) {
    CHECK(small.succeeds("alloc -n 7 3; alloc -z early 20K"));

    for (mm::ZoneId const id : {mm::ZoneId::Early, mm::ZoneId::Late}) {
        mm::ZoneStatistics const zone = small.frames.zone(id).statistics();
        UNSIGNED_LONGS_EQUAL(zone.frames, zone.reserved + zone.free + zone.used + zone.cached);
    }
}

TEST(MemInfo, ShowsThatNothingIsFree) {
    for (int order = 10; order >= 0; --order) {
        small.type("alloc -n 9999 " + std::to_string(order));
    }

    mentions("meminfo", "  nothing is free\n");
    mentions("meminfo --json", "\"largest_order\":-1,\"free_blocks\":[0,0,0,0,0,0,0,0,0,0,0]");
}

TEST_GROUP_BASE(HeapCommand, test::ShellTest){};

TEST(HeapCommand, ShowsWhatIsMappedAndUsed) {
    CHECK(static_cast<bool>(small.heap.allocate(100)));
    CHECK(static_cast<bool>(small.heap.allocate(10'000)));

    mentions("heap", "16 MiB window, 16 KiB mapped, 12416 B used\n");
    mentions("heap", "   128 B         1         1\n");
    mentions("heap", "  larger         1         3\n");
    mentions("heap --json", "{\"window\":16777216,\"mapped\":16384,\"used\":12416,\"classes\":[");
    mentions("heap --json", "\"large\":{\"objects\":1,\"pages\":3}}\n");
}
