// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/format.hpp"
#include "kernel/mm/frame.hpp"
#include "kernel/mm/frame_watch.hpp"

#include <cstdint>
#include <optional>

namespace mm {

/// What every word of a poisoned frame holds. As a pointer it faults: no address space reaches it.
inline constexpr std::uint64_t kPoison = 0xa5a5'a5a5'a5a5'a5a5;

/// How the memory of a poisoned frame differs from its poison.
struct Damage {
    std::uint64_t first = 0;  ///< Bytes from the start of the frame to the first that differs,
    std::uint64_t last = 0;   ///< and to the last.
    std::uint64_t bytes = 0;  ///< That differ.
    std::uint64_t bits = 0;   ///< That differ in all of them.
    unsigned bit = 0;         ///< The highest that differs in the last: the one, if it is one.
};

/// None if all of the frame's words are poison.
std::optional<Damage> find_damage(std::uint64_t const volatile* words);

/// `bit 3 of 0x08000123 flipped` or `12 bytes written in 0x08000100..0x0800011f`.
void print_damage(kernel::TextOutput& out, FrameNumber frame, Damage const& damage);

}  // namespace mm
