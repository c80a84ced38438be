// SPDX-License-Identifier: MIT
//
// SharedBuddies: nobody is told that there is no block as long as some core keeps one.

#include "kernel/test_and_set_lock.hpp"
#include "kernel/ticket_lock.hpp"

#include "tests/concurrency/cases.hpp"
#include "tests/concurrency/frames.hpp"
#include "tests/concurrency/session.hpp"
#include "tests/concurrency/shared_frames.hpp"
#include "tests/support/depth.hpp"

#include <array>
#include <cstdint>
#include <optional>

namespace concurrency {

namespace {

using Ticket = kernel::TicketLock<Machine>;
using TestAndSet = kernel::TestAndSetLock<Machine>;

/// Four units, which core 0 keeps but for those that somebody has.
template <typename Lock, unsigned kCores>
using LastFour = OwnedFrames<SharedFrames<Lock, 1, kCores>>;

/// Each core takes more than its share of the units that core 0 keeps, kLeft of them.
template <typename Lock, unsigned kTimes, unsigned kCores = 2, unsigned kLeft = 2>
struct Rush : LastFour<Lock, kCores> {
    mm::Block taken = this->owned_by(0);
    std::optional<mm::Block> another = kLeft == 2 ? std::optional{this->owned_by(0)} : std::nullopt;

    void core(unsigned /*number*/) {
        for (unsigned time = 0; time < kTimes; ++time) {
            this->take();
        }
        this->allocator.become_idle();
    }
};

/// A block of order 1 that core 0 keeps in halves, one of which another core gives back.
template <typename Lock>
struct Halves : LastFour<Lock, 2> {
    std::array<mm::Block, 3> taken{this->owned_by(0), this->owned_by(0), this->owned_by(1)};

    void core(unsigned number) {
        if (number == 0) {
            this->take(1);
        } else {
            this->use_and_give(taken[2]);
            this->take(1);
        }
        this->allocator.become_idle();
    }
};

/// Each of two cores keeps half of all there is, and wants a block as large as that, `kTimes`
/// times: both close the caches, and wait for each other.
template <typename Lock, unsigned kTimes>
struct BothWantAll : OwnedFrames<SharedFrames<Lock, 2, 2>> {
    std::array<mm::Block, 2> mine{this->owned_by(0, 0), this->owned_by(1, 1)};

    void core(unsigned number) {
        this->use_and_give(mine[number]);
        for (unsigned time = 0; time < kTimes; ++time) {
            this->take(2);
        }
        this->allocator.become_idle();
    }
};

/// The same with nothing that could be had.
template <typename Lock>
struct BothInVain : BothWantAll<Lock, 0> {
    void core(unsigned /*number*/) {
        this->take(2);
        this->allocator.become_idle();
    }
};

/// What core 1 does meanwhile.
enum class Busy : std::uint8_t { Refills, Borrows };

/// Core 0 wants a unit, of those that core 1 keeps and goes on to take and give back: there is
/// always one.
template <typename Lock, Busy kBusy>
struct FromBusy : OwnedFrames<SharedFrames<Lock, 2, 2>> {
    mm::Block pair = this->begin_with(1, this->allocator.begin_with(1, 1));
    mm::Block frame = this->owned_by(1, 1);
    mm::Block another = this->owned_by(1, 1);
    mm::Block third = this->owned_by(1, 1);

    void core(unsigned number) {
        if (number == 0) {
            this->take();
        } else if (kBusy == Busy::Refills) {
            this->take_and_give(1);  // Looks whether it is asked.
            this->take_and_give();
        } else {
            this->take_and_give(1);
            this->use_and_give(frame);
            this->use_and_give(another);
        }
        this->allocator.become_idle();
    }
};

/// Core 0 wants a unit, while core 1 gives back a pair of a run that core 0 has abandoned, and then
/// takes the last unit that there was before: there is always one.
template <typename Lock>
struct FromAbandoned : OwnedFrames<SharedFrames<Lock, 3, 2>> {
    std::array<mm::Block, 4> pairs{pair_of(1), pair_of(0), pair_of(0), pair_of(0)};
    std::array<mm::Block, 3> frames{this->owned_by(1, 1), this->owned_by(1, 1),
                                    this->owned_by(1, 1)};

    void core(unsigned number) {
        if (number == 1) {
            this->use_and_give(pairs[0]);
        }
        this->take();
        this->allocator.become_idle();
    }

    mm::Block pair_of(unsigned owner) {
        return this->begin_with(owner, this->allocator.begin_with(0, 1));
    }
};

/// Core 0 wants all that there is, each of the others has one frame and gives it back.
template <typename Lock, unsigned kCores>
struct OneWantsAll : LastFour<Lock, kCores> {
    std::array<mm::Block, kCores - 1> taken =
        this->template owned_by_others<kCores - 1>(kCores - 1);

    void core(unsigned number) {
        if (number == 0) {
            this->take(2);
        } else {
            this->use_and_give(taken[number - 1]);
        }
        this->allocator.become_idle();
    }
};

template <typename Lock>
void two_cores(Session& session) {
    session.holds<Halves<Lock>>("halves");
    session.holds<FromBusy<Lock, Busy::Refills>>("from who takes and gives back");
    session.holds<FromBusy<Lock, Busy::Borrows>>("from who gives back");
    session.holds<FromAbandoned<Lock>>("from a run that is abandoned");
    session.holds<BothInVain<Lock>>("both want what is not there");
    session.holds<BothWantAll<Lock, 1>>("both want half");
}

}  // namespace

bool exhaustion() {
    Session session;
    session.holds<Rush<Ticket, 1>>("one of the last two for each");
    session.holds<Rush<TestAndSet, 1>>("one of the last two for each");
    session.holds<Rush<FairLock, 2>>("the last two for both");
    session.holds<Rush<FairLock, 2, 2, 3>>("the last three for both");
    two_cores<FairLock>(session);
    session.holds<OneWantsAll<FairLock, 3>>("one of three wants all", {.cores = 3});
    session.holds<OneWantsAll<FairLock, 4>>("one of four wants all", {.cores = 4});
    session.holds<Rush<FairLock, 1, 3>>("the last two for three", {.cores = 3, .preemptions = 1});
    if (test::depth() != test::Depth::Everyday) {
        session.holds<BothWantAll<FairLock, 2>>("both want all", {.preemptions = 2});
        session.holds<Halves<Ticket>>("halves", {.preemptions = 1});
        session.holds<FromBusy<Ticket, Busy::Borrows>>("from who gives back", {.preemptions = 2});
        session.holds<Rush<FairLock, 1, 3>>("the last two for three",
                                            {.cores = 3, .preemptions = 2});
        session.holds<Rush<FairLock, 1, 4>>("the last two for four",
                                            {.cores = 4, .preemptions = 0});
    }
    return session.end();
}

}  // namespace concurrency
