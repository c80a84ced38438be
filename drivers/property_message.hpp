// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/result.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

/// Messages of the VideoCore's property interface, as pure data: one tag in each.
/// raspberrypi/firmware wiki, "Mailbox property interface".
namespace drivers::property {

/// What can be asked. Sizes in bytes, rates in Hz, temperatures in thousandths of a degree.
enum class Tag : std::uint32_t {
    FirmwareRevision = 0x0000'0001,
    BoardRevision = 0x0001'0002,
    ArmMemory = 0x0001'0005,
    VideoMemory = 0x0001'0006,
    ClockRate = 0x0003'0002,
    Temperature = 0x0003'0006,
    MeasuredClockRate = 0x0003'0047,
    SetClockRate = 0x0003'8002,
};

inline constexpr std::size_t kMaxValues = 3;
using Values = std::array<std::uint32_t, kMaxValues>;

/// A message fits into 16 words, one cache line of every core that a Pi has.
inline constexpr std::size_t kMessageWords = 16;
using Message = std::array<std::uint32_t, kMessageWords>;

struct Request {
    Tag tag{};
    std::uint32_t values_sent = 0;      ///< How many of `values` mean something.
    std::uint32_t values_returned = 0;  ///< How many the answer has.
    Values values{};
};

/// Writes the message that asks `request`; every word of it is written.
void compose(Request const& request, std::span<std::uint32_t, kMessageWords> message);

/// The values of an answer to `request`. Nothing in the answer is trusted.
///
/// Errors: DeviceTimeout if the message has not been answered; DeviceRefused if the firmware says
/// that it failed or does not know the tag; DeviceGarbled if the message is not an answer to this
/// request or its sizes do not add up.
kernel::Result<Values> parse(Request const& request,
                             std::span<std::uint32_t const, kMessageWords> message);

}  // namespace drivers::property
