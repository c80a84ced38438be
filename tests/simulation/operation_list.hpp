// SPDX-License-Identifier: MIT
#pragma once

#include "tests/simulation/operation.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace simulation {

/// Operations and the world they are done in.
struct OperationList {
    std::uint64_t world = 0;
    std::vector<Operation> operations;
};

/// What went wrong, and after how many operations.
struct Failure {
    std::size_t operations = 0;
    std::string what;
};

/// Does all of them, then gives everything back; none if all agreed.
std::optional<Failure> run(std::uint64_t world, std::span<Operation const> operations);

/// As few of the operations as it finds that still fail (Zeller, Hildebrandt: Simplifying and
/// Isolating Failure-Inducing Input, 2002). `list` fails.
OperationList minimised(OperationList list);

/// A line for each operation, after one for the world; read() takes it back, and is none where the
/// text is something else.
std::string written(OperationList const& list);
std::optional<OperationList> read(std::string const& text);

}  // namespace simulation
