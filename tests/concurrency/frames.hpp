// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/mm/buddy_allocator.hpp"
#include "kernel/mm/frame.hpp"
#include "kernel/mm/order.hpp"
#include "kernel/result.hpp"

#include "tests/concurrency/history.hpp"
#include "tests/concurrency/machine.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <utility>

namespace concurrency {

/// Some frames, an allocator of them, and cores that stamp what they are given: a frame that two
/// have is a data race, and so is one that comes to its next owner without what the last one did.
///
/// `Allocator` is what is tried:
///
///     static constexpr FrameRange kSpan              at most 64 units, aligned to their blocks
///     static constexpr unsigned kUnit                of 2^kUnit frames, the smallest blocks there
///     are Result<Block> allocate(Order)                  on this core Result<void>
///     free(FrameNumber first, Order) void come_to_rest()                            when all cores
///     have ended: all is given back BuddyAllocator const& buddies() const
template <typename Allocator>
struct Frames : WithLocks {
    static constexpr mm::FrameRange kSpan = Allocator::kSpan;
    static constexpr unsigned kUnit = Allocator::kUnit;
    static constexpr std::uint64_t kUnits = kSpan.count() >> kUnit;

    Allocator allocator;
    SerialFrames before{kUnits};
    History history;
    std::array<std::uint64_t, kUnits> contents{};
    std::array<bool, kMostCores> is_in_handler{};

    /// Before the first core begins: `core` has `block`.
    mm::Block begin_with(unsigned core, mm::Block block) {
        kernel::require(before.accepts({.order = order_in_units(block), .frame = unit_of(block)}),
                        "what somebody has was free");
        stamp(block, core);
        return block;
    }

    /// The smallest block that begins at `first`.
    static mm::Block smallest(std::uint64_t first) {
        return {mm::FrameNumber{first}, mm::Order::of(kUnit)};
    }

    /// A block of 2^`order` units, or none if it is refused.
    std::optional<mm::Block> take(unsigned order = 0) {
        Call call{.order = order, .begin = now()};
        auto const block = allocator.allocate(mm::Order::of(order + kUnit));
        if (block && !kSpan.contains(block->range())) {
            fail("a block is none of these frames");
        }
        if (block) {
            call.frame = unit_of(*block);
            stamp(*block, caller());
        } else {
            call.error = block.error();
        }
        call.end = now();
        history.add(caller(), call);
        return block ? std::optional{*block} : std::nullopt;
    }

    /// Gives `block` back, whose frames have the stamp of who took it. Whatever it is if it is
    /// wrong.
    void give(mm::Block block) {
        Call call{.is_free = true,
                  .order = order_in_units(block),
                  .frame = unit_of(block),
                  .begin = now()};
        auto const outcome = allocator.free(block.first, block.order);
        if (!outcome) {
            call.error = outcome.error();
        }
        call.end = now();
        history.add(caller(), call);
    }

    /// The same for who has `block`, and writes to it once more.
    void use_and_give(mm::Block block) {
        stamp(block, caller());
        give(block);
    }

    /// take() and give().
    void take_and_give(unsigned order = 0) {
        if (auto const block = take(order)) {
            if (contents[unit_of(*block)] != caller() + 1) {
                fail("somebody else has written to a frame");
            }
            give(*block);
        }
    }

    void check() {
        SerialFrames after = before;
        if (!history.is_serial(before, after)) {
            fail("the calls are not those of any serial order");
        }
        allocator.come_to_rest();
        if (!allocator.buddies().verify()) {
            fail("the allocator does not verify");
        }
        for (std::uint64_t unit = 0; unit < kUnits; ++unit) {
            mm::FrameNumber const frame = kSpan.first + (unit << kUnit);
            bool const is_free = allocator.buddies().inspect(frame).kind == mm::FrameKind::Free;
            if (is_free != ((after.free_frames() >> unit & 1) != 0)) {
                fail(is_free ? "a frame is free that somebody has" : "a frame is lost");
            }
        }
    }

    /// Writes to each unit of `block`: that `who` has it.
    void stamp(mm::Block block, unsigned who) {
        for (std::uint64_t index = 0; index < block.order.frame_count() >> kUnit; ++index) {
            contents[unit_of(block) + index] = who + 1;
        }
    }

    static std::uint64_t unit_of(mm::Block block) { return (block.first - kSpan.first) >> kUnit; }
    static unsigned order_in_units(mm::Block block) { return block.order.value() - kUnit; }

    /// Who calls: this core, or what interrupts it.
    unsigned caller() const { return is_in_handler[this_core()] ? kHandler : this_core(); }
};

/// Frames of which some have an owner from the beginning.
template <typename Allocator>
struct OwnedFrames : Frames<Allocator> {
    /// A block that `owner` has, from what `lender` has borrowed.
    mm::Block owned_by(unsigned owner, unsigned lender = 0) {
        return this->begin_with(owner, this->allocator.begin_with(lender, 0));
    }

    /// Frames of core 0's, one after the other for each of `others` cores from 1 on.
    template <unsigned kCount>
    std::array<mm::Block, kCount> owned_by_others(unsigned others) {
        return owned_by_others(others, std::make_integer_sequence<unsigned, kCount>{});
    }

private:
    template <unsigned... kIndex>
    auto owned_by_others(unsigned others, std::integer_sequence<unsigned, kIndex...> /*indices*/) {
        return std::array{owned_by(1 + kIndex % others)...};
    }
};

}  // namespace concurrency
