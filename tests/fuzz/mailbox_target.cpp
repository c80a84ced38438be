// SPDX-License-Identifier: MIT
//
// Whatever the firmware answers, and however late: every request ends in time, and what it returns
// is what a sound answer says.
#include "drivers/mailbox.hpp"

#include "tests/drivers/fake_machine.hpp"
#include "tests/drivers/mailbox_model.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <optional>
#include <vector>

namespace {

using drivers::FirmwareClock;
using drivers::property::Message;
using Driver = drivers::Mailbox<test::MailboxModel::Bank>;

/// A look at the clock takes so many microseconds: a time-out is a few dozen looks.
constexpr std::uint64_t kStep = 2'500;
constexpr std::uint64_t kBound = 2 * Driver::kAnswerMicroseconds + 8 * kStep;

/// The answer that a message holds if it is one to the tag that was asked, with `count` values.
std::optional<std::vector<std::uint32_t>> sound_answer(Message const& message, std::uint32_t tag,
                                                       std::uint32_t count) {
    constexpr std::uint32_t kAnswered = 0x8000'0000;
    bool const is_whole = message[0] == 36 && message[1] == kAnswered && message[2] == tag &&
                          message[3] == 12 && message[8] == 0;
    std::uint32_t const bytes = message[4] ^ kAnswered;  // Too large if the mark is missing.
    if (!is_whole || bytes > 12 || bytes % 4 != 0 || bytes / 4 < count || bytes == 0) {
        return {};
    }
    return std::vector<std::uint32_t>{message.begin() + 5, message.begin() + 5 + count};
}

/// Firmware that does what the input says.
class Firmware {
public:
    explicit Firmware(fuzz::Bytes& input) : input_{input} {
        model_.firmware = [this](std::uint32_t mail) { answer(mail); };
    }

    void run() {
        while (!input_.empty()) {
            model_.is_full = input_.below(16) == 0;
            model_.is_never_empty = input_.below(16) == 0;
            std::uint64_t const before = clock_.now();
            model_.mails.clear();
            request();
            fuzz::check(clock_.now() - before <= kBound, "a request ends in time");
            fuzz::check(model_.mails.size() <= 2, "a request asks at most twice");
        }
    }

private:
    void answer(std::uint32_t mail) {
        fuzz::check((mail & 0xc000'000f) == 0xc000'0008, "a mail goes to the property channel");
        asked_tag_ = model_.message(mail)[2];
        for (std::uint32_t const earlier : owed_) {
            fuzz::check(mail != earlier, "a message waits for its answer before it is used again");
        }
        owed_.push_back(mail);
        if (input_.below(4) != 0) {
            model_.answer(mail, {input_.word(), input_.word(), input_.word()});
        }
        for (std::uint32_t changes = input_.below(4); changes != 0; --changes) {
            model_.message(mail)[input_.below(16)] = input_.word();
        }
        for (std::uint32_t mails = input_.below(4); mails != 0; --mails) {
            std::uint32_t const kind = input_.below(4);
            send(kind == 0 ? input_.word() : kind == 1 ? mail ^ 1U << input_.below(32) : mail);
        }
        if (input_.below(8) == 0 && !owed_.empty()) {
            send(owed_.front());  // At last, or once more.
        }
    }

    void send(std::uint32_t mail) {
        model_.to_cores.push_back(mail);
        std::erase(owed_, mail);
    }

    void request() {
        switch (input_.below(8)) {
            case 0: return check_memory(mailbox_.arm_memory(), 0x1'0005);
            case 1: return check_memory(mailbox_.video_memory(), 0x1'0006);
            case 2: return check(mailbox_.board_revision(), 0x1'0002);
            case 3: return check(mailbox_.firmware_revision(), 1);
            case 4: return check(mailbox_.clock_rate(FirmwareClock::Uart), 0x3'0002, 2);
            case 5: return check(mailbox_.measured_clock_rate(FirmwareClock::Arm), 0x3'0047, 3);
            case 6:
                return check(mailbox_.set_clock_rate(FirmwareClock::Emmc, input_.word()), 0x3'8002,
                             1);
            default: return check(mailbox_.temperature(), 0x3'0006, 0);
        }
    }

    /// The message that was answered last: its mail is the last of the request's.
    Message const& last_message() { return model_.message(model_.mails.back()); }

    void check(kernel::Result<std::uint32_t> const& outcome, std::uint32_t tag,
               std::optional<std::uint32_t> about = {}) {
        if (!outcome) {
            return;
        }
        auto const values = sound_answer(last_message(), tag, about ? 2 : 1);
        fuzz::check(asked_tag_ == tag && values.has_value(), "what is believed is a sound answer");
        fuzz::check(!about || values->front() == *about, "and about what was asked");
        fuzz::check(*outcome == values->back(), "and its value is returned");
    }

    void check_memory(kernel::Result<kernel::PhysRange> const& outcome, std::uint32_t tag) {
        if (!outcome) {
            return;
        }
        auto const values = sound_answer(last_message(), tag, 2);
        fuzz::check(
            values && outcome->begin.raw() == (*values)[0] && outcome->bytes() == (*values)[1],
            "the range is what a sound answer says");
        fuzz::check(!outcome->empty() && outcome->end.raw() <= kernel::kGiB,
                    "the firmware's memory lies below 1 GiB");
    }

    fuzz::Bytes& input_;
    test::FakeClock clock_{kStep};
    test::FakeCpu cpu_;
    test::MailboxModel model_;
    Driver mailbox_{
        model_.bank(),
        {model_.buffer.slots, kernel::PhysAddr{test::MailboxModel::kBufferAddress}},
        cpu_,
        clock_
    };
    std::vector<std::uint32_t> owed_;  ///< Mails that nobody has answered.
    std::uint32_t asked_tag_ = 0;
};

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls it by this name.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    fuzz::Bytes input{
        {data, size}
    };
    Firmware{input}.run();
    return 0;
}
