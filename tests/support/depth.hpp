// SPDX-License-Identifier: MIT
#pragma once

#include <cstdlib>
#include <string_view>

namespace test {

/// How much is to be tried: what `make test DEPTH=...` says.
enum class Depth { Everyday, Ci, All };

inline Depth depth() {
    char const* const word = std::getenv("BERYL_DEPTH");
    std::string_view const name = word == nullptr ? "everyday" : word;
    return name == "all" ? Depth::All : name == "ci" ? Depth::Ci : Depth::Everyday;
}

/// The smaller figure everyday, the other one in CI and beyond.
template <typename T>
T everyday_or(T everyday, T thorough) {
    return depth() == Depth::Everyday ? everyday : thorough;
}

}  // namespace test
