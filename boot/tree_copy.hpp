// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/address.hpp"
#include "kernel/result.hpp"

#include <cstdint>

namespace boot {

/// Copies the used part of the device tree that x0 may point to between tree_copy_begin and
/// tree_copy_end, and makes it a tree of that size. Returns its bytes. `x0` may be anything: it is
/// looked at only if it is a multiple of 8 within 1 GiB from `ram_base` on, and aborts are
/// survived.
///
/// Runs with the MMU off. Errors: TreeAbsent if x0 cannot point to a tree; TreeTooLarge;
/// ExternalAbort; what the header's faults are.
kernel::Result<std::uint64_t> copy_tree(std::uint64_t x0, kernel::PhysAddr ram_base);

}  // namespace boot
