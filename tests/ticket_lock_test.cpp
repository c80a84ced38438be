// SPDX-License-Identifier: MIT
#include "kernel/ticket_lock.hpp"

#include "tests/support/lock_test.hpp"

#include <string>

#include <CppUTest/TestHarness.h>

using test::OneThread;

TEST_GROUP_BASE(TicketLock, test::LockTest<kernel::TicketLock>){};

TEST(TicketLock, IsHadAtOnceWhereNobodyHasIt) { is_had_at_once(); }

TEST(TicketLock, IsHadByTheNextAsSoonAsItIsGivenBack) { is_had_by_the_next(); }

TEST(TicketLock, NamesWhoHasItWhereTheWaitIsTooLong) { names_who_has_it(); }

TEST(TicketLock, IsNotWaitedForByWhoHasIt) { is_not_waited_for_by_who_has_it(); }

TEST(TicketLock, IsTakenInOrderByOneCore) {
    for (unsigned round = 0; round < 2; ++round) {
        lock.lock();
        later.lock();
        later.unlock();
        later.lock();
        later.unlock();
        lock.unlock();
        later.lock();
        later.unlock();
    }
    CHECK_EQUAL(std::string{}, OneThread::given_up);
}

TEST(TicketLock, NamesBothWhereOneIsTakenOutOfOrder) { names_both_out_of_order(); }

TEST(TicketLock, IsRefusedBesideAnotherOfItsRank) {
    kernel::TicketLock<OneThread> twin{"the other frames", kernel::LockRank::Frames};
    later.lock();

    CHECK(test::breaks_promise([&] { twin.lock(); }));

    CHECK_EQUAL(std::string{"the other frames while the frames"}, OneThread::given_up);
}

TEST(TicketLock, KnowsWhatEachCoreHolds) {
    be(2);
    later.lock();
    be(1);
    lock.lock();

    lock.unlock();
    be(2);
    CHECK(test::breaks_promise([this] { lock.lock(); }));
    later.unlock();
    lock.lock();
}

TEST(TicketLock, IsGivenBackInTheOppositeOrder) { is_given_back_in_the_opposite_order(); }

TEST(TicketLock, IsHeldAsLongAsALockedLives) {
    { kernel::Locked const first{&lock}; }
    kernel::Locked const second{&lock};
    kernel::Locked const nobody_else{nullptr};

    be(1);
    CHECK(test::breaks_promise([this] { lock.lock(); }));
    CHECK_EQUAL(std::string{"the heap by 0"}, OneThread::given_up);
    be(0);
}

TEST(TicketLock, KeepsHandlersOutFromTheDrawOn) { keeps_handlers_out(); }

TEST(TicketLock, LeavesMaskedWhatWasMasked) { leaves_masked_what_was_masked(); }

TEST(TicketLock, LetsOneThreadAtATimeThrough) { lets_one_thread_at_a_time_through(); }
