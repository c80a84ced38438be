// SPDX-License-Identifier: MIT
#pragma once

#include "drivers/mailbox.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

namespace test {

/// Both mailboxes, and the firmware behind them as the test plays it.
class MailboxModel {
public:
    static constexpr std::uint64_t kBufferAddress = 0x0020'0040;

    class Bank {
    public:
        explicit Bank(MailboxModel& model) : model_{&model} {}
        std::uint32_t read(std::uint32_t offset) const { return model_->read(offset); }
        void write(std::uint32_t offset, std::uint32_t value) const {
            model_->write(offset, value);
        }

    private:
        MailboxModel* model_;
    };

    MailboxModel() { buffer = {}; }

    /// The message that a mail names.
    drivers::property::Message& message(std::uint32_t mail) {
        return buffer.slots.at(((mail & 0x3fff'fff0) - kBufferAddress) / 64);
    }

    /// Writes an answer into the message: each tag's values, and all the marks of success.
    void answer(std::uint32_t mail, std::vector<std::uint32_t> const& values) {
        auto& words = message(mail);
        words[1] = 0x8000'0000;
        words[4] = 0x8000'0000 | static_cast<std::uint32_t>(values.size() * 4);
        for (std::size_t i = 0; i != values.size(); ++i) {
            words[5 + i] = values[i];
        }
    }

    Bank bank() { return Bank{*this}; }

    /// Static, for CppUTest's `new` does not align a test that holds it.
    inline static drivers::MailboxBuffer buffer;
    std::deque<std::uint32_t> to_cores;
    std::vector<std::uint32_t> mails;  ///< What the cores have sent.
    bool is_full = false;
    bool is_never_empty = false;
    std::function<void(std::uint32_t mail)> firmware;  ///< Runs at each mail.

private:
    std::uint32_t read(std::uint32_t offset) {
        switch (offset) {
            case 0x00: {
                if (to_cores.empty()) {
                    return 0;
                }
                std::uint32_t const mail = to_cores.front();
                to_cores.pop_front();
                return mail;
            }
            case 0x18: return to_cores.empty() && !is_never_empty ? 1U << 30 : 0U;
            case 0x38: return is_full ? 1U << 31 : 0U;
            default: return 0;
        }
    }

    void write(std::uint32_t offset, std::uint32_t value) {
        if (offset == 0x20) {
            mails.push_back(value);
            if (firmware) {
                firmware(value);
            }
        }
    }
};

}  // namespace test
