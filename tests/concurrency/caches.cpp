// SPDX-License-Identifier: MIT
//
// CachedBuddies: what a core keeps, while another one gives some of it back or wants it.

#include "kernel/mm/cached_buddies.hpp"
#include "kernel/test_and_set_lock.hpp"
#include "kernel/ticket_lock.hpp"

#include "tests/concurrency/cached_frames.hpp"
#include "tests/concurrency/cases.hpp"
#include "tests/concurrency/double_frees.hpp"
#include "tests/concurrency/frames.hpp"
#include "tests/concurrency/session.hpp"
#include "tests/concurrency/used_up.hpp"

#include <array>
#include <atomic>
#include <cstdint>

namespace concurrency {

namespace {

using Ticket = kernel::TicketLock<Machine>;
using TestAndSet = kernel::TestAndSetLock<Machine>;

/// Each core has what it takes for itself.
template <typename Lock, unsigned kTimes>
struct Pairs : Two<Lock> {
    void core(unsigned /*number*/) {
        for (unsigned time = 0; time < kTimes; ++time) {
            this->take_and_give();
        }
    }
};

/// A frame goes from core 0 to core 1, which gives it back.
template <typename Lock>
struct Sent : Two<Lock> {
    std::atomic<std::uint64_t> sent{0};  ///< Its number, plus 1.

    void core(unsigned number) {
        if (number == 0) {
            if (auto const block = this->take()) {
                sent.store(block->first.raw() + 1, std::memory_order_release);
            }
            this->take_and_give();
        } else if (std::uint64_t const frame = sent.load(std::memory_order_acquire)) {
            this->use_and_give(this->smallest(frame - 1));
        }
    }
};

/// What core 0 does with its run while others give blocks of it back.
enum class Meanwhile : std::uint8_t { Pairs, Free, Drain, Refill };

/// Core 0 has borrowed the first run and taken frames, all but one of them others'.
template <typename Lock, Meanwhile kMeanwhile, unsigned kCores = 2>
struct Returned : Two<Lock, kCores> {
    static constexpr unsigned kOthers = kCores == 2 ? 2 : kCores - 1;

    mm::Block mine = this->owned_by(0);
    std::array<mm::Block, kOthers> others = this->template owned_by_others<kOthers>(kCores - 1);

    void core(unsigned number) {
        if (number == 0) {
            owner();
        } else {
            for (unsigned index = number - 1; index < others.size(); index += kCores - 1) {
                this->use_and_give(others[index]);
            }
        }
    }

    void owner() {
        switch (kMeanwhile) {
            case Meanwhile::Pairs:
                this->take_and_give();
                this->take_and_give();
                break;
            case Meanwhile::Free:
                this->use_and_give(mine);
                this->take();
                break;
            case Meanwhile::Drain:
                this->allocator.drain();
                this->take_and_give();
                break;
            case Meanwhile::Refill:
                this->take();
                this->take();
                this->take_and_give();
                break;
        }
    }
};

/// In a run there is a pair, which core 1 gives back, and core 0 wants units: such a run is not
/// lent. When it is whole it may be, for either.
template <typename Lock, bool kDrains>
struct AnotherOrder : Five<Lock> {
    mm::Block pair = this->begin_with(1, this->allocator.begin_with(1, 1));
    mm::Block unit = (this->allocator.begin_without(1), this->owned_by(0));

    void core(unsigned number) {
        if (number == 1) {
            this->use_and_give(pair);
            return;
        }
        this->use_and_give(unit);
        if (kDrains) {
            this->allocator.drain();
        }
        this->take_and_give(1);
    }
};

/// What core 0 does with a run that is not its current one, while others give blocks of it back.
enum class Elsewhere : std::uint8_t {
    Frees,
    FreesTwice,
    FreesTheLast,
    Takes,
    TakesSeveral,
    Collects,
    CollectsInVain,
    LendsAgain,
};

/// Core 0 has borrowed two runs. All of the first is somebody's, and of the second two units.
template <typename Lock, Elsewhere kElsewhere, unsigned kCores = 2>
struct NotCurrent : Five<Lock, kCores> {
    static constexpr bool kIsCollected =
        kElsewhere == Elsewhere::Collects || kElsewhere == Elsewhere::LendsAgain;
    /// So many of the first run are core 0's, the others each another core's in turn.
    static constexpr unsigned kOf0 = kIsCollected                              ? 0
                                     : kElsewhere == Elsewhere::CollectsInVain ? 2
                                                                               : 5 - kCores;
    std::array<mm::Block, 4> first{this->owned_by(owner_of(0)), this->owned_by(owner_of(1)),
                                   this->owned_by(owner_of(2)), this->owned_by(owner_of(3))};
    std::array<mm::Block, 2> second{this->owned_by(0), this->owned_by(1)};

    NotCurrent() { this->allocator.begin_with_its_own(0, first[0]); }

    static constexpr unsigned owner_of(unsigned index) {
        return index < kOf0 ? 0 : 1 + (index - kOf0) % (kCores - 1);
    }

    void core(unsigned number) {
        if (number == 0) {
            owner();
            return;
        }
        for (unsigned index = 0; index < first.size(); ++index) {
            if (owner_of(index) == number) {
                this->use_and_give(first[index]);
            }
        }
        if (kElsewhere == Elsewhere::LendsAgain && number == 1) {
            this->use_and_give(second[1]);
        }
    }

    void owner() {
        switch (kElsewhere) {
            case Elsewhere::Frees:
                this->use_and_give(first[0]);
                this->take();
                this->use_and_give(second[0]);
                break;
            case Elsewhere::FreesTwice:
                this->use_and_give(first[1]);
                this->give(first[1]);
                break;
            case Elsewhere::FreesTheLast:
                give_mine();
                this->take(1);
                break;
            case Elsewhere::Takes:
                this->use_and_give(first[1]);
                fill();
                this->take();
                break;
            case Elsewhere::TakesSeveral:
                give_mine();
                fill();
                this->take_and_give();
                break;
            case Elsewhere::Collects:
                fill();
                this->take_and_give();
                this->take(1);
                break;
            case Elsewhere::CollectsInVain:
                give_mine();
                fill();
                this->take();  // Of a run of which nobody may have had anything before.
                this->take(1);
                break;
            case Elsewhere::LendsAgain:
                this->take_and_give(1);
                this->use_and_give(second[0]);
                break;
        }
    }

    void give_mine() {
        for (unsigned index = 0; index < kOf0; ++index) {
            this->use_and_give(first[index]);
        }
    }

    /// Takes what is left of the current run.
    void fill() {
        for (unsigned index = 0; index < 2; ++index) {
            this->take();
        }
    }
};

/// Core 1 has all caches closed, and asks core 0 to drain: once that has, it keeps nothing.
template <typename Lock>
struct Asked : Five<Lock> {
    mm::Block block = this->owned_by(0);

    void core(unsigned number) {
        mm::CachedBuddies& cached = this->allocator.cached();
        if (number == 0) {
            this->take_and_give();
            this->take_and_give(1);
            this->use_and_give(block);
            this->allocator.answer();
            return;
        }
        cached.close();
        if (!cached.is_asked(0) && cached.cached_frames() != 0) {
            fail("something is kept though it was drained");
        }
        cached.open();
    }
};

template <typename Lock, unsigned kCores>
void returned(Session& session, Limits const& limits) {
    session.holds<Returned<Lock, Meanwhile::Pairs, kCores>>("returned while the owner has pairs",
                                                            limits);
    session.holds<Returned<Lock, Meanwhile::Free, kCores>>("returned while the owner frees",
                                                           limits);
    session.holds<Returned<Lock, Meanwhile::Drain, kCores>>("returned while the owner drains",
                                                            limits);
    session.holds<Returned<Lock, Meanwhile::Refill, kCores>>("returned while the owner refills",
                                                             limits);
}

/// In a run that is not the owner's current one.
template <typename Lock, unsigned kCores>
void returned_elsewhere(Session& session, Limits const& limits) {
    session.holds<NotCurrent<Lock, Elsewhere::FreesTheLast, kCores>>(
        "returned elsewhere while the owner frees the last", limits);
    session.holds<NotCurrent<Lock, Elsewhere::TakesSeveral, kCores>>(
        "returned elsewhere while the owner makes it its current one", limits);
    session.holds<NotCurrent<Lock, Elsewhere::CollectsInVain, kCores>>(
        "returned elsewhere while the owner collects in vain", limits);
    session.holds<NotCurrent<Lock, Elsewhere::LendsAgain, kCores>>(
        "returned elsewhere while the owner has it lent again", limits);
}

template <typename Lock>
void two_cores(Session& session) {
    session.holds<Pairs<Lock, 2>>("two pairs on each of two cores");
    session.holds<Sent<Lock>>("given back by the other core");
    returned<Lock, 2>(session, {});
    session.holds<AnotherOrder<Lock, false>>("a block of another order");
    session.holds<AnotherOrder<Lock, true>>("a block of another order, and a drain");
    session.holds<NotCurrent<Lock, Elsewhere::Frees>>("returned elsewhere while the owner frees");
    session.holds<NotCurrent<Lock, Elsewhere::FreesTwice>>(
        "returned elsewhere while the owner frees twice");
    session.holds<NotCurrent<Lock, Elsewhere::Takes>>("returned elsewhere while the owner takes");
    session.holds<NotCurrent<Lock, Elsewhere::Collects>>(
        "returned elsewhere while the owner collects");
    returned_elsewhere<Lock, 2>(session, {});
    session.holds<DoubleFreeElsewhere<Lock>>("given back twice elsewhere");
    session.holds<DoubleFree<Lock, 0, 0>>("given back twice by who has borrowed");
    session.holds<DoubleFree<Lock, 1, 1>>("given back twice by the other");
    session.holds<DoubleFree<Lock, 0, 1>>("given back again by the other");
    session.holds<DoubleFree<Lock, 1, 0>>("given back again by who has borrowed");
    session.holds<FreedByTwo<Lock, Where::Current>>("given back by two");
    session.holds<FreedByTwo<Lock, Where::Elsewhere>>("given back by two elsewhere");
    session.holds<FreedByTwo<Lock, Where::TheLastElsewhere>>(
        "the last given back by two elsewhere");
    session.holds<Asked<Lock>>("asked to drain");
    session.holds<UsedUp<Lock, 2>>("used up while it is given back");
    session.holds<AbandonedAndClosed<Lock>>("abandoned, and given back while caches are closed");
}

}  // namespace

bool caches() {
    Session session;
    two_cores<FairLock>(session);
    two_cores<Ticket>(session);
    two_cores<TestAndSet>(session);
    returned<FairLock, 3>(session, {.cores = 3});
    returned<FairLock, 4>(session, {.cores = 4});
    returned_elsewhere<FairLock, 3>(session, {.cores = 3});
    session.holds<UsedUp<FairLock, 3>>("used up while it is given back", {.cores = 3});
    return session.end();
}

}  // namespace concurrency
