// SPDX-License-Identifier: MIT
#pragma once

#include "tests/support/device_trees.hpp"

#include <string>

namespace test {

/// What libfdt and this kernel's reader make of a blob.
enum class Verdict {
    Agrees,      ///< Both accept it, and all that it says is the same.
    BothRefuse,  ///< Or libfdt alone does: the reader meets damage only where it walks.
    Stricter,    ///< The reader refuses it, for a reason of its own.
    Disagrees,
};

/// Walks the whole blob on both sides: reservations, nodes, properties, names and values.
Verdict compare_with_libfdt(Blob const& blob);

/// Everything of the kernel that reads trees, a memory map made from it too. Where both accept the
/// blob, compares what it found with libfdt; names what differs, empty if nothing.
std::string use_tree(Blob const& blob, Verdict verdict);

}  // namespace test
