// SPDX-License-Identifier: MIT
#include "kernel/mm/board_memory.hpp"

#include "kernel/units.hpp"

#include "tests/drivers/fake_machine.hpp"
#include "tests/drivers/mailbox_model.hpp"

#include <array>
#include <cstdint>
#include <string_view>

#include <CppUTest/TestHarness.h>

using kernel::PhysAddr;
using kernel::PhysRange;
using mm::FrameNumber;
using mm::RegionOwner;

namespace {

constexpr PhysRange range(std::uint64_t begin, std::uint64_t end) {
    return {PhysAddr{begin}, PhysAddr{end}};
}

}  // namespace

TEST_GROUP(BoardMemory) {
    kernel::Board board;
    mm::MemoryMap map;
    mm::MemoryFacts facts{range(0x80000, 0x100000), {}};

    void add_ram(std::uint64_t begin, std::uint64_t end) {
        CHECK(board.ram.push_back(range(begin, end)));
    }
    RegionOwner owner(std::uint64_t address) const {
        auto const region = map.find(FrameNumber::containing(PhysAddr{address}));
        CHECK(region.has_value());
        return region->owner;
    }
    /// How often the board does not fit into a table that has so many regions already, for each.
    unsigned refusals_at_every_fill() {
        unsigned refusals = 0;
        for (std::size_t taken = 0; taken <= mm::MemoryMap::kCapacity; ++taken) {
            map = {};
            for (std::uint64_t i = 0; i < taken; ++i) {
                std::uint64_t const begin = 0x1'0000'0000 + i * 0x2000;
                CHECK(bool{map.add_ram(range(begin, begin + 0x1000))});
            }

            auto const outcome = mm::describe_memory(map, board, facts);

            CHECK(outcome || outcome.error() == kernel::Error::TableFull);
            refusals += outcome ? 0U : 1U;
        }
        return refusals;
    }
};

TEST(BoardMemory, ReservesWhatThePiKeepsBelowTheImage) {
    add_ram(0, 0x3c00'0000);

    CHECK(*mm::describe_memory(map, board, facts));

    CHECK(owner(0) == RegionOwner::Firmware);
    CHECK(owner(0x7ffff) == RegionOwner::Firmware);
    CHECK(owner(0x80000) == RegionOwner::KernelImage);
    CHECK(owner(0x100000) == RegionOwner::Nobody);
    CHECK(map.find(FrameNumber{0})->mappable == mm::Mappable::No);
}

TEST(BoardMemory, LeavesTheFirstFramesAloneWhereRamBeginsElsewhere) {
    add_ram(0x4000'0000, 0x4800'0000);
    facts.image = range(0x4008'0000, 0x4010'0000);

    CHECK(*mm::describe_memory(map, board, facts));

    CHECK(owner(0x4000'0000) == RegionOwner::Nobody);
    CHECK(owner(0x4008'0000) == RegionOwner::KernelImage);
}

TEST(BoardMemory, BelievesTheFirmwareBelowOneGibibyteOnly) {
    add_ram(0, 0x4000'0000);
    add_ram(0x4000'0000, 0x8000'0000);
    facts.limit = range(0, 0x3b40'0000);

    auto const agreed = mm::describe_memory(map, board, facts);

    CHECK(agreed && !*agreed);
    CHECK(owner(0x3b3f'ffff) == RegionOwner::Nobody);
    CHECK_FALSE(map.find(FrameNumber{0x3b400}).has_value());
    CHECK(owner(0x4000'0000) == RegionOwner::Nobody);
}

TEST(BoardMemory, SaysThatTheFirmwareAgrees) {
    add_ram(0, 0x3c00'0000);
    facts.limit = range(0, 0x3c00'0000);

    CHECK(*mm::describe_memory(map, board, facts));
}

/// A mailbox that never answers, and a tree that promises as much as the largest board has.
TEST(BoardMemory, BelievesItsOwnTreeOnlyAsFarAsEveryPiGoesWhereTheFirmwareIsMute) {
    test::FakeClock const clock;
    test::FakeCpu cpu;
    test::MailboxModel model;
    drivers::Mailbox<test::MailboxModel::Bank> mailbox{
        model.bank(), {model.buffer.slots, PhysAddr{model.kBufferAddress}},
         cpu, clock
    };
    add_ram(0, 0x3f00'0000);
    facts.limit = mm::memory_limit(mailbox.arm_memory(), mm::TreeOrigin::BuiltIn);

    CHECK(static_cast<bool>(mm::describe_memory(map, board, facts)));

    CHECK(owner(0x03ff'ffff) == RegionOwner::Nobody);
    CHECK_FALSE(map.find(FrameNumber{0x4000}).has_value());
}

TEST(BoardMemory, TakesTheFirmwaresAnswerAndElseTheLoadersTree) {
    PhysRange const answer = range(0, 0x1c00'0000);

    CHECK(mm::memory_limit(answer, mm::TreeOrigin::BuiltIn) == answer);
    CHECK(mm::memory_limit(answer, mm::TreeOrigin::Loader) == answer);
    CHECK_FALSE(mm::memory_limit(kernel::Error::DeviceTimeout, mm::TreeOrigin::Loader).has_value());
}

TEST(BoardMemory, ReservesWhatTheTreeReservesByName) {
    add_ram(0, 0x3c00'0000);
    board.initrd = range(0x800'0000, 0x800'1234);
    CHECK(board.reserved.push_back({range(0, 0x1000), "/memreserve/", false}));
    CHECK(board.reserved.push_back({range(0x1000'0000, 0x1010'0000), "tee@10000000", true}));

    CHECK(*mm::describe_memory(map, board, facts));

    CHECK(owner(0x800'1234) == RegionOwner::Initrd);
    CHECK(owner(0) == RegionOwner::Firmware);
    auto const secure = map.find(FrameNumber{0x10000});
    CHECK(secure->owner == RegionOwner::ReservedMemory);
    CHECK(secure->mappable == mm::Mappable::No);
    CHECK(secure->reason == "tee@10000000");
}

TEST(BoardMemory, ReservesBadFramesUnlessTheyAreReservedAlready) {
    add_ram(0, 0x3c00'0000);
    constexpr std::array kBad{range(0x1000'0ffe, 0x1000'1001), range(0x90000, 0x90001)};
    facts.bad_ram = kBad;

    CHECK(*mm::describe_memory(map, board, facts));

    CHECK(owner(0x0fff'ffff) == RegionOwner::Nobody);
    CHECK(owner(0x1000'0000) == RegionOwner::BadMemory);
    CHECK(owner(0x1000'1fff) == RegionOwner::BadMemory);
    CHECK(owner(0x1000'2000) == RegionOwner::Nobody);
    CHECK(owner(0x90000) == RegionOwner::KernelImage);
    CHECK(map.find(FrameNumber{0x10000})->reason == "bad: badram=");
}

TEST(BoardMemory, RefusesABoardWithNothingUsable) {
    add_ram(0, 0x100000);

    CHECK(mm::describe_memory(map, board, facts).error() == kernel::Error::TreeNoMemory);
}

TEST(BoardMemory, TakesNoMachineForAPiWhoseImageLiesAboveTheFirstGibibyte) {
    add_ram(0, 0x8000'0000);
    facts.image = range(0x4000'0000, 0x4010'0000);

    CHECK(*mm::describe_memory(map, board, facts));

    CHECK(owner(0) == RegionOwner::Nobody);
}

/// RAM, the limit, firmware, image, initrd and what the tree reserves: each is the first that does
/// not fit, at some fill of the table.
TEST(BoardMemory, SaysThatTheTableIsFullWhateverDoesNotFit) {
    add_ram(0, 0x4000'0000);
    board.initrd = range(0x200'0000, 0x210'0000);
    CHECK(board.reserved.push_back({range(0x300'0000, 0x310'0000), "/memreserve/", false}));
    CHECK(board.reserved.push_back({range(0x400'0000, 0x410'0000), "atf@4000000", true}));
    unsigned refusals = 0;
    for (bool const is_limited : {true, false}) {
        facts.limit = is_limited ? std::optional{range(0, 0x3c00'0000)} : std::nullopt;
        refusals += refusals_at_every_fill();
    }
    // What is below the image, the image, three more, and four times what is usable behind them.
    UNSIGNED_LONGS_EQUAL(2 * 9, refusals);
}
