// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/boot_arguments.hpp"
#include "kernel/format.hpp"

namespace shell {
class Session;
}

namespace start {

/// Says what of the boot arguments cannot be done.
void report_arguments(kernel::TextOutput& out, kernel::BootArguments const& arguments);

/// Does what they ask for, as if it were typed.
void obey(kernel::BootArguments const& arguments, shell::Session& session);

}  // namespace start
