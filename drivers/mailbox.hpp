// SPDX-License-Identifier: MIT
#pragma once

#include "drivers/deadline.hpp"
#include "drivers/property_message.hpp"
#include "drivers/register_bank.hpp"
#include "kernel/address.hpp"
#include "kernel/clock.hpp"
#include "kernel/cpu.hpp"
#include "kernel/require.hpp"
#include "kernel/result.hpp"
#include "kernel/units.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <span>

namespace drivers {

/// Clocks by the firmware's numbers.
enum class FirmwareClock : std::uint32_t { Emmc = 1, Uart = 2, Arm = 3, Core = 4 };

/// Where messages lie while the firmware reads and answers them: each in cache lines of its own,
/// so that dropping them drops nothing else.
///
/// More than one, because an answer that comes too late is written all the same. The message it
/// belongs to is not used again before that has happened.
struct alignas(64) MailboxBuffer {
    static constexpr std::size_t kSlots = 4;
    std::array<property::Message, kSlots> slots;
};
static_assert(sizeof(property::Message) == 64);

/// The mailbox between the cores and the VideoCore firmware (`brcm,bcm2835-mbox`), property
/// channel. raspberrypi/firmware wiki, "Mailboxes" and "Accessing mailboxes".
///
/// Every request waits at most twice 100 ms, and is asked once more if the first answer was late or
/// made no sense. Errors of all of them: DeviceTimeout, DeviceRefused, DeviceGarbled.
///
/// Not reentrant; one core.
template <RegisterBank Registers>
class Mailbox {
public:
    static constexpr std::uint64_t kAnswerMicroseconds = 100'000;

    /// The slots of a MailboxBuffer, which lies at `address`: below 1 GiB, as far as the firmware
    /// can reach.
    struct Memory {
        std::span<property::Message, MailboxBuffer::kSlots> slots;
        kernel::PhysAddr address{0};
    };

    Mailbox(Registers registers, Memory memory, kernel::Cpu& cpu, kernel::Clock const& clock)
        : registers_{registers}, memory_{memory}, cpu_{cpu}, clock_{clock} {
        kernel::require(kernel::is_aligned(memory.address.raw(), alignof(MailboxBuffer)) &&
                            memory.address.raw() + sizeof(MailboxBuffer) <= kernel::kGiB,
                        "the firmware can reach the mailbox buffer");
    }

    /// RAM that belongs to the cores, as far as it lies below 1 GiB.
    kernel::Result<kernel::PhysRange> arm_memory() { return memory(property::Tag::ArmMemory); }
    /// RAM that belongs to the firmware.
    kernel::Result<kernel::PhysRange> video_memory() { return memory(property::Tag::VideoMemory); }

    /// raspberrypi/documentation, "Raspberry Pi revision codes".
    kernel::Result<std::uint32_t> board_revision() {
        return number({property::Tag::BoardRevision, 0, 1});
    }
    /// When the firmware was built, in seconds since 1970.
    kernel::Result<std::uint32_t> firmware_revision() {
        return number({property::Tag::FirmwareRevision, 0, 1});
    }

    /// In Hz, as it was set; old after the firmware has throttled.
    kernel::Result<std::uint32_t> clock_rate(FirmwareClock clock) {
        return rate({property::Tag::ClockRate, 1, 2, {number_of(clock)}});
    }
    /// In Hz, as counted by the hardware. QEMU and old firmware refuse.
    kernel::Result<std::uint32_t> measured_clock_rate(FirmwareClock clock) {
        return rate({property::Tag::MeasuredClockRate, 1, 2, {number_of(clock)}});
    }
    /// Sets a clock and returns the rate that it got, in Hz. Turbo is left as it is.
    kernel::Result<std::uint32_t> set_clock_rate(FirmwareClock clock, std::uint32_t hz) {
        constexpr std::uint32_t kSkipTurbo = 1;
        return rate({
            property::Tag::SetClockRate, 3, 2, {number_of(clock), hz, kSkipTurbo}
        });
    }

    /// Of the SoC, in thousandths of a degree Celsius.
    kernel::Result<std::uint32_t> temperature() {
        constexpr std::uint32_t kSoc = 0;
        return about({property::Tag::Temperature, 1, 2, {kSoc}});
    }

private:
    // Of mailbox 0, which the cores read, and mailbox 1, which they write.
    static constexpr std::uint32_t kRead = 0x00;
    static constexpr std::uint32_t kReadStatus = 0x18;
    static constexpr std::uint32_t kWrite = 0x20;
    static constexpr std::uint32_t kWriteStatus = 0x38;
    using Empty = RegisterField<30>;  // In kReadStatus.
    using Full = RegisterField<31>;   // In kWriteStatus.
    static constexpr unsigned kMailsAtOnce = 8;

    static constexpr std::uint32_t kPropertyChannel = 8;  // In bits 3:0 of a mail.
    // The VideoCore's view of RAM past its own caches (BCM2835 ARM Peripherals, 1.2.3).
    static constexpr std::uint32_t kUncachedAlias = 0xc000'0000;

    static constexpr std::uint32_t number_of(FirmwareClock clock) {
        return static_cast<std::uint32_t>(clock);
    }

    kernel::Result<std::uint32_t> number(property::Request const& request) {
        auto const values = ask(request);
        if (!values) {
            return values.error();
        }
        return (*values)[0];
    }

    // For the tags that repeat in their answer what they were asked about.
    kernel::Result<std::uint32_t> about(property::Request const& request) {
        auto const values = ask(request);
        if (!values) {
            return values.error();
        }
        if ((*values)[0] != request.values[0]) {
            return kernel::Error::DeviceGarbled;
        }
        return (*values)[1];
    }

    kernel::Result<std::uint32_t> rate(property::Request const& request) {
        auto const hz = about(request);
        if (hz && *hz == 0) {
            return kernel::Error::DeviceRefused;  // What it says of a clock that is not there.
        }
        return hz;
    }

    kernel::Result<kernel::PhysRange> memory(property::Tag tag) {
        auto const values = ask({tag, 0, 2});
        if (!values) {
            return values.error();
        }
        kernel::PhysAddr const begin{(*values)[0]};
        kernel::PhysRange const range{begin, begin + (*values)[1]};
        if (range.empty() || range.end.raw() > kernel::kGiB) {
            return kernel::Error::DeviceGarbled;
        }
        return range;
    }

    kernel::Result<property::Values> ask(property::Request const& request) {
        auto const values = ask_once(request);
        return values ? values : ask_once(request);
    }

    kernel::Result<property::Values> ask_once(property::Request const& request) {
        Deadline deadline{clock_, kAnswerMicroseconds};
        take_answers();
        std::size_t slot = 0;
        while (is_owed(slot)) {
            if (++slot == MailboxBuffer::kSlots) {
                return kernel::Error::DeviceTimeout;
            }
        }
        auto& message = memory_.slots[slot];
        property::compose(request, message);
        cpu_.clean_and_invalidate(lines_of(message));
        if (!deadline.wait_until([this] { return can_send(); })) {
            return kernel::Error::DeviceTimeout;
        }
        owed_ |= 1U << slot;
        registers_.write(kWrite, mail_of(slot));
        bool const is_answered = deadline.wait_until([this, slot] {
            take_answers();
            return !is_owed(slot);
        });
        if (!is_answered) {
            return kernel::Error::DeviceTimeout;
        }
        cpu_.clean_and_invalidate(lines_of(message));
        return property::parse(request, message);
    }

    bool can_send() { return Full::in(registers_.read(kWriteStatus)) == 0; }
    bool is_owed(std::size_t slot) const { return (owed_ >> slot & 1U) != 0; }

    // An answer is the very mail that asked. Anything else is not ours and is dropped.
    void take_answers() {
        for (unsigned left = kMailsAtOnce; left != 0; --left) {
            if (Empty::in(registers_.read(kReadStatus)) != 0) {
                return;
            }
            std::uint32_t const mail = registers_.read(kRead);
            for (std::size_t slot = 0; slot < MailboxBuffer::kSlots; ++slot) {
                if (mail == mail_of(slot)) {
                    owed_ &= ~(1U << slot);
                }
            }
        }
    }

    std::uint32_t mail_of(std::size_t slot) const {
        auto const address = memory_.address + slot * sizeof(property::Message);
        return static_cast<std::uint32_t>(address.raw()) | kUncachedAlias | kPropertyChannel;
    }

    static kernel::VirtRange lines_of(property::Message const& message) {
        kernel::VirtAddr const begin{std::bit_cast<std::uintptr_t>(message.data())};
        return {begin, begin + sizeof message};
    }

    Registers registers_;
    Memory memory_;
    kernel::Cpu& cpu_;
    kernel::Clock const& clock_;
    unsigned owed_ = 0;  // One bit for each slot.
};

}  // namespace drivers
