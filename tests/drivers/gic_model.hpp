// SPDX-License-Identifier: MIT
#pragma once

#include "drivers/register_bank.hpp"

#include "tests/drivers/fake_machine.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <vector>

namespace test {

/// A GICv2 as far as its driver goes: what of the distributor is banked each core has for itself,
/// bits that are written to be set or cleared are, and what is acknowledged is what was raised.
class GicModel {
public:
    /// Whether there are groups to be chosen, or the firmware has done so already.
    enum class View : std::uint8_t { BothGroups, NonSecure };

    GicModel(FakeCpu& cpu, View view) : cpu_{cpu}, view_{view} {}

    class Distributor {
    public:
        explicit Distributor(GicModel& gic) : gic_{&gic} {}
        std::uint32_t read(std::uint32_t offset) const { return gic_->read(offset); }
        void write(std::uint32_t offset, std::uint32_t value) const { gic_->write(offset, value); }

    private:
        GicModel* gic_;
    };

    class Interface {
    public:
        explicit Interface(GicModel& gic) : gic_{&gic} {}
        std::uint32_t read(std::uint32_t offset) const { return gic_->read_interface(offset); }
        void write(std::uint32_t offset, std::uint32_t value) const {
            gic_->interface()[offset] = value;
            gic_->interface_writes.push_back({offset, value});
        }

    private:
        GicModel* gic_;
    };

    Distributor distributor() { return Distributor{*this}; }
    Interface core_interface() { return Interface{*this}; }

    /// What stands at `offset`, as the core sees it that runs now.
    std::uint32_t at(std::uint32_t offset) { return word(offset); }
    std::map<std::uint32_t, std::uint32_t>& interface() { return interfaces_[cpu_.core()]; }
    bool is_enabled(std::uint32_t number) {
        return (word(kEnabled + number / 32 * 4) >> number % 32 & 1) != 0;
    }

    struct Write {
        std::uint32_t offset;
        std::uint32_t value;

        friend bool operator==(Write, Write) = default;
    };

    std::uint32_t sources = 96;      ///< A multiple of 32.
    std::uint32_t targets_of_0 = 1;  ///< As GICD_ITARGETSR0 has them on core 0; then shifted.
    std::uint32_t secure = 0;        ///< Of INTIDs 32 to 63, those that the firmware keeps.
    std::uint32_t acknowledged = kNone;
    std::vector<Write> writes;  ///< To the distributor.
    std::vector<Write> interface_writes;

    static constexpr std::uint32_t kNone = 1023;
    static constexpr std::uint32_t kTyper = 0x004;
    static constexpr std::uint32_t kGroups = 0x080;
    static constexpr std::uint32_t kEnabled = 0x100;
    static constexpr std::uint32_t kDisabled = 0x180;
    static constexpr std::uint32_t kTargets = 0x800;
    static constexpr std::uint32_t kAcknowledge = 0x0c;

private:
    // INTIDs 0 to 31: one word of bits, eight words of bytes.
    static bool is_banked(std::uint32_t offset) {
        return offset < 0x400 ? offset >= kGroups && offset % 0x80 == 0
                              : offset < 0xc00 && offset % 0x400 < 32;
    }

    std::uint32_t& word(std::uint32_t offset) {
        return is_banked(offset) ? banked_[cpu_.core()][offset] : shared_[offset];
    }

    std::uint32_t read(std::uint32_t offset) {
        if (offset == kTyper) {
            return 0xe0 | (sources / 32 - 1);  // Above the number of sources, that of cores.
        }
        if (offset == kTargets) {
            return (targets_of_0 << cpu_.core() & 0xff) * 0x0101'0101;
        }
        return word(offset);
    }

    void write(std::uint32_t offset, std::uint32_t value) {
        writes.push_back({offset, value});
        std::uint32_t const place = offset % 0x80;
        if (offset >= kDisabled && offset < kDisabled + 0x80) {
            word(kEnabled + place) &= ~value;
        } else if (offset >= kEnabled && offset < kDisabled) {
            word(offset) |= place == 4 ? value & ~secure : value;
        } else if (offset < kGroups || offset >= kEnabled || view_ == View::BothGroups) {
            word(offset) = value;
        }
    }

    std::uint32_t read_interface(std::uint32_t offset) {
        return offset == kAcknowledge ? acknowledged : interface()[offset];
    }

    FakeCpu& cpu_;
    View view_;
    std::array<std::map<std::uint32_t, std::uint32_t>, 4> banked_;
    std::map<std::uint32_t, std::uint32_t> shared_;
    std::array<std::map<std::uint32_t, std::uint32_t>, 4> interfaces_;
};

static_assert(drivers::RegisterBank<GicModel::Distributor>);
static_assert(drivers::RegisterBank<GicModel::Interface>);

}  // namespace test
