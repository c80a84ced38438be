// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace kernel {

/// Calls the firmware above this kernel by the SMC Calling Convention (ARM DEN 0028): a function's
/// number and what it is given; what it answers, negative where it refuses.
using FirmwareCall = std::int64_t (*)(std::uint32_t function, std::uint64_t first,
                                      std::uint64_t second, std::uint64_t third);

}  // namespace kernel
