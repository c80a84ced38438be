// SPDX-License-Identifier: MIT
#pragma once

#include "shell/command.hpp"

#include <cstdint>
#include <optional>

namespace shell {

/// What `stress` is asked for.
struct StressRequest {
    unsigned cores = 0;
    std::uint64_t seconds = 10;
    std::uint64_t operations = 0;  ///< Of all cores together; 0: as many as time allows.
    std::uint64_t seed = 1;
};

/// Reads the arguments; all of `cores` take part unless fewer are asked for. None if they were not
/// right, which has been printed then.
std::optional<StressRequest> parse_stress(Call& call, unsigned cores);

}  // namespace shell
