// SPDX-License-Identifier: MIT
//
// BuddyAllocator behind a lock: what all cores share where nothing is kept for one of them.

#include "kernel/lock.hpp"
#include "kernel/mm/buddy_allocator.hpp"
#include "kernel/test_and_set_lock.hpp"
#include "kernel/ticket_lock.hpp"

#include "tests/concurrency/cases.hpp"
#include "tests/concurrency/frames.hpp"
#include "tests/concurrency/session.hpp"
#include "tests/support/depth.hpp"

#include <array>
#include <cstdint>

namespace concurrency {

namespace {

template <typename Lock, unsigned kCount>
class LockedBuddies {
public:
    static constexpr mm::FrameRange kSpan{mm::FrameNumber{0}, mm::FrameNumber{kCount}};
    static constexpr unsigned kUnit = 0;

    LockedBuddies() { kernel::require(static_cast<bool>(buddies_.release(kSpan)), "there is RAM"); }

    kernel::Result<mm::Block> allocate(mm::Order order) {
        kernel::Locked const locked{&lock_};
        return buddies_.allocate(order);
    }
    kernel::Result<void> free(mm::FrameNumber first, mm::Order order) {
        kernel::Locked const locked{&lock_};
        return buddies_.free(first, order);
    }
    void come_to_rest() {}
    mm::BuddyAllocator const& buddies() const { return buddies_; }

private:
    Lock lock_{"the frames", kernel::LockRank::Frames};
    std::array<std::uint64_t, mm::BuddyAllocator::metadata_words(kSpan)> metadata_{};
    mm::BuddyAllocator buddies_{kSpan, metadata_};
};

/// Each core takes and gives back, a frame and a larger block.
template <typename Lock, unsigned kTimes>
struct Pairs : Frames<LockedBuddies<Lock, 8>> {
    void core(unsigned number) {
        for (unsigned time = 0; time < kTimes; ++time) {
            this->take_and_give((number + time) % 2);
        }
    }
};

/// What one has taken the other gives back.
template <typename Lock>
struct Crossing : Frames<LockedBuddies<Lock, 8>> {
    std::array<std::atomic<std::uint64_t>, 2> sent{};  ///< A frame's number, plus 1.

    void core(unsigned number) {
        sent[number].store(this->take()->first.raw() + 1, std::memory_order_release);
        if (std::uint64_t const frame = sent[1 - number].load(std::memory_order_acquire)) {
            this->give({mm::FrameNumber{frame - 1}, mm::Order{}});
        }
    }
};

/// Too few frames for all.
template <typename Lock, unsigned kFrames>
struct Exhaustion : Frames<LockedBuddies<Lock, kFrames>> {
    void core(unsigned /*number*/) { this->take_and_give(1); }
};

/// All want one at once, and there is one too few.
template <typename Lock, unsigned kFrames>
struct Rush : Frames<LockedBuddies<Lock, kFrames>> {
    void core(unsigned /*number*/) { this->take(); }
};

/// The same block is given back by all: one of them may.
template <typename Lock>
struct DoubleFree : Frames<LockedBuddies<Lock, 8>> {
    void core(unsigned number) {
        if (number == 0) {
            this->take(1);
        }
        this->give({mm::FrameNumber{0}, mm::Order::of(1)});
    }
};

template <typename Lock>
void one_kind(Session& session) {
    session.holds<Pairs<Lock, 1>>("a pair on each of two cores");
    session.holds<Crossing<Lock>>("given back by the other core");
    session.holds<Exhaustion<Lock, 2>>("one block for two");
    session.holds<DoubleFree<Lock>>("given back twice");
    if (test::depth() != test::Depth::Everyday) {
        session.holds<Pairs<Lock, 2>>("two pairs on each of two cores");
    }
}

}  // namespace

bool buddies() {
    Session session;
    one_kind<kernel::TicketLock<Machine>>(session);
    one_kind<kernel::TestAndSetLock<Machine>>(session);
    session.holds<Exhaustion<kernel::TicketLock<Machine>, 4>>("two blocks for three", {.cores = 3});
    session.holds<Rush<kernel::TicketLock<Machine>, 3>>("three frames for four", {.cores = 4});
    return session.end();
}

}  // namespace concurrency
