// SPDX-License-Identifier: MIT
#include "shell/rows/rows.hpp"

#include "shell/rows/core.hpp"
#include "shell/rows/row.hpp"

#include "tests/bench/like_masked.hpp"

namespace bench {

std::span<Row const> rows() { return kRows<LikeMasked>; }

}  // namespace bench
