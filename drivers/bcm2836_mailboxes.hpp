// SPDX-License-Identifier: MIT
#pragma once

#include "drivers/register_bank.hpp"
#include "kernel/core_messages.hpp"
#include "kernel/cpu.hpp"
#include "kernel/interrupts.hpp"

#include <cstdint>
#include <string_view>

namespace drivers {

/// Messages between the cores of a BCM2836 or BCM2837, by the mailboxes of the local controller
/// (QA7, rev. 3.4, "Core mailboxes"): each core has four words; a bit that is set there interrupts
/// the core until it clears it. Mailbox 0 is the message, mailbox 1 the FIQ.
template <RegisterBank Local>
class Bcm2836Mailboxes final : public kernel::CoreMessages, public kernel::InterruptHandler {
public:
    Bcm2836Mailboxes(Local local, kernel::Cpu& cpu) : local_{local}, cpu_{cpu} {}

    void listen() override {
        std::uint32_t const control = kControl + 4 * cpu_.core();
        local_.write(control, local_.read(control) | kInterruptByMailbox0 | kFiqByMailbox1);
    }

    void send(unsigned core) override { set(kSet + 16 * core); }
    bool answer_with(kernel::Work& work) override {
        work_ = &work;
        return true;
    }
    void stop(unsigned core) override { set(kSet + 16 * core + 4); }
    void wait() override { cpu_.wait_for_interrupt(); }

    // What the message is about is in memory: whoever sleeps looks there, and so does the work.
    // What is sent from here on interrupts again: for the mailbox is read behind the clear, which
    // therefore has arrived, and what is looked at in memory is looked at behind that (ARM DDI
    // 0487J.a, B2.3: a write to a device alone is not waited for). Else a message that comes
    // meanwhile could be cleared, and what it is about not seen.
    void handle_interrupt() override {
        std::uint32_t const mailbox = kClear + 16 * cpu_.core();
        local_.write(mailbox, ~std::uint32_t{0});
        static_cast<void>(local_.read(mailbox));
        if (work_ != nullptr) {
            work_->run();
        }
    }
    std::string_view interrupt_name() const override { return "messages between cores"; }

private:
    /// Whoever is woken sees what it is woken for.
    void set(std::uint32_t mailbox) {
        cpu_.finish_writes();
        local_.write(mailbox, 1);
    }

    static constexpr std::uint32_t kControl = 0x50;  ///< For each core, four bytes apart.
    static constexpr std::uint32_t kInterruptByMailbox0 = 1U << 0;
    static constexpr std::uint32_t kFiqByMailbox1 = 1U << 5;
    static constexpr std::uint32_t kSet = 0x80;    ///< For each core four mailboxes,
    static constexpr std::uint32_t kClear = 0xc0;  ///< sixteen bytes.

    Local local_;
    kernel::Cpu& cpu_;
    kernel::Work* work_ = nullptr;
};

}  // namespace drivers
