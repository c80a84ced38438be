// SPDX-License-Identifier: MIT
#pragma once

namespace shell {

/// What the person at the terminal has switched.
struct Settings {
    bool is_coloured = false;  ///< `color on`: output may contain ANSI colours.
    bool is_unsafe = false;    ///< `unsafe on`: poke and fill write wherever they are told.
};

}  // namespace shell
