// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/board.hpp"

#include <string>

namespace test {

/// Reads all that a Board has from the same blob with libfdt, which must accept it, and in another
/// way: by recursion, a property at a time, with addresses of 128 bits.
///
/// Names what differs from `board`, which Board::read filled with this outcome; empty if nothing.
std::string difference_to_libfdt(kernel::Board const& board, kernel::Result<void> outcome,
                                 kernel::TreeBytes blob);

}  // namespace test
