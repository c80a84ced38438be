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
    mm::SharedBuddies shared_early{small.early.buddies(), early, sharing};
    mm::SharedBuddies shared_late{small.late.buddies(), late, sharing};

    void setup() override {
        small.early.share(shared_early);
        small.late.share(shared_late);
    }
    std::string kept(mm::Zone const& zone) { return std::to_string(zone.statistics().cached); }
};

TEST(Caches, AreFilledWithARunAndDrainedByHand) {
    prints("drain", "early: 0 frames given back\nlate: 0 frames given back\n");

    CHECK(small.succeeds("alloc 0"));
    CHECK(small.succeeds("alloc -z early 3"));
    mentions("meminfo", "  cached         48 frames     192 KiB\n");
    mentions("meminfo", "  cached         47 frames     188 KiB\n");
    mentions("meminfo --json", "\"cached\":48,");
    mentions("cpus", "   0  works                  2             95          10\n");
    mentions("cpus --json", R"({"core":0,"state":"works","cached":95})");

    prints("drain", "early: 48 frames given back\nlate: 47 frames given back\n");
    mentions("cpus --json", R"({"core":0,"state":"works","cached":0})");
    CHECK(small.succeeds("verify"));
}

TEST(Caches, ASingleFrameIsAFrame) {
    CHECK(small.succeeds("alloc -z late -n 47 0"));
    prints("drain", "early: 0 frames given back\nlate: 1 frame given back\n");
}

TEST(Caches, WhatIsFreedMergesAtOnce) {
    CHECK(small.succeeds("alloc -z late -n 2 1"));
    prints("free #1",
           "freed #1 0x04810000..0x04811fff into 0x04810000..0x04811fff order 1 8 KiB\n");
    STRCMP_EQUAL("0", kept(small.late).c_str());
    prints("free #2",
           "freed #2 0x04812000..0x04813fff into 0x04810000..0x0481ffff order 4 64 KiB\n");
}

TEST(Caches, ButForWhatAnotherCoreHasBorrowed) {
    cores.now = 1;
    CHECK(small.succeeds("alloc -z late 1"));
    cores.now = 0;
    prints("free #1", "freed #1 0x04810000..0x04811fff into the cache of core 1\n");
    prints("free 0x04810000",
           "error: 0x04810000: already free; it is in free block 0x04810000..0x04811fff\n");
    mentions("frame 0x04811000",
             "frame 0x04811000 free, kept by core 1, block 0x04810000..0x04811fff order 1 8 KiB\n");
    mentions("frame 0x04811000 --json", "\"kept_by\":1,");
}

TEST(Caches, FreeingAllAndVerifyDrainThem) {
    CHECK(small.succeeds("alloc -n 2 0"));
    CHECK(small.succeeds("free all"));
    STRCMP_EQUAL("0", kept(small.late).c_str());
    CHECK(small.succeeds("alloc -t mine -n 2 0"));
    mentions("free -t mine",
             "freed #4 0x04811000..0x04811fff into 0x04810000..0x0481ffff order 4 64 KiB\n");
    STRCMP_EQUAL("0", kept(small.late).c_str());
    CHECK(small.succeeds("alloc 0"));
    STRCMP_EQUAL("47", kept(small.late).c_str());
    CHECK(small.succeeds("verify"));
    STRCMP_EQUAL("0", kept(small.late).c_str());
}

TEST(Caches, WhatTheyKeepCanBeHadByAddress) {
    CHECK(small.succeeds("alloc -z late 0"));
    prints("alloc -@ 0x04818000 3", "#2 0x04818000..0x0481ffff order 3 32 KiB late\n");
    CHECK(small.succeeds("alloc -z late 0"));
    CHECK(small.succeeds("memtest 0x04810000..0x0481ffff"));
    STRCMP_EQUAL("0", kept(small.late).c_str());
}

TEST(Caches, DoWithoutWhileFreedFramesArePoisoned) {
    CHECK(small.succeeds("alloc 0"));
    CHECK(small.succeeds("poison on"));
    STRCMP_EQUAL("0", kept(small.late).c_str());
    mentions("free #1", "into 0x04810000..0x0481ffff order 4 64 KiB\n");
    CHECK(small.succeeds("poison off"));
    CHECK(small.succeeds("alloc 0"));
    STRCMP_EQUAL("47", kept(small.late).c_str());
}
