// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/address.hpp"
#include "kernel/memory_access.hpp"
#include "kernel/result.hpp"

#include <cstdint>

namespace arch {

// Loads and stores that survive any address, on the kernel's stack and on that of exceptions.
//
// Errors: TranslationFault; PermissionFault; AlignmentFault; ExternalAbort; AddressSizeFault.

kernel::Result<std::uint64_t> recoverable_load(kernel::VirtAddr address, kernel::Width width);
kernel::Result<void> recoverable_store(kernel::VirtAddr address, kernel::Width width,
                                       std::uint64_t value);

}  // namespace arch
