// SPDX-License-Identifier: MIT
#include "drivers/property_message.hpp"

#include "drivers/register_bank.hpp"
#include "kernel/require.hpp"

#include <algorithm>

namespace drivers::property {
namespace {

// Word by word: the message, then its one tag, then the tag 0 that ends the list.
constexpr std::size_t kBytes = 0;
constexpr std::size_t kCode = 1;
constexpr std::size_t kTag = 2;
constexpr std::size_t kTagBytes = 3;
constexpr std::size_t kTagCode = 4;
constexpr std::size_t kValues = 5;
constexpr std::size_t kEnd = kValues + kMaxValues;
static_assert(kEnd < kMessageWords);

constexpr std::uint32_t kWordBytes = sizeof(std::uint32_t);
constexpr std::uint32_t kUsedBytes = (kEnd + 1) * kWordBytes;
constexpr std::uint32_t kTagRoom = kMaxValues * kWordBytes;

constexpr std::uint32_t kRequest = 0;
constexpr std::uint32_t kSuccess = 0x8000'0000;

// The tag's own code: 0 in a request; in an answer how many bytes there were to say, even if there
// was less room. Firmware that does not know a tag leaves the 0 or answers with no bytes.
using IsAnswer = RegisterField<31>;
using AnswerBytes = RegisterField<30, 0>;

}  // namespace

void compose(Request const& request, std::span<std::uint32_t, kMessageWords> message) {
    kernel::require(request.values_sent <= kMaxValues && request.values_returned <= kMaxValues,
                    "a request has room for its values");
    std::fill(message.begin(), message.end(), 0U);
    message[kBytes] = kUsedBytes;
    message[kCode] = kRequest;
    message[kTag] = static_cast<std::uint32_t>(request.tag);
    message[kTagBytes] = kTagRoom;
    for (std::size_t i = 0; i < request.values_sent; ++i) {
        message[kValues + i] = request.values[i];
    }
}

kernel::Result<Values> parse(Request const& request,
                             std::span<std::uint32_t const, kMessageWords> message) {
    if (message[kCode] == kRequest) {
        return kernel::Error::DeviceTimeout;
    }
    if (message[kCode] != kSuccess) {
        return kernel::Error::DeviceRefused;
    }
    if (message[kBytes] != kUsedBytes || message[kTag] != static_cast<std::uint32_t>(request.tag) ||
        message[kTagBytes] != kTagRoom || message[kEnd] != 0) {
        return kernel::Error::DeviceGarbled;
    }
    std::uint32_t const bytes = AnswerBytes::in(message[kTagCode]);
    if (IsAnswer::in(message[kTagCode]) == 0 || bytes == 0) {
        return kernel::Error::DeviceRefused;
    }
    if (bytes < request.values_returned * kWordBytes || bytes > kTagRoom ||
        bytes % kWordBytes != 0) {
        return kernel::Error::DeviceGarbled;
    }
    Values values{};
    std::copy_n(message.begin() + kValues, request.values_returned, values.begin());
    return values;
}

}  // namespace drivers::property
