// SPDX-License-Identifier: MIT
#include "tests/support/shell_test.hpp"

#include <CppUTest/TestMemoryAllocator.h>

TEST_GROUP_BASE(PoisonCommand, test::ShellTest){
    /// The table is on the heap of the host, where nobody may leave anything.
    void teardown() override{small.type("poison off");
}
}
;

TEST(PoisonCommand, TellsHowItStands) {
    prints("poison", "poison is off: freed frames are not looked at\n");
    prints("poison on", "poison is on: 0 frames filled, 0 checked, 0 damaged; records 196 KiB\n");
    prints("poison on", "poison is on: 0 frames filled, 0 checked, 0 damaged; records 196 KiB\n");
    CHECK(small.succeeds("alloc 1; free #1; alloc 0"));
    prints("poison", "poison is on: 2 frames filled, 1 checked, 0 damaged; records 196 KiB\n");
    prints("poison off", "poison is off: freed frames are not looked at\n");
    prints("poison off", "poison is off: freed frames are not looked at\n");
    mentions("poison maybe", "usage: poison [on|off]\n");
}

TEST(PoisonCommand, IsRefusedWithoutRoomForItsTable) {
    setCurrentNewArrayAllocator(NullUnknownAllocator::defaultAllocator());
    bool const is_refused = small.fails("poison on");
    setCurrentNewArrayAllocatorToDefault();

    CHECK(is_refused);
    STRCMP_EQUAL("error: on: the heap has no room for the records of owners; they take 196 KiB\n",
                 small.printed.c_str());
    mentions("poison", "poison is off");
}

TEST(PoisonCommand, NamesTheOwnerOfADamagedFrameAndListsIt) {
    CHECK(small.succeeds("poison on; alloc -z late -t rx 1; free #1"));
    CHECK(small.succeeds("unsafe on; poke -p -b 0x04811234 0xa1; unsafe off"));

    prints("alloc -z late 1",
           "poison: frame 0x04811000 is retired: bit 2 of 0x04811234 flipped, last owner #1 [rx]\n"
           "#2 0x04812000..0x04813fff order 1 8 KiB late\n");

    mentions("frame 0x04811fff", "frame 0x04811000 reserved: bad: poison\n");
    mentions("memmap",
             "0x04810000..0x04810fff       4 KiB usable\n"
             "0x04811000..0x04811fff       4 KiB reserved bad: poison\n"
             "0x04812000..0x05ffffff   24504 KiB usable\n");
    mentions("memmap --json",
             "{\"address\":75567104,\"frames\":1,\"kind\":\"reserved\",\"reason\":"
             "\"bad: poison\",\"no_map\":false}");
    mentions("alloc -@ 0x04811000 0", "0x04811000 is kept for: bad: poison\n");
    mentions("free 0x04811000", "kept for: bad: poison\n");
    mentions("poison", "1 damaged");
    CHECK(small.succeeds("verify"));
}

TEST(PoisonCommand, TellsWhenAFrameIsRetiredBeyondTheList) {
    for (std::uint64_t frame = 100; frame < 100 + small.retired_room.size(); ++frame) {
        CHECK(small.retired.add(mm::FrameNumber{frame}, mm::Retirement::Poison));
    }
    CHECK(small.succeeds("poison on; alloc -z late 0; free #1"));
    CHECK(small.succeeds("unsafe on; poke -p -x 0x04810000 0; unsafe off; alloc -z late 0"));

    mentions("frame 0x04810000", "frame 0x04810000 reserved: bad: not listed\n");
}

TEST(PoisonCommand, WatchesThePageTables) {
    CHECK(small.succeeds("poison on; alloc -z late 0; mapva #1; unmapva #1"));

    mentions("poison", "1 frames filled");
}
