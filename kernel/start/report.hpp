// SPDX-License-Identifier: MIT
#pragma once

#include "boot/handover.hpp"
#include "kernel/board.hpp"
#include "kernel/format.hpp"
#include "kernel/mm/memory_map.hpp"
#include "kernel/start/board_tree.hpp"
#include "kernel/start/memory.hpp"

namespace start {

/// A few lines about the board that a person can check.
void report_board(kernel::TextOutput& out, kernel::Board const& board, BoardTree const& tree,
                  boot::Handover const& handover);

/// How much RAM there is.
void report_memory(kernel::TextOutput& out, mm::MemoryMap const& memory);

/// Why there is not what the tree says.
void report_dispute(kernel::TextOutput& out, kernel::PhysRange granted);
void report_silent_firmware(kernel::TextOutput& out);

/// Where the zones lie and what they have to give.
void report_zones(kernel::TextOutput& out, EarlyMemory& early, LateMemory& late);

}  // namespace start
