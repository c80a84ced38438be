// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/address.hpp"
#include "kernel/error.hpp"
#include "kernel/fixed_list.hpp"

#include <optional>
#include <string_view>

namespace kernel {

/// What `/chosen/bootargs` asks of this kernel, words between blanks:
///
///     poison                      turn poison on before the first command
///     memtest[=<zone>|=<range>]   test the free RAM, or that of a zone or range, then too
///     badram=<range>[,<range>]... never hand out these frames; an address alone means its frame
///
/// Loaders put many words of their own there: what is not one of these is passed over.
struct BootArguments {
    /// What was asked for with one of the names above, and cannot be done.
    struct Refusal {
        std::string_view name;
        std::string_view value;
        Error why;  ///< NotARange, NumberTooLarge, or TableFull.
    };

    bool poison = false;
    std::optional<std::string_view> memtest;  ///< What to test; empty if that is everything.
    FixedList<PhysRange, 32> bad_ram;
    FixedList<Refusal, 4> refused;  ///< The first few.
};

/// Reads all of `text`, which outlives what is read.
BootArguments read_boot_arguments(std::string_view text);

}  // namespace kernel
