// SPDX-License-Identifier: MIT
// What the shell shows of frames that cores keep for themselves: `drain`, `meminfo`, `cpus`,
// `frame`, `free`.
#include "tests/support/shared_zone.hpp"
#include "tests/support/shell_test.hpp"

#include <vector>

#include <CppUTest/TestHarness.h>

TEST_GROUP_BASE(Caches, test::ShellTest) {
    std::vector<mm::CoreCache> early = std::vector<mm::CoreCache>(kernel::kMostCores);
    std::vector<mm::CoreCache> late = std::vector<mm::CoreCache>(kernel::kMostCores);
    test::CountedLock lock;
    test::CountedLock watch_lock;
    test::TurnsOfCores cores{
        {&small.early, &small.late}
    };
    mm::Sharing sharing{lock, watch_lock, cores};
    std::vector<std::uint64_t> early_loans = loans_of(small.early);
    std::vector<std::uint64_t> late_loans = loans_of(small.late);
    mm::SharedBuddies shared_early{small.early.buddies(), early, early_loans, sharing};
    mm::SharedBuddies shared_late{small.late.buddies(), late, late_loans, sharing};

    static std::vector<std::uint64_t> loans_of(mm::Zone const& zone) {
        return std::vector<std::uint64_t>(
            mm::CachedBuddies::metadata_words(zone.span(), kernel::kMostCores));
    }

    void setup() override {
        take_what_is_split(small.early);
        take_what_is_split(small.late);
        small.early.share(shared_early);
        small.late.share(shared_late);
    }
    /// Else that would be handed out first, and no run with reserved frames is lent.
    static void take_what_is_split(mm::Zone & zone) {
        for (mm::FrameNumber frame = zone.span().first; frame < zone.span().end;
             frame = frame + 1) {
            mm::FrameState const state = zone.inspect(frame);
            if (state.kind == mm::FrameKind::Free && state.block.order < mm::Order::of(6)) {
                test::must(zone.buddies().allocate_range(state.block.range()));
            }
        }
    }
    std::string kept(mm::Zone const& zone) { return std::to_string(zone.statistics().cached); }
};

TEST(Caches, AreFilledWithARunAndDrainedByHand) {
    prints("drain", "early: 0 frames given back\nlate: 0 frames given back\n");

    CHECK(small.succeeds("alloc 0"));
    CHECK(small.succeeds("alloc -z early 3"));
    mentions("meminfo", "  cached         56 frames     224 KiB\n");
    mentions("meminfo", "  cached         63 frames     252 KiB\n");
    mentions("meminfo --json", "\"cached\":56,");
    mentions("cpus", "   0  works                  2            119          10\n");
    mentions("cpus --json",
             R"({"core":0,"state":"works","allocations":2,"cached":119,"interrupts":10})");

    prints("drain", "early: 56 frames given back\nlate: 63 frames given back\n");
    mentions("cpus --json",
             R"({"core":0,"state":"works","allocations":2,"cached":0,"interrupts":10})");
    CHECK(small.succeeds("verify"));
}

TEST(Caches, ASingleFrameIsAFrame) {
    CHECK(small.succeeds("alloc -z late -n 63 0"));
    prints("drain", "early: 0 frames given back\nlate: 1 frame given back\n");
}

TEST(Caches, WhatIsFreedMergesAtOnce) {
    CHECK(small.succeeds("alloc -z late -n 2 1"));
    prints("free #1",
           "freed #1 0x04840000..0x04841fff into 0x04840000..0x04841fff order 1 8 KiB\n");
    STRCMP_EQUAL("0", kept(small.late).c_str());
    prints("free #2",
           "freed #2 0x04842000..0x04843fff into 0x04840000..0x0487ffff order 6 256 KiB\n");
}

TEST(Caches, ButForWhatAnotherCoreHasBorrowed) {
    cores.now = 1;
    CHECK(small.succeeds("alloc -z late 1"));
    cores.now = 0;
    prints("free #1", "freed #1 0x04840000..0x04841fff into the cache of core 1\n");
    prints("free 0x04840000",
           "error: 0x04840000: already free; it is in free block 0x04840000..0x04841fff\n");
    mentions("frame 0x04841000",
             "frame 0x04841000 free, kept by core 1, block 0x04840000..0x04841fff order 1 8 KiB\n");
    mentions("frame 0x04841000 --json", "\"kept_by\":1,");
}

TEST(Caches, FreeingAllAndVerifyDrainThem) {
    CHECK(small.succeeds("alloc -n 2 0"));
    CHECK(small.succeeds("free all"));
    STRCMP_EQUAL("0", kept(small.late).c_str());
    CHECK(small.succeeds("alloc -t mine -n 2 0"));
    mentions("free -t mine",
             "freed #4 0x04841000..0x04841fff into 0x04840000..0x0487ffff order 6 256 KiB\n");
    STRCMP_EQUAL("0", kept(small.late).c_str());
    CHECK(small.succeeds("alloc 0"));
    STRCMP_EQUAL("63", kept(small.late).c_str());
    CHECK(small.succeeds("verify"));
    STRCMP_EQUAL("0", kept(small.late).c_str());
}

TEST(Caches, WhatTheyKeepCanBeHadByAddress) {
    CHECK(small.succeeds("alloc -z late 0"));
    prints("alloc -@ 0x04848000 3", "#2 0x04848000..0x0484ffff order 3 32 KiB late\n");
    CHECK(small.succeeds("alloc -z late 0"));
    CHECK(small.succeeds("memtest 0x04850000..0x0485ffff"));
    STRCMP_EQUAL("0", kept(small.late).c_str());
}

TEST(Caches, DoWithoutWhileFreedFramesArePoisoned) {
    CHECK(small.succeeds("alloc 0"));
    CHECK(small.succeeds("poison on"));
    STRCMP_EQUAL("0", kept(small.late).c_str());
    mentions("free #1", "into 0x04840000..0x0487ffff order 6 256 KiB\n");
    CHECK(small.succeeds("poison off"));
    CHECK(small.succeeds("alloc 0"));
    STRCMP_EQUAL("63", kept(small.late).c_str());
}
