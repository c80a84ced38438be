// SPDX-License-Identifier: MIT
#include "kernel/require.hpp"

#include <cstdio>
#include <cstdlib>

namespace kernel {

/// A promise that is broken ends the program: it found a bug.
void broken_promise(char const* promise, char const* file, int line) {
    std::printf("FAILED: broken promise: %s (%s:%d)\n", promise, file, line);
    std::exit(1);
}

}  // namespace kernel
