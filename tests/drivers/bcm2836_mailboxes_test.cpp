// SPDX-License-Identifier: MIT
#include "drivers/bcm2836_mailboxes.hpp"

#include "tests/drivers/fake_machine.hpp"
#include "tests/drivers/register_log.hpp"

#include <cstddef>
#include <vector>

#include <CppUTest/TestHarness.h>

TEST_GROUP(Bcm2836Mailboxes) {
    using Bank = test::RegisterLog::Bank;
    using Writes = std::vector<test::RegisterLog::Write>;

    test::FakeCpu cpu;
    test::RegisterLog local;
    drivers::Bcm2836Mailboxes<Bank> mailboxes{local.bank(), cpu};
};

TEST(Bcm2836Mailboxes, ListensForAMessageAndAFiqOnTheCoreThatAsks) {
    cpu.core_number = 2;
    local.values[0x58] = 0b1000;

    mailboxes.listen();

    CHECK(local.writes == (Writes{
                              {0x58, 0b0010'1001}
    }));
}

TEST(Bcm2836Mailboxes, SendsToMailbox0OfTheOtherCore) {
    mailboxes.send(0);
    mailboxes.send(3);

    CHECK(local.writes == (Writes{
                              {0x80, 1},
                              {0xb0, 1}
    }));
}

TEST(Bcm2836Mailboxes, StopsByMailbox1) {
    mailboxes.stop(0);
    mailboxes.stop(2);

    CHECK(local.writes == (Writes{
                              {0x84, 1},
                              {0xa4, 1}
    }));
}

TEST(Bcm2836Mailboxes, WakesNobodyBeforeWhatWasWrittenIsSeen) {
    std::vector<std::size_t> finished_behind;
    cpu.when_writes_finish = [&] { finished_behind.push_back(local.writes.size()); };

    mailboxes.send(1);
    mailboxes.stop(2);

    CHECK(finished_behind == (std::vector<std::size_t>{0, 1}));
    UNSIGNED_LONGS_EQUAL(2, local.writes.size());
}

TEST(Bcm2836Mailboxes, ClearsTheMessagesOfItsOwnCore) {
    cpu.core_number = 1;

    mailboxes.handle_interrupt();

    CHECK(local.writes == (Writes{
                              {0xd0, 0xffff'ffff}
    }));
}

// Else a message that is sent meanwhile may be cleared, and nobody has looked what it is about.
TEST(Bcm2836Mailboxes, LooksWhatAMessageIsAboutWhenTheClearHasArrived) {
    struct Look final : kernel::Work {
        explicit Look(test::RegisterLog const& log) : local{log} {}
        void run() override { reads = local.reads; }

        test::RegisterLog const& local;
        std::vector<std::uint32_t> reads;
    };
    Look look{local};
    CHECK(mailboxes.answer_with(look));
    cpu.core_number = 3;

    mailboxes.handle_interrupt();

    UNSIGNED_LONGS_EQUAL(1, local.writes.size());
    CHECK(look.reads == std::vector<std::uint32_t>{0xf0});
}

TEST(Bcm2836Mailboxes, SleepsUntilAnInterrupt) {
    mailboxes.wait();

    CHECK_EQUAL(1U, cpu.sleeps);
    CHECK(local.writes.empty());
}
