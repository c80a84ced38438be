// SPDX-License-Identifier: MIT
#pragma once

#include "shell/access/memory_port.hpp"
#include "shell/command.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace shell {

/// How peek, poke, dump and fill begin: `[-p] [-b|-h|-w|-x] <address>`, and what follows it.
struct AccessArguments {
    AddressSpace space = AddressSpace::Virtual;
    kernel::Width width = kernel::Width::Word;
    std::string_view address_word;
    std::uint64_t address = 0;
    std::span<std::string_view const> rest;
};

/// Reads options and address, in that order. If they are wrong, prints why and returns none.
std::optional<AccessArguments> parse_access(Call& call);

/// Reads a value to write. If it is no number or has more bits than `width`, prints why.
std::optional<std::uint64_t> parse_access_value(Call& call, std::string_view word,
                                                kernel::Width width);

/// Reads how many bytes from the address on are meant: a multiple of the width, not 0, and not past
/// the end of the address space. If they are wrong, prints why.
std::optional<std::uint64_t> parse_access_bytes(Call& call, std::string_view word,
                                                AccessArguments const& arguments);

/// Prints why an access failed at `address`, and what would work.
Outcome fail_access(Call& call, AccessArguments const& arguments, std::uint64_t address,
                    kernel::Error error);

/// A value with all the hexadecimal digits of its width.
void print_value(Call& call, std::uint64_t value, kernel::Width width);

/// `0x00200000: 0x0000002a`: what peek has read and poke has written.
void print_content(Call& call, AccessArguments const& arguments, std::uint64_t value);

}  // namespace shell
