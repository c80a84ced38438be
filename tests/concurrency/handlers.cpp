// SPDX-License-Identifier: MIT
//
// SharedBuddies: interrupt handlers that call it, at each step of the core that they interrupt.

#include "kernel/test_and_set_lock.hpp"
#include "kernel/ticket_lock.hpp"

#include "tests/concurrency/cases.hpp"
#include "tests/concurrency/frames.hpp"
#include "tests/concurrency/session.hpp"
#include "tests/concurrency/shared_frames.hpp"
#include "tests/support/depth.hpp"

#include <array>
#include <cstdint>

namespace concurrency {

namespace {

using Ticket = kernel::TicketLock<MaskingMachine>;
using TestAndSet = kernel::TestAndSetLock<MaskingMachine>;

/// Core 0 has borrowed the first run, and has one of its frames; core 1 has another.
template <typename Lock, std::uint64_t kRuns = 3>
struct Interrupted : OwnedFrames<SharedFrames<Lock, kRuns, 2>> {
    mm::Block mine = this->owned_by(0);
    mm::Block yours = this->owned_by(1);

    /// Does `work` as what interrupts this core.
    template <typename Work>
    void handle(Work work) {
        bool& is_handling = this->is_in_handler[this_core()];
        is_handling = true;
        work();
        is_handling = false;
    }
};

/// The handler takes and gives back what its core does. Core 1, if there is one, gives a frame
/// back.
template <typename Lock, unsigned kOrder = 0>
struct Pairs : Interrupted<Lock> {
    void core(unsigned number) {
        if (number == 0) {
            this->take_and_give();
            this->use_and_give(this->mine);
        } else {
            this->use_and_give(this->yours);
        }
        this->allocator.become_idle();
    }
    void interrupt() {
        this->handle([this] { this->take_and_give(kOrder); });
    }
};

/// The handler comes while its core has all given back, and has the run lent once more.
template <typename Lock>
struct Drains : Pairs<Lock> {
    void core(unsigned number) {
        if (number == 0) {
            this->allocator.drain();
            this->take_and_give();
        } else {
            this->use_and_give(this->yours);
        }
        this->allocator.become_idle();
    }
};

/// Core 1 closes all caches, and looks.
template <typename Lock>
struct Closed : Interrupted<Lock> {
    void close() {
        mm::SharedBuddies& shared = this->allocator.shared();
        mm::CachesClosed const closed{&shared};
        if (shared.cached().cached_frames() != 0) {
            fail("something is kept though all is drained");
        }
    }
};

/// The handler drains, as it does where another core has asked for it.
template <typename Lock>
struct Answers : Closed<Lock> {
    void core(unsigned number) {
        if (number == 0) {
            this->take_and_give();
            this->use_and_give(this->mine);
        } else {
            this->close();
        }
        this->allocator.become_idle();
    }
    void interrupt() { this->allocator.shared().answer(); }
};

/// Core 0 has borrowed two runs and gives both back, while a handler borrows the first one again.
template <typename Lock>
struct DrainsMine : Closed<Lock> {
    mm::Block pair = this->begin_with(0, this->allocator.begin_with(0, 1));

    void core(unsigned number) {
        if (number == 0) {
            this->allocator.shared().drain_mine();
        } else {
            this->close();
        }
        this->allocator.become_idle();
    }
    void interrupt() {
        this->handle([this] { this->take(1); });
    }
};

/// Core and handler take the last frames, which core 1 wants, too.
template <typename Lock>
struct Exhausted : Interrupted<Lock, 1> {
    void core(unsigned /*number*/) {
        this->take();
        this->allocator.become_idle();
    }
    void interrupt() {
        this->handle([this] { this->take(); });
    }
};

constexpr Limits kAlone{.cores = 1, .interrupted = 0, .interrupts = 2};
constexpr Limits kBoth{.cores = 2, .interrupted = 0};

template <typename Lock>
void alone(Session& session) {
    session.holds<Pairs<Lock>>("a handler's pair", kAlone);
    session.holds<Pairs<Lock, 1>>("a handler's pair of another order", kAlone);
    session.holds<Drains<Lock>>("a handler's pair in a drain", kAlone);
    session.holds<Answers<Lock>>("a handler that drains", kAlone);
}

template <typename Lock>
void with_another_core(Session& session) {
    session.holds<Pairs<Lock>>("a handler's pair, and another core", kBoth);
    session.holds<Pairs<Lock, 1>>("a handler's pair of another order, and another core", kBoth);
    session.holds<Answers<Lock>>("a handler that drains, and another core", kBoth);
    session.holds<DrainsMine<Lock>>("a handler that borrows in a drain, and another core", kBoth);
    session.holds<Exhausted<Lock>>("a handler wants the last frames", kBoth);
}

}  // namespace

bool handlers() {
    Session session;
    alone<Ticket>(session);
    alone<TestAndSet>(session);
    with_another_core<FairLock>(session);
    session.holds<Drains<FairLock>>("a handler's pair in a drain, and another core", kBoth);
    if (test::depth() != test::Depth::Everyday) {
        with_another_core<Ticket>(session);  // The other lock is for hosts: no handlers there.
        session.holds<Drains<Ticket>>("a handler's pair in a drain, and another core", kBoth);
    }
    return session.end();
}

}  // namespace concurrency
