// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/mm/frame_allocator.hpp"
#include "shell/command.hpp"
#include "shell/holdings.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace shell {

/// What a line of `alloc` asks for.
struct AllocRequest {
    std::string_view operand;              ///< As typed: `3`, `24K`.
    std::optional<mm::Order> order{};      ///< None for an exact count.
    mm::FrameRequest frames{};             ///< Count and alignment hold for a block as well.
    std::uint64_t blocks = 1;              ///< The `-n`.
    std::string_view blocks_word = {};     ///< As typed.
    std::string_view place_word = {};      ///< The `-@` as typed.
    std::string_view alignment_word = {};  ///< The `-a` as typed.
    std::optional<std::uint64_t> bus{};    ///< With `-d`: where physical 0 is on the devices' bus.
    Tag tag{};

    /// The word that a failure blames: the place where one was named.
    std::string_view subject() const { return frames.at ? place_word : operand; }
};

/// Why `-d` takes no frames from that address on.
inline constexpr kernel::Format<1> kOnlyBelow{"-d takes only what is below {}"};

/// Reads the arguments. If they make no request, prints why and returns none.
std::optional<AllocRequest> parse_alloc(Call& call);

}  // namespace shell
