// SPDX-License-Identifier: MIT
#pragma once

#include "shell/command.hpp"

#include <cstdint>

/// The parts of `selftest`. Each prints one line of what it did, or the error that it found, and
/// gives back all it took.
namespace shell {

/// Random calls on a frame allocator of its own, compared with a naive model.
Outcome try_model(Call& call);

/// Blocks of every order from both zones, and each wrong way to give them back.
Outcome try_zones(Call& call);

/// Objects of all sizes in the kernel's heap, each with a mark at both ends.
Outcome try_heap(Call& call);

/// Address ranges, and a frame that is mapped, written, read and unmapped.
Outcome try_mappings(Call& call);

/// What may only be read refuses a write, and neither address 0 nor a guard page is there.
Outcome try_rights(Call& call);

/// So many random operations on the real zones, and a line of progress after each tenth.
Outcome soak(Call& call, std::uint64_t operations, std::uint64_t seed);

}  // namespace shell
