// SPDX-License-Identifier: MIT
#include "shell/zones/frame_map.hpp"

#include "kernel/require.hpp"

#include <algorithm>

namespace shell {

Shade shade_of(FrameTally const& tally) {
    std::uint64_t const ram = tally.free + tally.used + tally.reserved;
    if (ram == 0) {
        return Shade::NotRam;
    }
    if (tally.reserved >= std::max(tally.free, tally.used)) {
        return tally.reserved == ram ? Shade::Reserved : Shade::MostlyReserved;
    }
    if (tally.used >= tally.free) {
        return tally.used == ram ? Shade::Used : Shade::MostlyUsed;
    }
    return tally.free == ram ? Shade::Free : Shade::MostlyFree;
}

char character_of(Shade shade) {
    switch (shade) {
        case Shade::Free: return '.';
        case Shade::MostlyFree: return ':';
        case Shade::MostlyUsed: return '+';
        case Shade::Used: return '#';
        case Shade::MostlyReserved: return 'r';
        case Shade::Reserved: return 'R';
        case Shade::NotRam: return ' ';
    }
    kernel::unreachable("Shade is one of its enumerators");
}

char const* words_for(Shade shade) {
    switch (shade) {
        case Shade::Free: return "free";
        case Shade::MostlyFree: return "mostly free";
        case Shade::MostlyUsed: return "mostly used";
        case Shade::Used: return "used";
        case Shade::MostlyReserved: return "mostly reserved";
        case Shade::Reserved: return "reserved";
        case Shade::NotRam: return "hole";
    }
    kernel::unreachable("Shade is one of its enumerators");
}

std::uint64_t frames_per_character(std::uint64_t frames) {
    // One row is kept back: the first character may begin before the first frame.
    constexpr std::uint64_t kCharacters = kMapColumns * (kMapRows - 1);
    std::uint64_t scale = 1;
    while (frames / scale + (frames % scale != 0 ? 1 : 0) > kCharacters) {
        scale *= 2;
    }
    return scale;
}

}  // namespace shell
