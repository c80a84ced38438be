// SPDX-License-Identifier: MIT
#pragma once

#include "drivers/register_bank.hpp"
#include "kernel/cpu.hpp"
#include "kernel/interrupts.hpp"
#include "kernel/require.hpp"
#include "kernel/result.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <string_view>

namespace drivers {

/// How the sources of a BCM2836 or BCM2837 are numbered, here and in kernel::Board.
///
///      0..63   GPU peripherals, shared by the cores (ARMCTRL banks 1 and 2)
///     64..71   ARM peripherals, likewise (ARMCTRL bank 0, "basic")
///     72..83   each core's own: timers, mailboxes, performance monitor (local controller)
namespace bcm2836 {

inline constexpr std::uint32_t kFirstBasic = 64;
inline constexpr std::uint32_t kBasics = 8;
inline constexpr std::uint32_t kFirstLocal = kFirstBasic + kBasics;
inline constexpr std::uint32_t kLocals = 12;
inline constexpr std::uint32_t kSources = kFirstLocal + kLocals;

/// By its number in the local controller, below kLocals.
constexpr kernel::InterruptNumber local_interrupt(std::uint32_t line) {
    kernel::require(line < kLocals, "a local source is one of the controller's");
    return kernel::InterruptNumber{kFirstLocal + line};
}

}  // namespace bcm2836

/// The interrupt controllers of the BCM2836 and BCM2837: the old one that all cores share (ARMCTRL;
/// BCM2835 ARM Peripherals, 7) behind the one that each core has (QA7, rev. 3.4, "ARM quad A7
/// core"). Shared interrupts go to the core that sets this up.
template <RegisterBank Armctrl, RegisterBank Local>
class Bcm2836Interrupts final : public kernel::InterruptController {
public:
    /// Switches every source off, whatever the firmware left on. (The performance monitors' switch
    /// is left alone, for QEMU has none; dispatch() would find one that is on.)
    Bcm2836Interrupts(Armctrl armctrl, Local local, kernel::Cpu& cpu)
        : armctrl_{armctrl}, local_{local}, cpu_{cpu} {
        armctrl_.write(kFiqControl, 0);
        for (std::uint32_t const bank : kDisable) {
            armctrl_.write(bank, ~std::uint32_t{0});
        }
        local_.write(kGpuRouting, GpuIrqCore::of(cpu_.core()) | GpuFiqCore::of(cpu_.core()));
        local_.write(kTimerRouting, 0);
        local_.write(kLocalTimer, 0);
        for (std::uint32_t core = 0; core < kCores; ++core) {
            local_.write(kTimers + 4 * core, 0);
            local_.write(kMailboxes + 4 * core, 0);
        }
    }

    /// A local source is enabled on this core; other cores enable it for themselves, with the same
    /// handler. The cascade (local 8) and the sources without a switch are NoSuchInterrupt.
    kernel::Result<void> enable(kernel::InterruptNumber number,
                                kernel::InterruptHandler& handler) override {
        if (number.value >= bcm2836::kSources || !has_switch(number.value)) {
            return kernel::Error::NoSuchInterrupt;
        }
        kernel::InterruptHandler*& slot = handlers_[number.value];
        if (slot != nullptr && slot != &handler) {
            return kernel::Error::AlreadyHandled;
        }
        slot = &handler;
        set_switch(number.value, Switch::On);
        return {};
    }

    void disable(kernel::InterruptNumber number) override {
        kernel::require(number.value < bcm2836::kSources, "a source is one of the controller's");
        set_switch(number.value, Switch::Off);
        handlers_[number.value] = nullptr;
    }

    void dispatch() override {
        std::uint32_t const sources = LocalSources::in(local_.read(kSources + 4 * cpu_.core()));
        unsigned seen = serve(bcm2836::kFirstLocal, sources & ~Gpu::kMask);
        if (Gpu::in(sources) != 0) {
            // The basic register repeats some of the other two (its bits 20:8): not looked at.
            seen += serve(0, armctrl_.read(kPending1));
            seen += serve(32, armctrl_.read(kPending2));
            seen += serve(bcm2836::kFirstBasic, BasicSources::in(armctrl_.read(kPendingBasic)));
        }
        if (seen == 0) {
            ++spurious_;
        }
    }

    std::uint32_t interrupt_count() const override { return bcm2836::kSources; }

    kernel::InterruptStatistics statistics(kernel::InterruptNumber number) const override {
        kernel::require(number.value < bcm2836::kSources, "a source is one of the controller's");
        kernel::InterruptHandler const* const handler = handlers_[number.value];
        return {handler == nullptr ? std::string_view{} : handler->interrupt_name(),
                count(number.value)};
    }

    std::uint64_t spurious() const override { return spurious_; }

private:
    enum class Switch : std::uint8_t { On, Off };

    static constexpr std::uint32_t kCores = 4;

    // ARMCTRL, from 0x200 of its page. Banks: GPU 0..31, GPU 32..63, basic.
    static constexpr std::uint32_t kPendingBasic = 0x00;
    static constexpr std::uint32_t kPending1 = 0x04;
    static constexpr std::uint32_t kPending2 = 0x08;
    static constexpr std::uint32_t kFiqControl = 0x0c;
    static constexpr std::array<std::uint32_t, 3> kEnable{0x10, 0x14, 0x18};
    static constexpr std::array<std::uint32_t, 3> kDisable{0x1c, 0x20, 0x24};
    using BasicSources = RegisterField<7, 0>;

    // Local controller. The last three have a register for each core, four bytes apart.
    static constexpr std::uint32_t kGpuRouting = 0x0c;
    using GpuIrqCore = RegisterField<1, 0>;
    using GpuFiqCore = RegisterField<3, 2>;
    static constexpr std::uint32_t kMonitorOn = 0x10;
    static constexpr std::uint32_t kMonitorOff = 0x14;
    static constexpr std::uint32_t kTimerRouting = 0x24;
    static constexpr std::uint32_t kLocalTimer = 0x34;
    static constexpr std::uint32_t kTimers = 0x40;
    static constexpr std::uint32_t kMailboxes = 0x50;
    static constexpr std::uint32_t kSources = 0x60;
    using LocalSources = RegisterField<11, 0>;
    using Gpu = RegisterField<8>;
    static constexpr std::uint32_t kFirstMailbox = 4;
    static constexpr std::uint32_t kGpu = 8;
    static constexpr std::uint32_t kMonitor = 9;

    static constexpr bool has_switch(std::uint32_t number) {
        return number < bcm2836::kFirstLocal + kGpu || number == bcm2836::kFirstLocal + kMonitor;
    }

    // Enable and disable registers take a 1 for what is to change and ignore the rest.
    void set_switch(std::uint32_t number, Switch to) {
        if (number >= bcm2836::kFirstLocal) {
            return set_local_switch(number - bcm2836::kFirstLocal, to);
        }
        auto const& registers = to == Switch::On ? kEnable : kDisable;
        armctrl_.write(registers[number / 32], std::uint32_t{1} << number % 32);
    }

    void set_local_switch(std::uint32_t line, Switch to) {
        if (line == kMonitor) {
            local_.write(to == Switch::On ? kMonitorOn : kMonitorOff,
                         std::uint32_t{1} << cpu_.core());
        } else if (line < kGpu) {
            bool const is_mailbox = line >= kFirstMailbox;
            std::uint32_t const offset = (is_mailbox ? kMailboxes : kTimers) + 4 * cpu_.core();
            std::uint32_t const bit = std::uint32_t{1} << line % kFirstMailbox;
            std::uint32_t const others = local_.read(offset) & ~bit;
            local_.write(offset, to == Switch::On ? others | bit : others);
        }
    }

    // Each core counts its own sources: others may be counting theirs at the same time.
    std::uint64_t& counter(std::uint32_t number) {
        return number < bcm2836::kFirstLocal
                   ? counts_[number]
                   : local_counts_[cpu_.core()][number - bcm2836::kFirstLocal];
    }

    std::uint64_t count(std::uint32_t number) const {
        if (number < bcm2836::kFirstLocal) {
            return counts_[number];
        }
        std::uint64_t sum = 0;
        for (auto const& counts : local_counts_) {
            sum += counts[number - bcm2836::kFirstLocal];
        }
        return sum;
    }

    // Serves the sources whose bits are set, the lowest being `first`, and says how many there
    // were.
    unsigned serve(std::uint32_t first, std::uint32_t pending) {
        unsigned seen = 0;
        for (; pending != 0; pending &= pending - 1) {
            std::uint32_t const number =
                first + static_cast<std::uint32_t>(std::countr_zero(pending));
            ++seen;
            ++counter(number);
            if (kernel::InterruptHandler* const handler = handlers_[number]) {
                handler->handle_interrupt();
            } else {
                ++spurious_;
                set_switch(number, Switch::Off);
            }
        }
        return seen;
    }

    Armctrl armctrl_;
    Local local_;
    kernel::Cpu& cpu_;
    std::array<kernel::InterruptHandler*, bcm2836::kSources> handlers_{};
    std::array<std::uint64_t, bcm2836::kFirstLocal> counts_{};
    std::array<std::array<std::uint64_t, bcm2836::kLocals>, kCores> local_counts_{};
    std::uint64_t spurious_ = 0;
};

}  // namespace drivers
