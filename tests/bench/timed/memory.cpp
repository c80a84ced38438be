// SPDX-License-Identifier: MIT
#include "kernel/require.hpp"

#include "tests/bench/bench.hpp"

#include <cstdlib>
#include <iostream>
#include <sys/mman.h>

void* map_memory(std::uint64_t bytes) {
    void* const memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    kernel::require(memory != MAP_FAILED, "there is memory");
    // Else most of what is measured is the host's page tables. Where it cannot, it does not.
    madvise(memory, bytes, MADV_HUGEPAGE);
    return memory;
}

namespace kernel {

void broken_promise(char const* promise, char const* file, int line) {
    std::cerr << "broken promise: " << promise << " (" << file << ":" << line << ")\n";
    std::exit(1);
}

}  // namespace kernel
