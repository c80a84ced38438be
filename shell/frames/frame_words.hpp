// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/format.hpp"
#include "kernel/mm/frame.hpp"
#include "kernel/mm/frame_allocator.hpp"
#include "kernel/mm/order.hpp"
#include "shell/holdings.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

/// How memory is put into words: the same for every command, so that what one prints another reads.
namespace shell {

struct Machine;

/// Both zones, in the order in which they are shown.
inline constexpr std::array kZones{mm::ZoneId::Early, mm::ZoneId::Late};

char const* zone_name(mm::ZoneId zone);

/// The zone that `word` names; none if it is not one of the two.
std::optional<mm::ZoneId> zone_named(std::string_view word);

/// The last byte of a range that is not empty: ranges are shown with both ends included.
kernel::PhysAddr last_byte(mm::FrameRange frames);
kernel::Size size_of(mm::FrameRange frames);
kernel::Size size_of(mm::Order order);

/// The order of a holding that was asked for by its order.
mm::Order order_of(Holding const& holding);

/// `0x00200000..0x00207fff order 3 32 KiB`
void print_block(kernel::TextOutput& out, mm::Block const& block);

/// `#1 0x00200000..0x00207fff order 3 32 KiB early [tag]`, or `... 6 frames 24 KiB ...`; no
/// newline.
void print_holding(kernel::TextOutput& out, Holding const& holding);

/// Why a reserved frame is never handed out: what reserved it at boot, or why it was retired.
std::string_view reason_for(Machine const& machine, mm::FrameNumber frame);

}  // namespace shell
