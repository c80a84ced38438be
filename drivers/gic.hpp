// SPDX-License-Identifier: MIT
#pragma once

#include "drivers/register_bank.hpp"
#include "kernel/cores.hpp"
#include "kernel/cpu.hpp"
#include "kernel/fixed_list.hpp"
#include "kernel/interrupts.hpp"
#include "kernel/require.hpp"
#include "kernel/result.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace drivers {

/// How the sources of a GIC are numbered (INTID), here and in kernel::Board.
///
///       0..15    sent by cores to each other (SGI)
///      16..31    each core's own: timers, performance monitor (PPI)
///      32..1019  devices, shared by the cores (SPI)
namespace gic {

inline constexpr std::uint32_t kFirstShared = 32;

/// What this kernel's cores send each other.
inline constexpr kernel::InterruptNumber kMessage{0};
inline constexpr kernel::InterruptNumber kStop{1};

/// The timer of EL1 (CNTPNSIRQ): ARM DEN 0094 (BSA), 3.7, as on the BCM2711, the BCM2712 and QEMU's
/// `virt`.
inline constexpr kernel::InterruptNumber kTimer{30};

}  // namespace gic

/// The Generic Interrupt Controller, version 2 (ARM IHI 0048B): the distributor, which all cores
/// share but for what is said of INTIDs 0 to 31, and of each core its interface, all at one
/// address. Shared interrupts go to the core that sets this up.
///
/// With the Security Extensions and seen from the non-secure side, as on a Pi 4 or 5, the firmware
/// has put all sources into group 1, and group 1 is all there is: one enable bit each, and IRQs
/// only. A GIC without them (QEMU's `virt`) has both groups: there group 0 is a FIQ, and kStop
/// alone is in it.
template <RegisterBank Distributor, RegisterBank Interface>
class Gic final : public kernel::InterruptController {
public:
    /// So many sources may be served: the line, and each core's messages and timer; and some more.
    static constexpr std::size_t kMostServed = 8;

    /// Switches every source off, whatever the firmware left on, and takes part with this core.
    Gic(Distributor distributor, Interface interface, kernel::Cpu& cpu)
        : distributor_{distributor},
          interface_{interface},
          cpu_{cpu},
          count_{std::min(end_of_sources(), kFirstSpecial)} {
        distributor_.write(kCTLR, 0);
        Sources const shared{gic::kFirstShared, end_of_sources()};
        switch_off(shared);
        bool const has_groups = take_part();
        fill(kITARGETSR, shared, of_four(targets_[cpu_.core()]));
        fill(kICFGR, shared, kLevel);
        distributor_.write(kCTLR, has_groups ? kGroup0 | kGroup1 : kNonSecure);
    }

    /// Each further core does this once, before it takes interrupts. A core that does so again
    /// changes nothing.
    void join() {
        if (!takes_part_[cpu_.core()]) {
            (void)take_part();
        }
    }

    /// Interrupts `core` by one of the numbers below 16, if it takes part.
    void send(unsigned core, kernel::InterruptNumber number) {
        distributor_.write(kSGIR, TargetList::of(targets_[core]) | number.value);
    }

    /// A source of each core's own is enabled on this core; other cores enable it for themselves,
    /// with the same handler. One that the firmware keeps to itself is NoSuchInterrupt.
    kernel::Result<void> enable(kernel::InterruptNumber number,
                                kernel::InterruptHandler& handler) override {
        if (number.value >= count_) {
            return kernel::Error::NoSuchInterrupt;
        }
        std::size_t const place = find(number.value);
        if (place == served_.size() && !served_.push_back({number.value, nullptr, {}})) {
            return kernel::Error::TableFull;
        }
        kernel::InterruptHandler* const before = served_[place].handler;
        if (before != nullptr && before != &handler) {
            return kernel::Error::AlreadyHandled;
        }
        served_[place].handler = &handler;
        std::uint32_t const offset = place_of(kISENABLER, number.value);
        distributor_.write(offset, bit_of(number.value));
        // What is not in our group ignores the write (IHI 0048B, 4.3.5).
        if ((distributor_.read(offset) & bit_of(number.value)) == 0) {
            served_[place].handler = before;
            return kernel::Error::NoSuchInterrupt;
        }
        return {};
    }

    void disable(kernel::InterruptNumber number) override {
        kernel::require(number.value < count_, "a source is one of the controller's");
        switch_off(number.value);
        std::size_t const place = find(number.value);
        if (place != served_.size()) {
            served_[place].handler = nullptr;
        }
    }

    /// Serves the source that comes first. If there are more, they interrupt again.
    void dispatch() override {
        std::uint32_t const acknowledged = interface_.read(kIAR);
        std::uint32_t const number = InterruptId::in(acknowledged);
        if (number >= kFirstSpecial) {
            ++spurious_;  // It is gone by now, or another core has it.
            return;
        }
        serve(number);
        interface_.write(kEOIR, acknowledged);
    }

    std::uint32_t interrupt_count() const override { return count_; }

    kernel::InterruptStatistics statistics(kernel::InterruptNumber number) const override {
        kernel::require(number.value < count_, "a source is one of the controller's");
        std::size_t const place = find(number.value);
        if (place == served_.size()) {
            return {};
        }
        Served const& source = served_[place];
        std::uint64_t sum = 0;
        for (std::uint64_t const count : source.counts) {
            sum += count;
        }
        return {source.handler == nullptr ? std::string_view{} : source.handler->interrupt_name(),
                sum};
    }

    std::uint64_t spurious() const override { return spurious_; }

private:
    struct Served {
        std::uint32_t number;
        kernel::InterruptHandler* handler;
        std::array<std::uint64_t, kernel::kMostCores> counts;  ///< Each core counts its own.
    };

    /// Registers that have `bits` for each source, from INTID 0 on.
    struct Array {
        std::uint32_t offset;
        std::uint32_t bits;
    };

    struct Sources {
        std::uint32_t begin;
        std::uint32_t end;
    };
    static constexpr Sources kPrivate{0, gic::kFirstShared};

    // Distributor (IHI 0048B, table 4-1).
    static constexpr std::uint32_t kCTLR = 0x000;
    static constexpr std::uint32_t kTYPER = 0x004;
    static constexpr Array kIGROUPR{0x080, 1};
    static constexpr Array kISENABLER{0x100, 1};
    static constexpr Array kICENABLER{0x180, 1};
    static constexpr Array kICPENDR{0x280, 1};
    static constexpr Array kICACTIVER{0x380, 1};
    static constexpr Array kIPRIORITYR{0x400, 8};
    static constexpr Array kITARGETSR{0x800, 8};
    static constexpr Array kICFGR{0xc00, 2};
    static constexpr std::uint32_t kSGIR = 0xf00;

    using ITLinesNumber = RegisterField<4, 0>;  // GICD_TYPER: in 32s, less one.
    using TargetList = RegisterField<23, 16>;   // GICD_SGIR.
    static constexpr std::uint32_t kAll = ~std::uint32_t{0};
    static constexpr std::uint32_t kLevel = 0;

    // Interface of a core (table 4-2).
    static constexpr std::uint32_t kInterfaceCTLR = 0x00;
    static constexpr std::uint32_t kPMR = 0x04;
    static constexpr std::uint32_t kIAR = 0x0c;
    static constexpr std::uint32_t kEOIR = 0x10;

    using InterruptId = RegisterField<9, 0>;  // GICC_IAR; above it the core that sent it.
    static constexpr std::uint32_t kFirstSpecial = 1020;

    // GICD_CTLR and GICC_CTLR. Non-secure, bit 0 is group 1's.
    static constexpr std::uint32_t kNonSecure = 1U << 0;
    static constexpr std::uint32_t kGroup0 = 1U << 0;
    static constexpr std::uint32_t kGroup1 = 1U << 1;
    // GICC_CTLR where there are both groups: GICC_IAR tells of group 1 too; group 0 is a FIQ.
    static constexpr std::uint32_t kAckCtl = 1U << 2;
    static constexpr std::uint32_t kFIQEn = 1U << 3;

    // Lower is more urgent. The mask lets through what is below it.
    static constexpr std::uint32_t kPriority = 0xa0;
    static constexpr std::uint32_t kMask = 0xf0;

    static constexpr std::uint32_t of_four(std::uint32_t byte) { return byte * 0x0101'0101; }

    static constexpr std::uint32_t bit_of(std::uint32_t number) {
        return std::uint32_t{1} << number % 32;
    }

    static constexpr std::uint32_t place_of(Array array, std::uint32_t number) {
        return array.offset + number * array.bits / 32 * 4;
    }

    std::uint32_t end_of_sources() const {
        return 32 * (ITLinesNumber::in(distributor_.read(kTYPER)) + 1);
    }

    void fill(Array array, Sources sources, std::uint32_t value) {
        for (std::uint32_t at = place_of(array, sources.begin); at < place_of(array, sources.end);
             at += 4) {
            distributor_.write(at, value);
        }
    }

    void switch_off(Sources sources) {
        fill(kICENABLER, sources, kAll);
        fill(kICPENDR, sources, kAll);
        fill(kICACTIVER, sources, kAll);
        fill(kIGROUPR, sources, kAll);
        fill(kIPRIORITYR, sources, of_four(kPriority));
    }

    void switch_off(std::uint32_t number) {
        distributor_.write(place_of(kICENABLER, number), bit_of(number));
    }

    // This core's part of the distributor, and its interface. True if there are two groups.
    bool take_part() {
        unsigned const core = cpu_.core();
        switch_off(kPrivate);
        distributor_.write(kIGROUPR.offset, ~bit_of(gic::kStop.value));
        bool const has_groups = distributor_.read(kIGROUPR.offset) != 0;
        distributor_.write(kISENABLER.offset,
                           bit_of(gic::kMessage.value) | bit_of(gic::kStop.value));
        // Of INTID 0 it says where this core is; a GIC for a single core says 0.
        targets_[core] = static_cast<std::uint8_t>(distributor_.read(kITARGETSR.offset));
        interface_.write(kPMR, kMask);
        interface_.write(kInterfaceCTLR,
                         has_groups ? kGroup0 | kGroup1 | kAckCtl | kFIQEn : kNonSecure);
        takes_part_[core] = true;
        return has_groups;
    }

    // The end of the table where it is not in it.
    std::size_t find(std::uint32_t number) const {
        std::size_t place = 0;
        while (place < served_.size() && served_[place].number != number) {
            ++place;
        }
        return place;
    }

    void serve(std::uint32_t number) {
        std::size_t const place = find(number);
        if (place == served_.size() || served_[place].handler == nullptr) {
            ++spurious_;
            switch_off(number);
            return;
        }
        ++served_[place].counts[cpu_.core()];
        served_[place].handler->handle_interrupt();
    }

    Distributor distributor_;
    Interface interface_;
    kernel::Cpu& cpu_;
    std::uint32_t count_;
    std::array<std::uint8_t, kernel::kMostCores> targets_{};
    std::array<bool, kernel::kMostCores> takes_part_{};
    kernel::FixedList<Served, kMostServed> served_;
    std::uint64_t spurious_ = 0;
};

}  // namespace drivers
