// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/error.hpp"
#include "kernel/mm/frame.hpp"

#include "tests/concurrency/cached_frames.hpp"
#include "tests/concurrency/frames.hpp"
#include "tests/concurrency/machine.hpp"

#include <array>
#include <atomic>
#include <cstdint>

namespace concurrency {

/// Core 0 gives a unit back in a run that is not its current one, and tells core 1; meanwhile it
/// makes that its current one, and may have taken the unit again only once core 1 was refused.
template <typename Lock>
struct DoubleFreeElsewhere : Five<Lock> {
    std::array<mm::Block, 4> first{this->owned_by(0), this->owned_by(0), this->owned_by(0),
                                   this->owned_by(0)};
    mm::Block second = this->owned_by(0);
    std::atomic<bool> is_free{false};

    void core(unsigned number) {
        if (number == 1) {
            if (is_free.load(std::memory_order_acquire)) {
                this->give(first[3]);
            }
            return;
        }
        for (unsigned index = 1; index < 4; ++index) {
            this->use_and_give(first[index]);
        }
        is_free.store(true, std::memory_order_release);
        for (unsigned index = 0; index < 4; ++index) {
            this->take();  // The last one of these from the first run.
        }
    }
};

/// What was given back already is given back by whoever has been told of it.
template <typename Lock, unsigned kFirst, unsigned kSecond>
struct DoubleFree : Two<Lock> {
    mm::Block block = this->owned_by(kFirst);
    std::atomic<bool> is_free{false};

    void core(unsigned number) {
        if (number == kFirst) {
            this->use_and_give(block);
            is_free.store(true, std::memory_order_release);
        }
        if (number == kSecond) {
            if (is_free.load(std::memory_order_acquire)) {
                this->give(block);
            }
        } else {
            // Not the same one.
            this->take_and_give(1);
        }
    }
};

/// Where a block is that two give back: in the current run of core 0, or in another one of its, in
/// which core 0 has others; or all others are given back by then, one of them by core 1.
enum class Where : std::uint8_t { Current, Elsewhere, TheLastElsewhere };

/// Two give a block back that one of them may: the other need not be refused. What is promised is
/// that it is free once, if nobody is given it before the borrower has looked again; and from then
/// on all is as if one had given it back.
template <typename Lock, Where kWhere>
struct FreedByTwo : Five<Lock> {
    std::array<mm::Block, 4> first{this->owned_by(0), this->owned_by(0), this->owned_by(1),
                                   this->owned_by(0)};
    mm::Block second = this->owned_by(0);
    mm::Block block = kWhere == Where::Current ? second : first[3];
    std::array<bool, 2> is_refused{};

    FreedByTwo() { this->allocator.begin_with_its_own(0, first[0]); }

    void core(unsigned number) {
        if (kWhere == Where::TheLastElsewhere) {
            for (unsigned index = number == 0 ? 0 : 2; index < (number == 0 ? 2U : 3U); ++index) {
                this->use_and_give(first[index]);
            }
        }
        auto const freed = this->allocator.free(block.first, block.order);
        is_refused[number] = !freed;
        if (!freed && freed.error() != kernel::Error::AlreadyFree) {
            fail("refused for another reason");
        }
    }
    void check() {
        if (is_refused[0] && is_refused[1]) {
            fail("nobody has given it back");
        }
        // Of another order: it looks at what the other has given back if the run is whole.
        auto const pair = this->allocator.begin_with(0, 1);
        this->allocator.drain_all();
        this->allocator.come_to_rest();
        std::uint64_t const units = kWhere == Where::TheLastElsewhere ? 1 : 4;
        std::uint64_t const taken = units * block.order.frame_count() + pair.order.frame_count();
        if (this->allocator.buddies().free_frames_count() != this->kSpan.count() - taken) {
            fail("a frame is lost");
        }
    }
    std::uint64_t outcome() const { return is_refused[0] * 2U + is_refused[1]; }
};

}  // namespace concurrency
