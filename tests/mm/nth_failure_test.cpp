// SPDX-License-Identifier: MIT
#include "kernel/mm/fault_plan.hpp"
#include "kernel/mm/window_map.hpp"

#include "tests/support/arena.hpp"
#include "tests/support/small_machine.hpp"

#include <functional>
#include <optional>
#include <string>

#include <CppUTest/TestHarness.h>

namespace {

using kernel::Error;
using kernel::PhysAddr;
using kernel::VirtAddr;
using Rule = mm::FaultPlan::Rule;

constexpr mm::Attributes kData{mm::MemoryType::Normal, mm::Access::ReadWrite};
constexpr std::uint64_t kPage = mm::kFrameBytes;
// 2 MiB less a page from the border of two level 1 entries on: the longest way to both sides.
constexpr VirtAddr kBorder{0xffff'ffff'4000'0000};

/// Depends on every mapping.
class MappingHash final : public mm::MappingVisitor {
public:
    void visit(mm::Mapping const& mapping) override {
        hash = (hash ^ mapping.at.raw()) * 0x9e37'79b9'7f4a'7c15;
        hash = (hash ^ mapping.descriptor.raw()) * 0x9e37'79b9'7f4a'7c15;
        hash ^= hash >> 29;
    }
    std::uint64_t hash = 0;
};

std::optional<Error> error_of(auto const& result) {
    return result ? std::nullopt : std::optional{result.error()};
}

}  // namespace

TEST_GROUP(NthFailureMemory) {
    test::SmallMachine small;

    using Call = std::function<std::optional<Error>()>;

    std::uint64_t state() {
        MappingHash mappings;
        small.pages.visit(mappings);
        return small.state() ^ mappings.hash;
    }

    bool is_sound() {
        return small.early.buddies().verify() && small.late.buddies().verify() &&
               small.heap.verify() && small.virtual_space.verify();
    }

    // `call` asks for `requests` things; whichever of them is refused, it changes nothing. Then it
    // succeeds, `undo` takes it back, and all is as before.
    // NOLINTNEXTLINE(readability-function-size): what is tried, and what must come of it.
    void try_all(std::uint64_t requests, Error error, Call const& call, Call const& undo) {
        for (Rule const rule : {Rule::At, Rule::After}) {
            std::uint64_t const before = state();
            std::uint64_t failures = 0;
            for (;; ++failures) {
                small.faults = {rule, rule == Rule::At ? failures + 1 : failures};
                auto const refused = call();
                bool const was_struck = small.faults.struck() != 0;
                small.faults.stop();
                CHECK_EQUAL(was_struck, refused.has_value());
                CHECK(is_sound());
                if (!was_struck) {
                    break;
                }
                CHECK(*refused == error);
                UNSIGNED_LONGS_EQUAL(before, state());
            }
            UNSIGNED_LONGS_EQUAL(requests, failures);
            CHECK(before != state());
            // What gives back must not need anything.
            small.faults = {Rule::After, 0};
            CHECK_FALSE(undo().has_value());
            UNSIGNED_LONGS_EQUAL(0, small.faults.requests());
            small.faults.stop();
            UNSIGNED_LONGS_EQUAL(before, state());
        }
    }

    void try_frames(std::function<kernel::Result<mm::Allocation>()> const& allocate) {
        std::optional<mm::Allocation> got;
        try_all(
            1, Error::OutOfMemory,
            [&] {
                auto const frames = allocate();
                got = frames ? std::optional{*frames} : std::nullopt;
                return error_of(frames);
            },
            [&] { return error_of(small.frames.free(*got)); });
    }

    void try_object(std::uint64_t requests, std::uint64_t bytes, std::uint64_t alignment) {
        void* got = nullptr;
        try_all(
            requests, Error::OutOfMemory,
            [&] {
                auto const object = small.heap.allocate(bytes, alignment);
                got = object ? *object : nullptr;
                return error_of(object);
            },
            [&] { return error_of(small.heap.free(got)); });
    }

    void try_map(std::uint64_t requests, VirtAddr at, std::uint64_t bytes) {
        try_all(
            requests, Error::OutOfMemory,
            [&] { return error_of(small.pages.map(at, PhysAddr{0x0800'0000}, bytes, kData)); },
            [&] { return error_of(small.pages.unmap(at, bytes)); });
    }
};

TEST(NthFailureMemory, OfFrames) {
    try_frames([&] { return small.frames.allocate(mm::Order{}); });
    try_frames([&] { return small.frames.allocate(mm::Order::of(10), mm::ZoneId::Early); });
    try_frames([&] { return small.frames.allocate({.count = 77}); });
    try_frames([&] { return small.frames.allocate({.count = 3, .alignment = 1024}); });
    try_frames([&] { return small.frames.allocate({.count = 2048, .zone = mm::ZoneId::Late}); });
    try_frames([&] { return small.frames.allocate({.count = 9, .at = mm::FrameNumber{0x9001}}); });
}

TEST(NthFailureMemory, OfEarlyFrames) {
    std::optional<mm::EarlyFrame> got;
    auto const give_back = [&]() -> std::optional<Error> {
        small.early_frames.free(*got);
        return std::nullopt;
    };
    auto const keep = [&](kernel::Result<mm::EarlyFrame> const& frame) {
        got = frame ? std::optional{*frame} : std::nullopt;
        return error_of(frame);
    };
    try_all(
        1, Error::OutOfMemory, [&] { return keep(small.early_frames.allocate()); }, give_back);
    try_all(
        1, Error::OutOfMemory,
        [&] { return keep(mm::PageTable::make_root(small.early_frames, small.window)); },
        give_back);
}

TEST(NthFailureMemory, OfMappings) {
    try_map(2, VirtAddr{0xffff'ff90'0000'0000}, kPage);             // Tables of two levels.
    try_map(1, VirtAddr{0xffff'ff90'0000'0000}, 2 * kernel::kMiB);  // A block needs one.
    try_map(4, VirtAddr{kBorder.raw() - kPage}, 2 * kPage);         // Two on either side.
    try_map(3, VirtAddr{0xffff'ff90'001f'f000}, 2 * kPage);
    VirtAddr const at{0xffff'ff90'001f'0000};
    try_all(
        3, Error::OutOfMemory,
        [&] { return error_of(small.pages.map_pages(at, PhysAddr{0}, 32 * kPage, kData)); },
        [&] { return error_of(small.pages.unmap(at, 32 * kPage)); });
}

TEST(NthFailureMemory, OfHeapPages) {
    kernel::VirtRange const pages{VirtAddr{0xffff'ffff'c01f'e000}, VirtAddr{0xffff'ffff'c020'3000}};
    try_all(
        5 + 3, Error::OutOfMemory, [&] { return error_of(small.heap_pages.map(pages)); },
        [&]() -> std::optional<Error> {
            small.heap_pages.unmap(pages);
            return std::nullopt;
        });
}

TEST(NthFailureMemory, OfObjects) {
    try_object(1 + 1 + 2, 1, 1);  // The object, a page for it, two tables.
    try_object(1 + 1 + 2, 2048, 2048);
    try_object(1 + 9 + 2, 9 * kPage, 16);
    try_object(1 + 1 + 2, 5, 2 * kernel::kMiB);
    test::must(small.heap.allocate(64));
    try_object(1, 64, 8);      // There is a slot.
    try_object(1 + 1, 65, 8);  // There are tables.
    try_object(1 + 60, 60 * kPage, 16);
}

TEST(NthFailureMemory, OfAddresses) {
    for (std::uint64_t const bytes : {kPage, 3 * kPage + 1, 64 * kernel::kMiB}) {
        std::optional<kernel::VirtRange> got;
        try_all(
            1, Error::OutOfAddressSpace,
            [&] {
                auto const range = small.virtual_space.allocate(bytes);
                got = range ? std::optional{*range} : std::nullopt;
                return error_of(range);
            },
            [&] { return error_of(small.virtual_space.free(*got)); });
    }
}

/// map_window() leaves what is mapped by then, as it says; unmapping that leaves nothing.
TEST(NthFailureMemory, OfTheEarlyWindow) {
    std::uint64_t const before = state();
    mm::ImageParts const image{
        {PhysAddr{0x8'0000},                                        PhysAddr{0xa'0000}},
        {PhysAddr{0xa'0000},                                        PhysAddr{0xb'0000}},
        {kernel::PhysRange{PhysAddr{0xb'0000}, PhysAddr{0xb'1000}},
         kernel::PhysRange{PhysAddr{0xb'4000}, PhysAddr{0xb'5000}}                    }
    };
    mm::WindowPlace const place{
        {PhysAddr{0}, PhysAddr{test::SmallMachine::kEarlyBytes}},
        VirtAddr{0xffff'ff90'0000'0000          }
    };
    std::uint64_t failures = 0;
    for (bool is_refused = true; is_refused; ++failures) {
        small.faults = {Rule::At, failures + 1};
        auto const outcome = mm::map_window(small.pages, place, small.map, image);
        is_refused = small.faults.struck() != 0;
        small.faults.stop();
        CHECK_EQUAL(is_refused, !outcome);
        CHECK(outcome || outcome.error() == Error::OutOfMemory);
        for (VirtAddr page = place.at; page < place.at + test::SmallMachine::kEarlyBytes;) {
            auto const found = small.pages.translate(page);
            std::uint64_t const bytes =
                mm::bytes_per_entry(found.step_count == 2 ? mm::Level::Two : mm::Level::Three);
            CHECK(!found.to || small.pages.unmap(page, bytes));
            page = page + bytes;
        }
        UNSIGNED_LONGS_EQUAL(before, state());
    }
    CHECK(failures >= 3);
}
