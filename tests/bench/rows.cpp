// SPDX-License-Identifier: MIT
#include "tests/bench/beryl.hpp"
#include "tests/bench/floors.hpp"
#include "tests/bench/row.hpp"

#include <array>

namespace bench {
namespace {

constexpr std::array kRows{
    row<List<NoLock, false>>("list"),    row<List<FloorLock, true>>("list, lock"),
    row<PerCoreArray>("per-core array"), row<Ancestor>("ancestor"),
    row<Buddies<false>>("buddies"),      row<Buddies<true>>("buddies, lock"),
};

}  // namespace

#if __STDC_HOSTED__
constinit thread_local Core* the_core = nullptr;
#endif

std::span<Row const> rows() { return kRows; }

Row const& per_core_array() { return kRows[2]; }

}  // namespace bench
