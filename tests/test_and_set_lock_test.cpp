// SPDX-License-Identifier: MIT
#include "kernel/test_and_set_lock.hpp"

#include "tests/support/lock_test.hpp"

#include <CppUTest/TestHarness.h>

using test::OneThread;

TEST_GROUP_BASE(TestAndSetLock, test::LockTest<kernel::TestAndSetLock>){};

TEST(TestAndSetLock, IsHadAtOnceWhereNobodyHasIt) { is_had_at_once(); }

TEST(TestAndSetLock, IsHadByTheNextAsSoonAsItIsGivenBack) { is_had_by_the_next(); }

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

TEST(TestAndSetLock, NamesWhoHasItWhereTheWaitIsTooLong) { names_who_has_it(); }

TEST(TestAndSetLock, IsNotWaitedForByWhoHasIt) { is_not_waited_for_by_who_has_it(); }

TEST(TestAndSetLock, NamesBothWhereOneIsTakenOutOfOrder) { names_both_out_of_order(); }

TEST(TestAndSetLock, IsGivenBackInTheOppositeOrder) { is_given_back_in_the_opposite_order(); }

TEST(TestAndSetLock, KeepsHandlersOutFromTheAttemptOn) { keeps_handlers_out(); }

TEST(TestAndSetLock, LeavesMaskedWhatWasMasked) { leaves_masked_what_was_masked(); }

TEST(TestAndSetLock, LetsOneThreadAtATimeThrough) { lets_one_thread_at_a_time_through(); }
