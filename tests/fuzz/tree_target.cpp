// SPDX-License-Identifier: MIT
//
// Whatever a loader passes as a device tree: nothing outside it is read, and where libfdt accepts
// it the kernel finds the same board in it.
#include "tests/fuzz/fuzz.hpp"
#include "tests/support/tree_oracle.hpp"

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls it by this name.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    test::Blob const blob{
        {data, size}
    };
    test::Verdict const verdict = test::compare_with_libfdt(blob);
    fuzz::check(verdict != test::Verdict::Disagrees, "every item is as libfdt has it");
    std::string const difference = test::use_tree(blob, verdict);
    fuzz::check(difference.empty(), difference.c_str());
    return 0;
}
