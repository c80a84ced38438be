// SPDX-License-Identifier: MIT
#include "kernel/lock.hpp"
#include "kernel/test_and_set_lock.hpp"
#include "kernel/ticket_lock.hpp"

#include "tests/concurrency/cases.hpp"
#include "tests/concurrency/machine.hpp"
#include "tests/concurrency/session.hpp"
#include "tests/support/depth.hpp"

#include <cstdint>

namespace concurrency {

namespace {

using Ticket = kernel::TicketLock<Machine>;
using TestAndSet = kernel::TestAndSetLock<Machine>;

/// Each core counts, one at a time.
template <typename Lock, unsigned kTimes>
struct Count : WithLocks {
    Lock lock{"the count", kernel::LockRank::Frames};
    std::uint64_t sum = 0;
    std::uint64_t expected = 0;

    void core(unsigned /*number*/) {
        for (unsigned time = 0; time < kTimes; ++time) {
            kernel::Locked const locked{&lock};
            ++sum;
            ++expected;
        }
    }
    std::uint64_t outcome() const { return sum; }
};

/// Two locks in the one order that there is.
template <typename Lock>
struct TwoLocks : WithLocks {
    Lock heap{"the heap", kernel::LockRank::Heap};
    Lock frames{"the frames", kernel::LockRank::Frames};
    std::uint64_t pages = 0;
    std::uint64_t taken = 0;

    void core(unsigned number) {
        if (number == 0) {
            kernel::Locked const outer{&heap};
            ++pages;
            kernel::Locked const inner{&frames};
            ++taken;
        } else {
            {
                kernel::Locked const only{&frames};
                ++taken;
            }
            kernel::Locked const other{&heap};
            ++pages;
        }
    }
    void check() const {
        if (pages != 2 || taken != 2) {
            fail("a count is lost");
        }
    }
};

/// Two of one rank, in opposite orders: refused before anybody waits, on any core.
template <typename Lock>
struct Inversion : WithLocks {
    Lock early{"the early frames", kernel::LockRank::Frames};
    Lock late{"the late frames", kernel::LockRank::Frames};

    void core(unsigned number) {
        kernel::Locked const outer{number == 0 ? &early : &late};
        kernel::Locked const inner{number == 0 ? &late : &early};
    }
};

/// Who has it takes it again.
template <typename Lock>
struct Twice : WithLocks {
    Lock lock{"the frames", kernel::LockRank::Frames};

    void core(unsigned number) {
        kernel::Locked const outer{&lock};
        if (number == 1) {
            kernel::Locked const inner{&lock};
        }
    }
};

template <typename Lock>
void one_kind(Session& session) {
    session.finds<Inversion<Lock>>("two locks in opposite orders", "out of order");
    session.finds<Twice<Lock>>("a lock that one has already", "out of order");
    session.holds<Count<Lock, 3>>("two cores, three times each");
    session.holds<TwoLocks<Lock>>("two locks");
    session.holds<Count<Lock, 1>>("three cores", {.cores = 3});
}

}  // namespace

bool locks() {
    Session session;
    one_kind<Ticket>(session);
    one_kind<TestAndSet>(session);
    session.holds<Count<Ticket, 1>>("four cores", {.cores = 4});
    if (test::depth() != test::Depth::Everyday) {
        session.holds<Count<TestAndSet, 1>>("four cores, whoever comes first", {.cores = 4});
    }
    return session.end();
}

}  // namespace concurrency
