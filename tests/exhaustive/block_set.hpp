// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/mm/buddy_allocator.hpp"
#include "kernel/mm/frame.hpp"
#include "kernel/mm/order.hpp"
#include "kernel/result.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace exhaustive {

/// What a BuddyAllocator stands for: a row of blocks, side by side, each free, allocated or
/// reserved. A call cuts the row and joins it again; there is nothing else to go wrong. It shares
/// no code with the allocator, nor with NaiveFrames.
///
/// Free and reserved frames are handled in units of 2^`unit_order` frames: ranges and orders passed
/// in are made of whole units, and so a row of 16 units is as easily searched as one of 16 frames.
class BlockSet {
public:
    static constexpr std::size_t kMostUnits = 16;

    struct Piece {
        std::uint32_t first;
        std::uint8_t order;
        mm::FrameKind kind;

        std::uint32_t frames() const { return std::uint32_t{1} << order; }
        std::uint32_t end() const { return first + frames(); }
        mm::FrameRange range() const { return {mm::FrameNumber{first}, mm::FrameNumber{end()}}; }
        mm::Block block() const { return {mm::FrameNumber{first}, mm::Order::of(order)}; }
        friend bool operator==(Piece const&, Piece const&) = default;
    };

    /// All of `span` is reserved.
    BlockSet(mm::FrameRange span, unsigned unit_order) : BlockSet{span, unit_order, Empty{}} {
        append(span, mm::FrameKind::Reserved);
    }

    kernel::Result<void> release(mm::FrameRange range);
    kernel::Result<void> reserve(mm::FrameRange range);
    kernel::Result<void> allocate_range(mm::FrameRange range);
    kernel::Result<mm::Block> allocate(mm::Order order);
    kernel::Result<mm::FrameRange> allocate_frames(std::uint64_t count, std::uint64_t alignment);
    kernel::Result<void> free(mm::FrameNumber first, mm::Order order);
    kernel::Result<void> free_frames(mm::FrameRange range);

    mm::FrameState inspect(mm::FrameNumber frame) const;
    std::uint64_t frames_of(mm::FrameKind kind) const;
    std::uint64_t blocks_of(mm::FrameKind kind) const;
    std::array<std::uint64_t, mm::Order::kMax + 1> free_blocks() const;

    mm::FrameRange span() const { return span_; }
    std::span<Piece const> pieces() const { return {pieces_.data(), count_}; }

    /// Two bits for each unit; different for every two states of one span.
    std::uint64_t key() const;

    /// Each block, in words.
    void print() const;

private:
    struct Empty {};
    BlockSet(mm::FrameRange span, unsigned unit_order, Empty)
        : span_{span}, unit_order_{unit_order} {}

    /// Errors of a range as such.
    std::optional<kernel::Error> refusal(mm::FrameRange range) const;
    Piece const* piece_at(mm::FrameNumber frame) const;
    /// The first piece in `range` that is of another kind.
    Piece const* first_other(mm::FrameKind kind, mm::FrameRange range) const;
    /// The free block from whose beginning a block of `order` is taken, as docs/memory.md says.
    Piece const* choose(unsigned order) const;
    unsigned largest_in_run(std::uint32_t run) const;
    std::optional<mm::FrameNumber> row_of_largest(std::uint64_t count,
                                                  std::uint64_t alignment) const;

    void repaint(mm::FrameRange range, mm::FrameKind kind);
    void append(mm::FrameRange range, mm::FrameKind kind);
    void append(Piece piece);

    mm::FrameRange span_;
    unsigned unit_order_;
    std::array<Piece, kMostUnits> pieces_{};
    std::size_t count_ = 0;
};

}  // namespace exhaustive
