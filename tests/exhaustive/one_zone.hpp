// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/mm/buddy_allocator.hpp"
#include "kernel/mm/trial/frame_call.hpp"

#include "tests/exhaustive/block_set.hpp"
#include "tests/exhaustive/explorer.hpp"
#include "tests/exhaustive/image.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace exhaustive {

/// Units of 2^`unit_order` frames, numbered from physical 0.
struct Layout {
    std::uint64_t first_unit = 0;
    std::uint64_t units = 0;
    unsigned unit_order = 0;
    std::vector<std::uint64_t> holes{};  ///< Units that are not released at the beginning.

    mm::FrameRange span() const;
    mm::FrameRange unit(std::uint64_t number) const;
    /// Each frame if a unit is one; else the first and the last of each unit, and one in between.
    /// Also those just outside, and some far away.
    std::vector<mm::FrameNumber> frames_to_try() const;
};

/// Which calls a search makes in each state.
enum class Repertoire : std::uint8_t {
    Blocks,  ///< Every order, every free of any frame and order, every aligned block by address.
    Ranges,  ///< Also every range, right or wrong, of every call that takes one, and exact counts.
};

/// How many states there must be: 2 for one unit, or 3 where it can be reserved as well; for a
/// block of two halves f^2 + 1, since both halves free are one free block and the block can be
/// allocated as a whole.
std::uint64_t states_of(Layout const& layout, Repertoire repertoire);

/// One BuddyAllocator and the row of blocks that it must be; for Explorer.
class OneZone {
public:
    OneZone(Layout const& layout, Repertoire repertoire);

    Image<mm::BuddyAllocator>& image() { return image_; }
    BlockSet& model() { return model_; }
    std::size_t call_count() const { return calls_.size(); }
    Answer make(std::size_t call);
    char const* wrong();
    void print_state() const;
    void print_call(std::size_t call);

private:
    void add_block_calls();
    void add_range_calls();

    Layout layout_;
    Image<mm::BuddyAllocator> image_;
    BlockSet model_;
    std::vector<mm::FrameCall> calls_;
};

void print_outcome(char const* who, mm::FrameOutcome const& outcome);

}  // namespace exhaustive
