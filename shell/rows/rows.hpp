// SPDX-License-Identifier: MIT
#pragma once

#include "shell/rows/beryl.hpp"
#include "shell/rows/cached.hpp"
#include "shell/rows/floors.hpp"
#include "shell/rows/row.hpp"

#include <array>

namespace bench {

/// Ours last: those that have blocks of more than one frame. `Masking`: see Cached.
template <typename Masking>
inline constexpr std::array kRows{
    row<List<NoLock, false>>("list"),    row<List<FloorLock, true>>("list, lock"),
    row<PerCoreArray>("per-core array"), row<Ancestor>("ancestor"),
    row<Buddies<false>>("buddies"),      row<Buddies<true>>("buddies, lock"),
    row<Cached<Masking>>("caches"),
};

}  // namespace bench
