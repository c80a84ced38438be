// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/lock_machine.hpp"
#include "kernel/lock_rank.hpp"
#include "kernel/require.hpp"

#include "tests/support/broken_promise.hpp"
#include "tests/support/thread_machine.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <CppUTest/TestHarness.h>

namespace test {

/// One thread that is whichever core the test says; who waits has something else happen.
struct OneThread : kernel::HandlersStayOut {
    static inline unsigned number = 0;
    static inline std::uint64_t ticks = 0;
    static inline std::function<void()> meanwhile;
    static inline std::string given_up;
    static inline std::array<kernel::HeldLocks, 4> locks;

    static unsigned core() { return number; }
    static kernel::HeldLocks& held() { return locks[number]; }
    static std::uint64_t now() { return ++ticks; }
    static std::uint64_t deadline() { return ticks + 10; }
    static void wait_while(std::atomic<std::uint32_t> const& /*word*/, std::uint32_t /*value*/) {
        if (meanwhile) {
            meanwhile();
        }
    }
    [[noreturn]] static void give_up(char const* name, unsigned holder) {
        given_up = std::string{name} + " by " + std::to_string(holder);
        kernel::broken_promise("it is given back", "", 0);
    }
    [[noreturn]] static void refuse(kernel::RankedLock const& lock,
                                    kernel::RankedLock const& held) {
        given_up = std::string{lock.name()} + " while " + held.name();
        kernel::broken_promise("locks are taken in order", "", 0);
    }
};

/// The same with interrupts that can be masked. What a handler would do is done as soon as they no
/// longer are.
struct MaskingThread : OneThread {
    static inline std::array<bool, 4> masked;
    static inline std::function<void()> handler;

    static bool is_masked() { return masked[number]; }

    using Mask = bool;
    static bool mask() { return std::exchange(masked[number], true); }
    static void unmask(bool before) {
        masked[number] = before;
        if (!before && handler) {
            std::exchange(handler, nullptr)();
        }
    }
    static kernel::HeldLocks& held() {
        CHECK_TRUE(is_masked());
        return OneThread::held();
    }
    static void wait_while(std::atomic<std::uint32_t> const& word, std::uint32_t value) {
        CHECK_TRUE(is_masked());
        OneThread::wait_while(word, value);
    }
};

/// The base of a group of tests: what is claimed of every lock, tried on two of them.
template <template <typename> class Lock>
class LockTest : public Utest {
public:
    void setup() override {
        OneThread::number = 0;
        OneThread::ticks = 0;
        OneThread::meanwhile = nullptr;
        OneThread::locks = {};
        MaskingThread::masked = {};
        MaskingThread::handler = nullptr;
    }
    void teardown() override {
        OneThread::given_up.clear();
        OneThread::given_up.shrink_to_fit();
    }

protected:
    static void be(unsigned core) { OneThread::number = core; }

    void is_had_at_once() {
        OneThread::meanwhile = [] { FAIL("nobody waits"); };

        for (unsigned core = 0; core < 4; ++core) {
            be(core);
            lock.lock();
            lock.unlock();
        }
    }

    void is_had_by_the_next() {
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

    void names_who_has_it() {
        be(2);
        lock.lock();
        be(1);

        CHECK(breaks_promise([this] { lock.lock(); }));

        CHECK_EQUAL(std::string{"the heap by 2"}, OneThread::given_up);
    }

    void is_not_waited_for_by_who_has_it() {
        be(3);
        lock.lock();
        OneThread::meanwhile = [] { FAIL("it says so at once"); };

        CHECK(breaks_promise([this] { lock.lock(); }));

        CHECK_EQUAL(std::string{"the heap while the heap"}, OneThread::given_up);
    }

    void names_both_out_of_order() {
        later.lock();

        CHECK(breaks_promise([this] { lock.lock(); }));

        CHECK_EQUAL(std::string{"the heap while the frames"}, OneThread::given_up);
        later.unlock();
        lock.lock();  // Nobody has it: it was refused before it was had.
    }

    void is_given_back_in_the_opposite_order() {
        lock.lock();
        later.lock();

        CHECK(breaks_promise([this] { lock.unlock(); }));
    }

    void keeps_handlers_out() {
        be(2);
        shared.lock();
        unsigned handled = 0;
        OneThread::meanwhile = [&] {
            be(2);
            shared.unlock();
            be(1);
            MaskingThread::handler = [&] {
                OneThread::meanwhile = [] { FAIL("it has been given back"); };
                shared.lock();
                shared.unlock();
                ++handled;
            };
        };

        be(1);
        shared.lock();
        CHECK_TRUE(MaskingThread::is_masked());
        UNSIGNED_LONGS_EQUAL(0, handled);
        shared.unlock();

        UNSIGNED_LONGS_EQUAL(1, handled);
        CHECK_FALSE(MaskingThread::is_masked());
    }

    void leaves_masked_what_was_masked() {
        MaskingThread::masked[0] = true;
        shared.lock();
        shared.unlock();
        CHECK_TRUE(MaskingThread::is_masked());

        MaskingThread::masked[0] = false;
        outer.lock();
        shared.lock();
        shared.unlock();
        CHECK_TRUE(MaskingThread::is_masked());
        outer.unlock();
        CHECK_FALSE(MaskingThread::is_masked());
    }

    void lets_one_thread_at_a_time_through() {
        constexpr unsigned kThreads = 4;
        constexpr unsigned kRounds = 2000;
        Lock<ThreadMachine> of_all{"the sum", kernel::LockRank::Frames};
        std::array<std::uint64_t, 2> sums{};  // Plain: without the lock they would differ.

        std::vector<std::thread> threads;
        for (unsigned number = 0; number < kThreads; ++number) {
            threads.emplace_back([&, number] {
                ThreadMachine::number = number;
                for (unsigned round = 0; round < kRounds; ++round) {
                    kernel::Locked const locked{&of_all};
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

    Lock<OneThread> lock{"the heap", kernel::LockRank::Heap};
    Lock<OneThread> later{"the frames", kernel::LockRank::Frames};
    Lock<MaskingThread> outer{"the watch", kernel::LockRank::Watch};
    Lock<MaskingThread> shared{"what handlers take", kernel::LockRank::Frames};
};

}  // namespace test
