// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <span>

namespace bench {

/// std::sort calls itself; this does not, so that the depth of the stack is known.
template <typename Number>
void sort(std::span<Number> numbers) {
    std::make_heap(numbers.begin(), numbers.end());
    std::sort_heap(numbers.begin(), numbers.end());
}

}  // namespace bench
