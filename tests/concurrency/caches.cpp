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

/// Eight frames at the end of a run and eight at the beginning of the next: what a core borrows
/// here has two blocks of order 2 and one of order 3, which are not worth borrowing.
template <typename Lock, unsigned kCores = 2>
using Two = OwnedFrames<CachedFrames<Lock, 56, 72, kCores>>;

/// The same with four frames each, which are the least that is borrowed.
template <typename Lock, unsigned kCores = 2>
using Small = OwnedFrames<CachedFrames<Lock, 60, 68, kCores>>;

/// Each core has what it takes for itself.
template <typename Lock, unsigned kTimes>
struct Pairs : Small<Lock> {
    void core(unsigned /*number*/) {
        for (unsigned time = 0; time < kTimes; ++time) {
            this->take_and_give();
        }
    }
};

/// A frame goes from core 0 to core 1, which gives it back.
template <typename Lock>
struct Sent : Small<Lock> {
    std::atomic<std::uint64_t> sent{0};  ///< Its number, plus 1.

    void core(unsigned number) {
        if (number == 0) {
            if (auto const block = this->take()) {
                sent.store(block->first.raw() + 1, std::memory_order_release);
            }
            this->take_and_give();
        } else if (std::uint64_t const frame = sent.load(std::memory_order_acquire)) {
            this->use_and_give({mm::FrameNumber{frame - 1}, mm::Order{}});
        }
    }
};

/// What core 0 does with its run while others give blocks of it back.
enum class Meanwhile : std::uint8_t { Pairs, Free, Drain, Refill };

/// Core 0 has borrowed the first run and taken frames, all but one of them others'.
template <typename Lock, Meanwhile kMeanwhile, unsigned kCores = 2>
struct Returned : Small<Lock, kCores> {
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

/// In a run that core 0 has lent for frames there is a pair, which core 1 gives back.
template <typename Lock, bool kDrains>
struct AnotherOrder : Two<Lock> {
    mm::Block pair = this->begin_with(1, this->allocator.begin_with(1, 1));
    mm::Block frame = (this->allocator.begin_without(1), this->owned_by(0));

    void core(unsigned number) {
        if (number == 1) {
            this->use_and_give(pair);
            return;
        }
        this->use_and_give(frame);
        if (kDrains) {
            this->allocator.drain();
        }
        this->take_and_give(1);
    }
};

/// Four frames of a run that nobody has borrowed: core 0 gives two back and has it lent for that,
/// core 1 the others.
template <typename Lock>
struct BorrowedMeanwhile : Small<Lock> {
    using Pair = std::array<mm::Block, 2>;
    std::array<Pair, 2> blocks = taken();

    std::array<Pair, 2> taken() {
        Pair const of_0{this->owned_by(0), this->owned_by(0)};
        Pair const of_1{this->owned_by(1), this->owned_by(1)};
        this->allocator.begin_without(0);
        return {of_0, of_1};
    }

    void core(unsigned number) {
        for (mm::Block const& block : blocks[number]) {
            this->use_and_give(block);
        }
        this->take_and_give();
    }
};

/// Core 0 gives two frames of a run back and has it lent for that, beside the one that it has:
/// another core gives a frame of that one back.
template <typename Lock>
struct BorrowsAnother : Small<Lock> {
    std::array<mm::Block, 4> first_run = taken();
    mm::Block of_second_run = this->owned_by(1);

    std::array<mm::Block, 4> taken() {
        std::array const all{this->owned_by(0), this->owned_by(0), this->owned_by(0),
                             this->owned_by(0)};
        this->allocator.begin_without(0);
        return all;
    }

    void core(unsigned number) {
        if (number == 1) {
            this->use_and_give(of_second_run);
            return;
        }
        this->use_and_give(first_run[0]);
        this->use_and_give(first_run[1]);
        this->take();
        this->take();
        this->take_and_give();
    }
};

/// Core 0 has two runs lent because it gives back what is in them, and the second takes the place
/// of the first: another core gives a frame of each back.
template <typename Lock>
struct TurnsToAnother : Small<Lock> {
    std::array<mm::Block, 8> blocks = taken();

    std::array<mm::Block, 8> taken() {
        std::array const all{this->owned_by(0), this->owned_by(0), this->owned_by(0),
                             this->owned_by(0), this->owned_by(0), this->owned_by(0),
                             this->owned_by(0), this->owned_by(0)};
        this->allocator.begin_without(0);
        return all;
    }

    void core(unsigned number) {
        if (number == 1) {
            this->use_and_give(blocks[7]);
            this->use_and_give(blocks[3]);
            return;
        }
        for (unsigned const index : {0U, 1U, 4U, 5U, 6U}) {
            this->use_and_give(blocks[index]);
        }
        this->take();
    }
};

/// What was given back already is given back by whoever has been told of it.
template <typename Lock, unsigned kFirst, unsigned kSecond>
struct DoubleFree : Small<Lock> {
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

/// Two give a block back that one of them may: the other need not be refused. What is promised is
/// that it is free once, if nobody is given it before the borrower has looked again.
template <typename Lock>
struct FreedByTwo : Small<Lock> {
    mm::Block block = this->owned_by(0);
    std::array<bool, 2> is_refused{};

    void core(unsigned number) {
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
        this->allocator.drain_all();
        this->allocator.come_to_rest();
        if (this->allocator.buddies().free_frames_count() != this->kSpan.count()) {
            fail("a frame is lost");
        }
    }
    std::uint64_t outcome() const { return is_refused[0] * 2U + is_refused[1]; }
};

/// Core 1 has all caches closed, and asks core 0 to drain: once that has, it keeps nothing.
template <typename Lock>
struct Asked : Two<Lock> {
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
    session.holds<BorrowedMeanwhile<Lock>>("borrowed while another frees there");
    session.holds<BorrowsAnother<Lock>>("returned while the owner borrows another run");
    session.holds<TurnsToAnother<Lock>>("returned while the owner turns to another run");
    session.holds<DoubleFree<Lock, 0, 0>>("given back twice by who has borrowed");
    session.holds<DoubleFree<Lock, 1, 1>>("given back twice by the other");
    session.holds<DoubleFree<Lock, 0, 1>>("given back again by the other");
    session.holds<DoubleFree<Lock, 1, 0>>("given back again by who has borrowed");
    session.holds<FreedByTwo<Lock>>("given back by two");
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
