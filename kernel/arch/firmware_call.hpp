// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/board.hpp"
#include "kernel/firmware_call.hpp"

#include <cstdint>
#include <optional>

namespace arch {

/// How the firmware is called that the tree says is there, on a kernel that was entered at
/// `exception_level`; none if it cannot be there: there is only one level above those that we have.
std::optional<kernel::FirmwareCall> firmware_call(kernel::PsciCall method,
                                                  std::uint64_t exception_level);

}  // namespace arch
