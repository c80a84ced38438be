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

namespace concurrency {

/// Some frames, an allocator of them, and cores that stamp what they are given: a frame that two
/// have is a data race, and so is one that comes to its next owner without what the last one did.
///
/// `Allocator` is what is tried:
///
///     static constexpr unsigned kFrames              at most 64
///     Result<Block> allocate(Order)                  on this core
///     Result<void> free(FrameNumber first, Order)
///     void come_to_rest()                            when all cores have ended: all is given back
///     BuddyAllocator const& buddies() const
template <typename Allocator>
struct Frames : WithLocks {
    static constexpr unsigned kFrames = Allocator::kFrames;

    Allocator allocator;
    History history;
    std::array<std::uint64_t, kFrames> contents{};

    /// A block, or none if it is refused.
    std::optional<mm::Block> take(unsigned order = 0) {
        Call call{.order = order, .begin = now()};
        auto const block = allocator.allocate(mm::Order::of(order));
        if (block) {
            call.frame = block->first.raw();
            stamp(*block);
        } else {
            call.error = block.error();
        }
        call.end = now();
        history.add(this_core(), call);
        return block ? std::optional{*block} : std::nullopt;
    }

    /// Gives `block` back, whose frames have the stamp of who took it. Whatever it is if it is
    /// wrong.
    void give(mm::Block block) {
        Call call{.is_free = true,
                  .order = block.order.value(),
                  .frame = block.first.raw(),
                  .begin = now()};
        auto const outcome = allocator.free(block.first, block.order);
        if (!outcome) {
            call.error = outcome.error();
        }
        call.end = now();
        history.add(this_core(), call);
    }

    /// take() and give().
    void take_and_give(unsigned order = 0) {
        if (auto const block = take(order)) {
            if (contents[block->first.raw()] != this_core() + 1) {
                fail("somebody else has written to a frame");
            }
            give(*block);
        }
    }

    void check() {
        SerialFrames after{kFrames};
        if (!history.is_serial(SerialFrames{kFrames}, after)) {
            fail("the calls are not those of any serial order");
        }
        allocator.come_to_rest();
        if (!allocator.buddies().verify()) {
            fail("the allocator does not verify");
        }
        for (std::uint64_t frame = 0; frame < kFrames; ++frame) {
            bool const is_free =
                allocator.buddies().inspect(mm::FrameNumber{frame}).kind == mm::FrameKind::Free;
            if (is_free != ((after.free_frames() >> frame & 1) != 0)) {
                fail(is_free ? "a frame is free that somebody has" : "a frame is lost");
            }
        }
    }

private:
    void stamp(mm::Block block) {
        for (std::uint64_t index = 0; index < block.order.frame_count(); ++index) {
            contents[block.first.raw() + index] = this_core() + 1;
        }
    }
};

}  // namespace concurrency
