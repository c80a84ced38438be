// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/address.hpp"
#include "kernel/firmware_call.hpp"
#include "kernel/power.hpp"
#include "kernel/result.hpp"

#include <cstdint>

namespace drivers {

/// Power by the firmware: the Power State Coordination Interface from version 0.2 on (ARM DEN
/// 0022D, chapter 5). Who makes a call, and how, is the FirmwareCall's matter.
class Psci final : public kernel::Power {
public:
    explicit Psci(kernel::FirmwareCall call) : call_{call} {}

    void reboot() override { (void)call_(kSystemReset, 0, 0, 0); }
    void power_off() override { (void)call_(kSystemOff, 0, 0, 0); }

    /// Has the core with these affinity fields enter at `entry`, MMU and caches off, at the highest
    /// level that the firmware leaves to kernels. It may come any time after this.
    ///
    /// Errors: CoreUnknown, CoreDenied, CoreIsOn; FirmwareFailed for any other reason.
    kernel::Result<void> start_core(std::uint64_t affinity, kernel::PhysAddr entry) {
        std::int64_t const answer = call_(kCpuOn, affinity, entry.raw(), 0);
        return answer == kSuccess ? kernel::Result<void>{} : kernel::Result<void>{error_of(answer)};
    }

    /// Switches the core off that this runs on, for good or until it is started again. Comes back
    /// only if the firmware denies it. Interrupts are masked.
    void stop_this_core() { (void)call_(kCpuOff, 0, 0, 0); }

    /// True if the core with these affinity fields is off.
    bool is_off(std::uint64_t affinity) { return call_(kAffinityInfo, affinity, 0, 0) == kOff; }

private:
    // Function identifiers (5.1): the last two with 64-bit arguments.
    static constexpr std::uint32_t kCpuOff = 0x8400'0002;
    static constexpr std::uint32_t kSystemOff = 0x8400'0008;
    static constexpr std::uint32_t kSystemReset = 0x8400'0009;
    static constexpr std::uint32_t kCpuOn = 0xc400'0003;
    static constexpr std::uint32_t kAffinityInfo = 0xc400'0004;

    // Of AFFINITY_INFO (5.1.5).
    static constexpr std::int64_t kOff = 1;

    // Answers (5.2.2).
    static constexpr std::int64_t kSuccess = 0;
    static constexpr std::int64_t kInvalidParameters = -2;
    static constexpr std::int64_t kDenied = -3;
    static constexpr std::int64_t kAlreadyOn = -4;
    static constexpr std::int64_t kOnPending = -5;
    static constexpr std::int64_t kNotPresent = -7;

    static kernel::Error error_of(std::int64_t answer) {
        switch (answer) {
            case kInvalidParameters:
            case kNotPresent: return kernel::Error::CoreUnknown;
            case kDenied: return kernel::Error::CoreDenied;
            case kAlreadyOn:
            case kOnPending: return kernel::Error::CoreIsOn;
            default: return kernel::Error::FirmwareFailed;
        }
    }

    kernel::FirmwareCall call_;
};

}  // namespace drivers
