// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace shell {

/// How many frames of a stretch are in which state.
struct FrameTally {
    std::uint64_t free = 0;
    std::uint64_t used = 0;
    std::uint64_t reserved = 0;
    std::uint64_t not_ram = 0;
};

/// What one character of the picture can say of the RAM behind it: all of it is of one kind, or
/// there is more of that kind than of either other. Of equal shares the later kind wins.
enum class Shade : std::uint8_t {
    Free,
    MostlyFree,
    MostlyUsed,
    Used,
    MostlyReserved,
    Reserved,
    NotRam,
};

/// All but the blank of NotRam.
inline constexpr std::array kShades{Shade::Free, Shade::MostlyFree,     Shade::MostlyUsed,
                                    Shade::Used, Shade::MostlyReserved, Shade::Reserved};

Shade shade_of(FrameTally const& tally);
char character_of(Shade shade);
char const* words_for(Shade shade);

/// The picture's size: an address and these characters fit into 80 columns.
inline constexpr std::uint64_t kMapColumns = 64;
inline constexpr std::uint64_t kMapRows = 24;

/// The smallest power of two by which `frames` frames, from any frame on, fit into the picture.
std::uint64_t frames_per_character(std::uint64_t frames);

}  // namespace shell
