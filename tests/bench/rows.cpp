// SPDX-License-Identifier: MIT
#include "shell/rows/rows.hpp"

#include "shell/rows/core.hpp"
#include "shell/rows/row.hpp"

#include "tests/bench/like_masked.hpp"

namespace bench {

#if __STDC_HOSTED__
constinit thread_local Core* the_core = nullptr;
constinit thread_local void* the_cache = nullptr;
#endif

std::span<Row const> rows() { return kRows<LikeMasked>; }

}  // namespace bench
