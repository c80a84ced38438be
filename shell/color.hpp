// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/require.hpp"
#include "shell/settings.hpp"

#include <cstdint>
#include <string_view>

namespace shell {

enum class Color : std::uint8_t { Plain, Bold, Dim, Red, Green, Yellow, Blue, Magenta, Cyan };

/// What switches the terminal to `color` (ECMA-48, 8.3.117 SGR); nothing while colours are off.
/// `Plain` ends what another one began.
constexpr std::string_view paint(Settings const& settings, Color color) {
    if (!settings.is_coloured) {
        return {};
    }
    switch (color) {
        case Color::Plain: return "\x1b[0m";
        case Color::Bold: return "\x1b[1m";
        case Color::Dim: return "\x1b[2m";
        case Color::Red: return "\x1b[31m";
        case Color::Green: return "\x1b[32m";
        case Color::Yellow: return "\x1b[33m";
        case Color::Blue: return "\x1b[34m";
        case Color::Magenta: return "\x1b[35m";
        case Color::Cyan: return "\x1b[36m";
    }
    kernel::unreachable("Color is one of its enumerators");
}

}  // namespace shell
