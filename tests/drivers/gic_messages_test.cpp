// SPDX-License-Identifier: MIT
#include "drivers/gic_messages.hpp"

#include "tests/drivers/gic_model.hpp"

#include <cstddef>
#include <vector>

#include <CppUTest/TestHarness.h>

namespace {

using Model = test::GicModel;

class CountingWork final : public kernel::Work {
public:
    void run() override { ++count; }

    unsigned count = 0;
};

}  // namespace

TEST_GROUP(GicMessages) {
    test::FakeCpu cpu;
    Model model{cpu, Model::View::BothGroups};
    drivers::Gic<Model::Distributor, Model::Interface> gic{model.distributor(),
                                                           model.core_interface(), cpu};
    drivers::GicMessages<Model::Distributor, Model::Interface> messages{gic, cpu};
};

TEST(GicMessages, ListensOnTheCoreThatAsks) {
    cpu.core_number = 1;

    messages.listen();

    UNSIGNED_LONGS_EQUAL(0b11, model.at(0x100));
    UNSIGNED_LONGS_EQUAL(0xf0, model.interface()[0x04]);
}

TEST(GicMessages, SendsAndStopsByInterruptsOfTheirOwn) {
    cpu.core_number = 3;
    messages.listen();
    model.writes.clear();

    messages.send(0);
    messages.stop(3);

    CHECK(model.writes == (std::vector<Model::Write>{
                              {0xf00, 0x1'0000},
                              {0xf00, 0x8'0001}
    }));
}

TEST(GicMessages, WakesNobodyBeforeWhatWasWrittenIsSeen) {
    model.writes.clear();
    std::vector<std::size_t> finished_behind;
    cpu.when_writes_finish = [&] { finished_behind.push_back(model.writes.size()); };

    messages.send(0);
    messages.stop(0);

    CHECK(finished_behind == (std::vector<std::size_t>{0, 1}));
    UNSIGNED_LONGS_EQUAL(2, model.writes.size());
}

TEST(GicMessages, DoesTheWorkThatAnswersAMessage) {
    CountingWork work;
    messages.handle_interrupt();  // There is none yet.

    CHECK(messages.answer_with(work));
    messages.handle_interrupt();

    UNSIGNED_LONGS_EQUAL(1, work.count);
    CHECK(messages.interrupt_name() == "messages between cores");
}

TEST(GicMessages, SleepsUntilAnInterrupt) {
    messages.wait();

    CHECK_EQUAL(1U, cpu.sleeps);
}
