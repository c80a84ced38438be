// SPDX-License-Identifier: MIT
#include "kernel/test_and_set_lock.hpp"

#include "tests/support/broken_promise.hpp"
#include "tests/support/lock_machines.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include <CppUTest/TestHarness.h>

namespace {

using test::OneThread;
using test::Threads;

}  // namespace

TEST_GROUP(TestAndSetLock) {
    kernel::TestAndSetLock<OneThread> lock{"the heap", kernel::LockRank::Heap};
    kernel::TestAndSetLock<OneThread> later{"the frames", kernel::LockRank::Frames};

    void setup() override {
        OneThread::number = 0;
        OneThread::ticks = 0;
        OneThread::meanwhile = nullptr;
        OneThread::locks = {};
    }
    void teardown() override {
        OneThread::given_up.clear();
        OneThread::given_up.shrink_to_fit();
    }
    static void be(unsigned core) { OneThread::number = core; }
};

TEST(TestAndSetLock, IsHadAtOnceWhereNobodyHasIt) {
    OneThread::meanwhile = [] { FAIL("nobody waits"); };

    for (unsigned core = 0; core < 4; ++core) {
        be(core);
        lock.lock();
        lock.unlock();
    }
}

TEST(TestAndSetLock, IsHadByTheNextAsSoonAsItIsGivenBack) {
    lock.lock();
    unsigned waits = 0;
    OneThread::meanwhile = [&] {
        if (++waits == 3) {
            be(0);
            lock.unlock();
            be(1);
        }
    };

    be(1);
    lock.lock();

    UNSIGNED_LONGS_EQUAL(3, waits);
    lock.unlock();
}

TEST(TestAndSetLock, IsWaitedForAgainWhereSomebodyElseWasFirst) {
    lock.lock();
    unsigned waits = 0;
    OneThread::meanwhile = [&] {
        be(waits++ == 0 ? 0 : 2);
        lock.unlock();
        if (waits == 1) {
            be(2);
            lock.lock();
        }
        be(1);
    };

    be(1);
    lock.lock();

    UNSIGNED_LONGS_EQUAL(2, waits);
    lock.unlock();
}

TEST(TestAndSetLock, NamesWhoHasItWhereTheWaitIsTooLong) {
    be(2);
    lock.lock();
    be(1);

    CHECK(test::breaks_promise([this] { lock.lock(); }));

    CHECK_EQUAL(std::string{"the heap by 2"}, OneThread::given_up);
}

TEST(TestAndSetLock, IsNotWaitedForByWhoHasIt) {
    be(3);
    lock.lock();
    OneThread::meanwhile = [] { FAIL("it says so at once"); };

    CHECK(test::breaks_promise([this] { lock.lock(); }));

    CHECK_EQUAL(std::string{"the heap while the heap"}, OneThread::given_up);
}

TEST(TestAndSetLock, NamesBothWhereOneIsTakenOutOfOrder) {
    later.lock();

    CHECK(test::breaks_promise([this] { lock.lock(); }));

    CHECK_EQUAL(std::string{"the heap while the frames"}, OneThread::given_up);
    later.unlock();
    lock.lock();  // Nobody has it: it was refused before it was had.
}

TEST(TestAndSetLock, IsGivenBackInTheOppositeOrder) {
    lock.lock();
    later.lock();

    CHECK(test::breaks_promise([this] { lock.unlock(); }));
}

TEST(TestAndSetLock, LetsOneThreadAtATimeThrough) {
    constexpr unsigned kThreads = 4;
    constexpr unsigned kRounds = 2000;
    kernel::TestAndSetLock<Threads> shared{"the sum", kernel::LockRank::Frames};
    std::array<std::uint64_t, 2> sums{};  // Plain: without the lock they would differ.

    std::vector<std::thread> threads;
    for (unsigned number = 0; number < kThreads; ++number) {
        threads.emplace_back([&, number] {
            Threads::number = number;
            for (unsigned round = 0; round < kRounds; ++round) {
                kernel::Locked const locked{&shared};
                std::uint64_t const next = sums[0] + 1;
                sums[0] = next;
                sums[1] += sums[0] == next ? 1U : 0U;
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }

    UNSIGNED_LONGS_EQUAL(kThreads * kRounds, sums[0]);
    UNSIGNED_LONGS_EQUAL(kThreads * kRounds, sums[1]);
}
