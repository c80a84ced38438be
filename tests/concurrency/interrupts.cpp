// SPDX-License-Identifier: MIT
#include "kernel/lock.hpp"
#include "kernel/test_and_set_lock.hpp"
#include "kernel/ticket_lock.hpp"

#include "tests/concurrency/cases.hpp"
#include "tests/concurrency/machine.hpp"
#include "tests/concurrency/session.hpp"

#include <array>
#include <cstdint>

namespace concurrency {

namespace {

/// Three steps: it may come before each of them, behind the last, or never.
struct ThreeSteps {
    std::array<std::uint32_t, 3> steps{};
    std::uint32_t came_behind = 9;

    void core(unsigned /*number*/) {
        for (std::uint32_t& each : steps) {
            each = 1;
        }
    }
    void interrupt() { came_behind = steps[0] + steps[1] + steps[2]; }
    std::uint64_t outcome() const { return came_behind; }
};

/// What is counted in both places is lost, where it comes in between.
template <bool kMasks>
struct SharedCount {
    std::uint32_t count = 0;

    void add() {
        std::uint32_t volatile* const here = &count;
        std::uint32_t const next = *here + 1;
        *here = next;
    }
    void core(unsigned /*number*/) {
        if constexpr (kMasks) {
            Masked const masked;
            add();
        } else {
            add();
        }
    }
    void interrupt() { add(); }
    std::uint64_t outcome() const { return count; }
};

/// A handler takes what it may have interrupted the holder of.
template <typename Lock>
struct LockInHandler : WithLocks {
    Lock lock{"the count", kernel::LockRank::Frames};
    std::uint32_t count = 0;
    std::array<std::uint32_t, 2> added{};  ///< By each core, its handler included.

    void add() {
        kernel::Locked const locked{&lock};
        ++count;
        ++added[this_core()];
    }
    void core(unsigned /*number*/) { add(); }
    void interrupt() { add(); }
    void check() const {
        if (count != added[0] + added[1]) {
            fail("a count is lost");
        }
    }
};

/// The handler comes while a lock is held, or waited for, that it does not take.
struct HandlerInsideAnother : LockInHandler<kernel::TicketLock<MaskingMachine>> {
    kernel::TicketLock<Machine> heap{"the heap", kernel::LockRank::Heap};

    void core(unsigned /*number*/) {
        kernel::Locked const outer{&heap};
        add();
    }
};

/// Another core goes on while the handler runs.
struct OtherCore {
    std::atomic<std::uint32_t> word{0};
    std::array<std::uint32_t, 2> seen{};

    void core(unsigned number) {
        if (number == 1) {
            word.fetch_add(1);
        }
    }
    void interrupt() {
        seen[0] = word.fetch_add(0);
        seen[1] = word.fetch_add(0);
    }
    std::uint64_t outcome() const { return seen[0] * 10 + seen[1]; }
};

constexpr Limits kAlone{.cores = 1, .interrupted = 0};

void masking_locks(Session& session, Limits const& limits) {
    session.holds<LockInHandler<kernel::TicketLock<MaskingMachine>>>("a ticket lock that masks",
                                                                     limits);
    session.holds<LockInHandler<kernel::TestAndSetLock<MaskingMachine>>>(
        "a test-and-set lock that masks", limits);
    session.holds<HandlerInsideAnother>("a handler inside another lock", limits);
}

}  // namespace

bool interrupts() {
    Session session;
    session.gives<ThreeSteps>("three steps",
                              {
                                  {9, 1},
                                  {0, 1},
                                  {1, 1},
                                  {2, 1},
                                  {3, 1}
    },
                              kAlone);
    session.gives<ThreeSteps>("nobody is interrupted",
                              {
                                  {9, 1}
    },
                              {.cores = 1});
    session.gives<SharedCount<false>>("a count that is lost",
                                      {
                                          {1, 2},
                                          {2, 2}
    },
                                      kAlone);
    session.gives<SharedCount<true>>("a count with a mask",
                                     {
                                         {1, 1},
                                         {2, 3}
    },
                                     kAlone);
    session.finds<LockInHandler<kernel::TicketLock<Machine>>>("a lock in a handler", "deadlock",
                                                              kAlone);
    session.finds<LockInHandler<kernel::TestAndSetLock<Machine>>>("a lock in a handler", "deadlock",
                                                                  kAlone);
    masking_locks(session, kAlone);
    masking_locks(session, {.cores = 2, .interrupted = 0, .interrupts = 2});
    session.gives<OtherCore>("another core goes on",
                             {
                                 {0,  2},
                                 {1,  1},
                                 {11, 1}
    },
                             {.cores = 2, .interrupted = 0});
    return session.end();
}

}  // namespace concurrency
