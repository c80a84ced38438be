// SPDX-License-Identifier: MIT
//
// CachedBuddies: what a core keeps, while another one gives some of it back or wants it.

#include "kernel/error.hpp"
#include "kernel/mm/cached_buddies.hpp"
#include "kernel/test_and_set_lock.hpp"
#include "kernel/ticket_lock.hpp"

#include "tests/concurrency/cached_frames.hpp"
#include "tests/concurrency/cases.hpp"
#include "tests/concurrency/frames.hpp"
#include "tests/concurrency/session.hpp"
#include "tests/support/depth.hpp"

#include <array>
#include <atomic>
#include <cstdint>

namespace concurrency {

namespace {

using Ticket = kernel::TicketLock<Machine>;
using TestAndSet = kernel::TestAndSetLock<Machine>;

/// Two runs: four of the smallest blocks each, which are units here.
template <typename Lock, unsigned kCores = 2>
using Two = OwnedFrames<CachedFrames<Lock, 2, kCores>>;

/// One for each order of each core, and one more.
template <typename Lock, unsigned kCores = 2>
using Five = OwnedFrames<CachedFrames<Lock, 5, kCores>>;

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

/// What core 0 does with a run that is not its current one, while core 1 gives blocks of it back.
enum class Elsewhere : std::uint8_t {
    Frees,
    FreesTwice,
    FreesTheLast,
    Takes,
    TakesSeveral,
    Collects,
    CollectsInVain,
};

/// Core 0 has borrowed two runs. All of the first is somebody's, and of the second the first unit.
template <typename Lock, Elsewhere kElsewhere>
struct NotCurrent : Five<Lock> {
    /// So many of the first run are core 0's, the others core 1's.
    static constexpr unsigned kOf0 = kElsewhere == Elsewhere::Collects         ? 0
                                     : kElsewhere == Elsewhere::CollectsInVain ? 2
                                                                               : 3;
    std::array<mm::Block, 4> first{this->owned_by(kOf0 > 0 ? 0 : 1),
                                   this->owned_by(kOf0 > 1 ? 0 : 1),
                                   this->owned_by(kOf0 > 2 ? 0 : 1), this->owned_by(1)};
    mm::Block second = this->owned_by(0);

    void core(unsigned number) {
        if (number == 0) {
            owner();
            return;
        }
        for (unsigned index = kOf0; index < first.size(); ++index) {
            this->use_and_give(first[index]);
        }
    }

    void owner() {
        switch (kElsewhere) {
            case Elsewhere::Frees:
                this->use_and_give(first[0]);
                this->take();
                this->use_and_give(second);
                break;
            case Elsewhere::FreesTwice:
                this->use_and_give(first[1]);
                this->give(first[1]);
                break;
            case Elsewhere::FreesTheLast:
                for (unsigned index = 0; index < 3; ++index) {
                    this->use_and_give(first[index]);
                }
                this->take(1);
                break;
            case Elsewhere::Takes:
                this->use_and_give(first[1]);
                fill();
                this->take();
                break;
            case Elsewhere::TakesSeveral:
                for (unsigned index = 0; index < 3; ++index) {
                    this->use_and_give(first[index]);
                }
                fill();
                this->take_and_give();
                break;
            case Elsewhere::Collects:
                fill();
                this->take_and_give();
                this->take(1);
                break;
            case Elsewhere::CollectsInVain:
                this->use_and_give(first[0]);
                this->use_and_give(first[1]);
                fill();
                this->take();  // Of a run of which nobody may have had anything before.
                this->take(1);
                break;
        }
    }

    /// Takes what is left of the current run.
    void fill() {
        for (unsigned index = 0; index < 3; ++index) {
            this->take();
        }
    }
};

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
    session.holds<NotCurrent<Lock, Elsewhere::FreesTheLast>>(
        "returned elsewhere while the owner frees the last");
    session.holds<NotCurrent<Lock, Elsewhere::Takes>>("returned elsewhere while the owner takes");
    session.holds<NotCurrent<Lock, Elsewhere::TakesSeveral>>(
        "returned elsewhere while the owner makes it its current one");
    session.holds<NotCurrent<Lock, Elsewhere::Collects>>(
        "returned elsewhere while the owner collects");
    session.holds<NotCurrent<Lock, Elsewhere::CollectsInVain>>(
        "returned elsewhere while the owner collects in vain");
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
}

}  // namespace

bool caches() {
    Session session;
    two_cores<FairLock>(session);
    two_cores<Ticket>(session);
    two_cores<TestAndSet>(session);
    returned<FairLock, 3>(session, {.cores = 3});
    returned<FairLock, 4>(session, {.cores = 4});
    return session.end();
}

}  // namespace concurrency
