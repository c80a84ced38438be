// SPDX-License-Identifier: MIT
#include "drivers/mailbox.hpp"

#include "tests/drivers/fake_machine.hpp"
#include "tests/drivers/mailbox_model.hpp"
#include "tests/support/broken_promise.hpp"

#include <utility>
#include <vector>

#include <CppUTest/TestHarness.h>

using drivers::FirmwareClock;
using kernel::Error;

TEST_GROUP(Mailbox) {
    using Words = std::vector<std::uint32_t>;
    using Driver = drivers::Mailbox<test::MailboxModel::Bank>;

    test::FakeClock clock;
    test::FakeCpu cpu;
    test::MailboxModel model;
    Driver mailbox = at(test::MailboxModel::kBufferAddress);

    Driver at(std::uint64_t address) {
        return {
            model.bank(), {model.buffer.slots, kernel::PhysAddr{address}},
             cpu, clock
        };
    }

    // Firmware that answers each mail with the same values.
    void answer_with(Words values) {
        model.firmware = [this, values = std::move(values)](std::uint32_t mail) {
            model.answer(mail, values);
            model.to_cores.push_back(mail);
        };
    }

    // Firmware that answers, and then spoils one word of the message.
    void answer_with_word(std::size_t word, std::uint32_t value) {
        model.firmware = [=, this](std::uint32_t mail) {
            model.answer(mail, {2, 48'000'000});
            model.message(mail)[word] = value;
            model.to_cores.push_back(mail);
        };
    }

    void check_bounded() {
        CHECK(clock.now() <= 201'000);
        CHECK(model.mails.size() <= 2);
    }

    Error clock_rate_error() {
        auto const rate = mailbox.clock_rate(FirmwareClock::Uart);
        CHECK_FALSE(static_cast<bool>(rate));
        return rate.error();
    }
};

TEST(Mailbox, AsksForEachPropertyByItsTag) {
    answer_with({2, 1'000'000});
    CHECK_EQUAL(1'000'000, *mailbox.clock_rate(FirmwareClock::Uart));
    CHECK_EQUAL(0x30002, model.buffer.slots[0][2]);
    CHECK_EQUAL(1'000'000, *mailbox.measured_clock_rate(FirmwareClock::Uart));
    CHECK_EQUAL(0x30047, model.buffer.slots[0][2]);

    answer_with({0, 25'000});
    CHECK_EQUAL(25'000, *mailbox.temperature());
    CHECK_EQUAL(0x30006, model.buffer.slots[0][2]);

    answer_with({0xa02082});
    CHECK_EQUAL(0xa02082, *mailbox.board_revision());
    CHECK_EQUAL(0x10002, model.buffer.slots[0][2]);
    CHECK_EQUAL(0xa02082, *mailbox.firmware_revision());
    CHECK_EQUAL(1, model.buffer.slots[0][2]);
}

TEST(Mailbox, SetsAClockWithoutTurbo) {
    drivers::property::Message seen{};
    model.firmware = [&](std::uint32_t mail) {
        seen = model.message(mail);
        model.answer(mail, {2, 47'999'999});
        model.to_cores.push_back(mail);
    };

    CHECK_EQUAL(47'999'999, *mailbox.set_clock_rate(FirmwareClock::Uart, 48'000'000));

    CHECK_EQUAL(0x38002, seen[2]);
    CHECK_EQUAL(2, seen[5]);
    CHECK_EQUAL(48'000'000, seen[6]);
    CHECK_EQUAL(1, seen[7]);
}

TEST(Mailbox, GivesMemoryAsRanges) {
    answer_with({0, 0x3c00'0000});
    CHECK(*mailbox.arm_memory() ==
          (kernel::PhysRange{kernel::PhysAddr{0}, kernel::PhysAddr{0x3c00'0000}}));
    CHECK_EQUAL(0x10005, model.buffer.slots[0][2]);

    answer_with({0x3c00'0000, 0x0400'0000});
    CHECK(*mailbox.video_memory() ==
          (kernel::PhysRange{kernel::PhysAddr{0x3c00'0000}, kernel::PhysAddr{0x4000'0000}}));
    CHECK_EQUAL(0x10006, model.buffer.slots[0][2]);
}

TEST(Mailbox, BelievesInNoEmptyOrDistantMemory) {
    for (Words const& values : {
             Words{0,           0          },
             Words{0,           0x4000'0001},
             Words{0xffff'ffff, 0xffff'ffff},
             Words{0x4000'0000, 0x1000     }
    }) {
        answer_with(values);
        CHECK(mailbox.arm_memory().error() == Error::DeviceGarbled);
    }
}

TEST(Mailbox, SendsTheUncachedAddressOnThePropertyChannel) {
    answer_with({2, 1});

    CHECK(static_cast<bool>(mailbox.clock_rate(FirmwareClock::Uart)));

    CHECK(model.mails == Words{0xc020'0048});
}

TEST(Mailbox, CleansTheMessageBeforeItIsReadAndAfterItIsWritten) {
    std::size_t before = 0;
    model.firmware = [&](std::uint32_t mail) {
        before = cpu.cleaned.size();
        model.answer(mail, {2, 1});
        model.to_cores.push_back(mail);
    };

    CHECK(static_cast<bool>(mailbox.clock_rate(FirmwareClock::Uart)));

    CHECK_EQUAL(1, before);
    CHECK_EQUAL(2, cpu.cleaned.size());
    CHECK_EQUAL(64, cpu.cleaned[0].bytes());
    CHECK(cpu.cleaned[0] == cpu.cleaned[1]);
    CHECK_EQUAL(reinterpret_cast<std::uintptr_t>(model.buffer.slots.data()),
                cpu.cleaned[0].begin.raw());
}

TEST(Mailbox, WantsItsBufferWhereTheFirmwareReachesIt) {
    CHECK(test::breaks_promise([&] { at(0x20'0008); }));
    CHECK(test::breaks_promise([&] { at(0x4000'0000); }));
    CHECK(test::breaks_promise([&] { at(0x3fff'ff40); }));
    at(0x3fff'ff00);
}

TEST(Mailbox, GivesUpWithoutAnAnswerAfterAskingTwice) {
    CHECK(clock_rate_error() == Error::DeviceTimeout);

    CHECK_EQUAL(2, model.mails.size());
    check_bounded();
}

TEST(Mailbox, GivesUpWithoutAnAnswerUnderAClockThatStandsStill) {
    clock.stop();

    CHECK(clock_rate_error() == Error::DeviceTimeout);
}

TEST(Mailbox, SendsNothingIntoAMailboxThatStaysFull) {
    model.is_full = true;

    CHECK(clock_rate_error() == Error::DeviceTimeout);

    CHECK(model.mails.empty());
    check_bounded();

    model.is_full = false;
    answer_with({2, 5});
    CHECK_EQUAL(5, *mailbox.clock_rate(FirmwareClock::Uart));
}

TEST(Mailbox, GivesUpOnAMailboxThatIsNeverEmpty) {
    model.is_never_empty = true;

    CHECK(clock_rate_error() == Error::DeviceTimeout);

    check_bounded();
}

TEST(Mailbox, DropsMailsThatAreNotTheAnswer) {
    model.firmware = [this](std::uint32_t mail) {
        model.to_cores.push_back((mail & ~0xfU) | 1);  // Another channel.
        model.to_cores.push_back(mail + 4);            // Not aligned.
        model.to_cores.push_back(0);
        model.to_cores.push_back(mail & 0x3fff'ffff);  // Another alias.
        model.answer(mail, {2, 7});
        model.to_cores.push_back(mail);
    };

    CHECK_EQUAL(7, *mailbox.clock_rate(FirmwareClock::Uart));
    CHECK_EQUAL(1, model.mails.size());
}

TEST(Mailbox, WaitsInVainForTheVeryMail) {
    // Another channel, an address that is not aligned, another alias.
    for (std::uint32_t const wrong : {0x1U, 0x4U, 0xc000'0000U}) {
        auto const before = clock.now();
        model.mails.clear();
        model.firmware = [this, wrong](std::uint32_t mail) {
            model.answer(mail, {2, 7});
            model.to_cores.push_back(mail ^ wrong);
        };

        CHECK(clock_rate_error() == Error::DeviceTimeout);

        CHECK_EQUAL(2, model.mails.size());
        CHECK(clock.now() - before <= 201'000);
        model.to_cores.assign(model.mails.begin(), model.mails.end());  // At last.
    }
}

TEST(Mailbox, AsksOnceMoreAfterAnErrorCode) {
    model.firmware = [this](std::uint32_t mail) {
        model.answer(mail, {2, 7});
        if (model.mails.size() == 1) {
            model.message(mail)[1] = 0x8000'0001;
        }
        model.to_cores.push_back(mail);
    };

    CHECK_EQUAL(7, *mailbox.clock_rate(FirmwareClock::Uart));
    CHECK_EQUAL(2, model.mails.size());
}

TEST(Mailbox, ReportsWhatIsWrongWithAnAnswer) {
    answer_with_word(1, 0x8000'0001);
    CHECK(clock_rate_error() == Error::DeviceRefused);
    answer_with_word(4, 0x8000'0000);
    CHECK(clock_rate_error() == Error::DeviceRefused);
    answer_with_word(4, 0x8000'0007);
    CHECK(clock_rate_error() == Error::DeviceGarbled);
    answer_with_word(4, 0xffff'fffc);
    CHECK(clock_rate_error() == Error::DeviceGarbled);
    answer_with_word(0, 0);
    CHECK(clock_rate_error() == Error::DeviceGarbled);
    answer_with_word(5, 3);  // Another clock's rate.
    CHECK(clock_rate_error() == Error::DeviceGarbled);
    answer_with_word(6, 0);  // No such clock.
    CHECK(clock_rate_error() == Error::DeviceRefused);
}

TEST(Mailbox, DoesNotTakeALateAnswerForAnother) {
    model.firmware = {};
    CHECK(clock_rate_error() == Error::DeviceTimeout);
    CHECK_EQUAL(2, model.mails.size());
    // Both late answers come together with the third question's.
    auto const late = model.mails;
    model.firmware = [&](std::uint32_t mail) {
        for (std::uint32_t const old : late) {
            CHECK(old != mail);
            model.answer(old, {2, 111});
            model.to_cores.push_back(old);
        }
        model.answer(mail, {0xa02082});
        model.to_cores.push_back(mail);
    };

    CHECK_EQUAL(0xa02082, *mailbox.board_revision());
}

TEST(Mailbox, UsesAMessageAgainOnlyWhenItsAnswerHasCome) {
    CHECK(clock_rate_error() == Error::DeviceTimeout);
    CHECK(clock_rate_error() == Error::DeviceTimeout);
    CHECK_EQUAL(4, model.mails.size());
    auto const before = clock.now();

    CHECK(clock_rate_error() == Error::DeviceTimeout);

    CHECK_EQUAL(4, model.mails.size());  // Nothing is sent any more, and nothing waited for.
    CHECK(clock.now() - before < 100);

    model.to_cores.push_back(model.mails[1]);
    answer_with({2, 9});
    CHECK_EQUAL(9, *mailbox.clock_rate(FirmwareClock::Uart));
    CHECK_EQUAL(model.mails[1], model.mails.back());
}
