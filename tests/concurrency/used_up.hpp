// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/mm/cached_buddies.hpp"
#include "kernel/mm/frame.hpp"

#include "tests/concurrency/cached_frames.hpp"
#include "tests/concurrency/frames.hpp"
#include "tests/concurrency/machine.hpp"

#include <array>

namespace concurrency {

/// Core 0 has used up a run, of two pairs, and goes on to the next, while both are given back: one
/// by core 1, which takes and gives back one more then, the other by another core.
template <typename Lock, unsigned kCores>
struct UsedUp : Five<Lock, kCores> {
    static constexpr unsigned kOther = kCores == 2 ? 0 : 2;

    std::array<mm::Block, 2> pairs{this->begin_with(1, this->allocator.begin_with(0, 1)),
                                   this->begin_with(kOther, this->allocator.begin_with(0, 1))};

    void core(unsigned number) {
        if (number == 0) {
            this->take(1);
        }
        if (number == 1) {
            this->use_and_give(pairs[0]);
            this->take_and_give(1);
        }
        if (number == kOther) {
            this->use_and_give(pairs[1]);
        }
    }
};

/// Core 0 has abandoned a run. While all caches are closed core 1 gives a pair of it back, and
/// keeps nothing; core 0 gives back the other one, and drains what it keeps.
template <typename Lock>
struct AbandonedAndClosed : Five<Lock> {
    std::array<mm::Block, 3> pairs{this->begin_with(1, this->allocator.begin_with(0, 1)),
                                   this->begin_with(0, this->allocator.begin_with(0, 1)),
                                   this->begin_with(0, this->allocator.begin_with(0, 1))};

    void core(unsigned number) {
        if (number == 0) {
            this->use_and_give(pairs[1]);
            this->allocator.answer();
            return;
        }
        mm::CachedBuddies& cached = this->allocator.cached();
        cached.close();
        this->use_and_give(pairs[0]);
        this->allocator.answer();
        if (!cached.is_asked(0) && cached.cached_frames() != 0) {
            fail("something is kept though it was drained");
        }
        cached.open();
    }
};

}  // namespace concurrency
