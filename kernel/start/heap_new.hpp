// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/mm/heap.hpp"

namespace start {

/// From now on operator new and delete go to `heap`, which lives as long as the machine runs.
///
/// What may fail is asked for by `new (std::nothrow)`: the others promise to succeed, and a promise
/// that cannot be kept is a panic with words. A delete of what is not an object is one too.
void serve_new_from(mm::Heap& heap);

}  // namespace start
