// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/mm/buddy_allocator.hpp"
#include "kernel/mm/frame.hpp"
#include "kernel/mm/order.hpp"
#include "kernel/result.hpp"

#include <algorithm>
#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <span>

namespace mm {

/// What BuddyAllocator promises, done in the most obvious way: one entry per frame, and every
/// answer found by looking at all of them. Slow, and meant to be compared with the real one, from
/// which it shares no code: result, error and address of every call must be the same.
class NaiveFrames {
public:
    struct Entry {
        FrameKind kind = FrameKind::Reserved;
        std::uint8_t order = 0;  ///< Of the allocated block that holds the frame.
    };

    /// Every frame of `span` is reserved. `entries` has one for each.
    constexpr NaiveFrames(FrameRange span, std::span<Entry> entries)
        : span_{span}, entries_{entries.first(span.count())} {
        std::fill(entries_.begin(), entries_.end(), Entry{});
        number_of(FrameKind::Reserved) = span.count();
    }

    constexpr kernel::Result<void> release(FrameRange range) {
        if (auto const bad = first_that_is_not(FrameKind::Reserved, range)) {
            return bad->kind == FrameKind::Free        ? kernel::Error::AlreadyFree
                   : bad->kind == FrameKind::Allocated ? kernel::Error::NotReserved
                                                       : bad->error;
        }
        paint(range, {FrameKind::Free});
        return {};
    }

    constexpr kernel::Result<void> reserve(FrameRange range) {
        if (auto const bad = first_that_is_not(FrameKind::Free, range)) {
            return bad->kind == FrameKind::Outside ? bad->error : kernel::Error::NotFree;
        }
        paint(range, {FrameKind::Reserved});
        return {};
    }

    constexpr kernel::Result<void> allocate_range(FrameRange range) {
        if (auto const bad = first_that_is_not(FrameKind::Free, range)) {
            return bad->kind == FrameKind::Reserved    ? kernel::Error::Reserved
                   : bad->kind == FrameKind::Allocated ? kernel::Error::NotFree
                                                       : bad->error;
        }
        record(range);
        return {};
    }

    constexpr kernel::Result<Block> allocate(Order order) {
        auto const chosen = choose(order);
        if (!chosen) {
            return kernel::Error::OutOfMemory;
        }
        Block const block{chosen->first, order};
        record(block.range());
        return block;
    }

    constexpr kernel::Result<FrameRange> allocate_frames(std::uint64_t count,
                                                         std::uint64_t alignment) {
        if (count == 0) {
            return kernel::Error::EmptyRange;
        }
        if (count > span_.count()) {
            return kernel::Error::TooLarge;
        }
        auto const order = Order::covering(std::max(count, alignment));
        auto const first = order ? first_of(choose(*order)) : row_of_largest(count, alignment);
        if (!first) {
            return kernel::Error::OutOfMemory;
        }
        FrameRange const range{*first, *first + count};
        record(range);
        return range;
    }

    constexpr kernel::Result<void> free(FrameNumber first, Order order) {
        auto const block = allocated_block(first);
        if (!block) {
            return block.error();
        }
        if (block->order != order) {
            return kernel::Error::WrongOrder;
        }
        paint(block->range(), {FrameKind::Free});
        --allocated_blocks_;
        return {};
    }

    constexpr kernel::Result<void> free_frames(FrameRange range) {
        if (range.empty()) {
            return kernel::Error::EmptyRange;
        }
        if (!span_.contains(range)) {
            return kernel::Error::NotRam;
        }
        std::uint64_t blocks = 0;
        for (FrameNumber frame = range.first; frame < range.end; ++blocks) {
            auto const block = allocated_block(frame);
            if (!block) {
                return block.error();
            }
            frame = block->range().end;
            if (range.end < frame) {
                return kernel::Error::WrongOrder;
            }
        }
        paint(range, {FrameKind::Free});
        allocated_blocks_ -= blocks;
        return {};
    }

    constexpr FrameState inspect(FrameNumber frame) const {
        FrameKind const kind = kind_of(frame);
        if (kind == FrameKind::Free) {
            Block block{frame, Order{}};
            for (unsigned order = 1; order <= Order::kMax; ++order) {
                Block const larger = aligned_block(frame, Order::of(order));
                if (first_that_is_not(FrameKind::Free, larger.range())) {
                    break;
                }
                block = larger;
            }
            return {kind, block};
        }
        if (kind == FrameKind::Allocated) {
            return {kind, aligned_block(frame, Order::of(entry(frame).order))};
        }
        return {
            kind, {frame, Order{}}
        };
    }

    constexpr FrameKind kind_of(FrameNumber frame) const {
        return span_.contains(frame) ? entry(frame).kind : FrameKind::Outside;
    }

    /// The first frame of `kind` from `start` on, then from the beginning; none if there is none.
    constexpr std::optional<FrameNumber> find(FrameKind kind, FrameNumber start) const {
        FrameNumber frame = span_.contains(start) ? start : span_.first;
        for (std::uint64_t looked_at = 0; looked_at < span_.count(); ++looked_at) {
            if (entry(frame).kind == kind) {
                return frame;
            }
            frame = frame + 1 == span_.end ? span_.first : frame + 1;
        }
        return std::nullopt;
    }

    constexpr FrameRange span() const { return span_; }
    constexpr std::uint64_t free_frames_count() const { return number_of(FrameKind::Free); }
    constexpr std::uint64_t reserved_frames() const { return number_of(FrameKind::Reserved); }
    constexpr std::uint64_t allocated_blocks() const { return allocated_blocks_; }

private:
    /// A frame that is not what it was expected to be.
    struct Misfit {
        FrameKind kind;
        kernel::Error error;  ///< If there is no such frame.
    };

    /// Orders free blocks by how gladly one is taken: the smallest goes first.
    struct Rank {
        unsigned tier;
        std::uint64_t neighbourhood;
        unsigned order;
        std::uint64_t first;

        friend constexpr auto operator<=>(Rank const&, Rank const&) = default;
    };

    static constexpr unsigned kRunOrder = 6;

    static constexpr Block aligned_block(FrameNumber frame, Order order) {
        return {FrameNumber{frame.raw() / order.frame_count() * order.frame_count()}, order};
    }

    static constexpr std::optional<FrameNumber> first_of(std::optional<Block> block) {
        return block ? std::optional{block->first} : std::nullopt;
    }

    constexpr Entry& entry(FrameNumber frame) { return entries_[frame - span_.first]; }
    constexpr Entry const& entry(FrameNumber frame) const { return entries_[frame - span_.first]; }

    constexpr std::uint64_t& number_of(FrameKind kind) {
        return numbers_[static_cast<unsigned>(kind)];
    }
    constexpr std::uint64_t const& number_of(FrameKind kind) const {
        return numbers_[static_cast<unsigned>(kind)];
    }

    constexpr std::optional<Misfit> first_that_is_not(FrameKind kind, FrameRange range) const {
        if (range.empty()) {
            return Misfit{FrameKind::Outside, kernel::Error::EmptyRange};
        }
        if (!span_.contains(range)) {
            return Misfit{FrameKind::Outside, kernel::Error::NotRam};
        }
        for (FrameNumber frame = range.first; frame != range.end; frame = frame + 1) {
            if (entry(frame).kind != kind) {
                return Misfit{entry(frame).kind, kernel::Error::Corrupt};
            }
        }
        return std::nullopt;
    }

    constexpr kernel::Result<Block> allocated_block(FrameNumber first) const {
        switch (kind_of(first)) {
            case FrameKind::Outside: return kernel::Error::NotRam;
            case FrameKind::Reserved: return kernel::Error::Reserved;
            case FrameKind::Free: return kernel::Error::AlreadyFree;
            case FrameKind::Allocated: break;
        }
        Block const block = aligned_block(first, Order::of(entry(first).order));
        if (block.first != first) {
            return kernel::Error::InsideBlock;
        }
        return block;
    }

    constexpr void paint(FrameRange range, Entry colour) {
        for (FrameNumber frame = range.first; frame != range.end; frame = frame + 1) {
            --number_of(entry(frame).kind);
            ++number_of(colour.kind);
            entry(frame) = colour;
        }
    }

    /// The largest block that starts at `first` and ends at `end` or before.
    static constexpr Block largest_between(FrameNumber first, FrameNumber end) {
        unsigned order = 0;
        while (order < Order::kMax && first.raw() % (std::uint64_t{2} << order) == 0 &&
               std::uint64_t{2} << order <= end - first) {
            ++order;
        }
        return {first, Order::of(order)};
    }

    /// Marks free frames as allocated, in the largest aligned blocks that fit.
    constexpr void record(FrameRange range) {
        for (FrameNumber frame = range.first; frame != range.end; ++allocated_blocks_) {
            Block const block = largest_between(frame, range.end);
            paint(block.range(),
                  {FrameKind::Allocated, static_cast<std::uint8_t>(block.order.value())});
            frame = block.range().end;
        }
    }

    /// Calls `visit` with each maximal free block in [from, end), from low to high.
    template <typename Visit>
    constexpr void for_each_free_block(FrameRange range, Visit visit) const {
        FrameNumber frame = range.first;
        while (frame < range.end) {
            FrameNumber stop = frame;
            while (stop < range.end && entry(stop).kind == FrameKind::Free) {
                stop = stop + 1;
            }
            while (frame < stop) {
                Block const block = largest_between(frame, stop);
                visit(block);
                frame = block.range().end;
            }
            frame = stop < range.end ? stop + 1 : stop;
        }
    }

    /// The free block from whose beginning a block of `order` is taken.
    ///
    /// For a single frame: the lowest free block of less than a run, if there is one. Else the
    /// smallest that is large enough, and of these the lowest; but blocks of less than a run that
    /// share one count as large as the largest of them, and so do blocks of whole runs in 64 runs.
    constexpr std::optional<Block> choose(Order order) const {
        std::optional<Block> best;
        Rank best_rank{};
        FrameRange last{FrameNumber{0}, FrameNumber{0}};
        unsigned largest = 0;
        for_each_free_block(span_, [&](Block block) {
            if (block.order < order) {
                return;
            }
            FrameRange const around = neighbourhood_of(block);
            if (around != last) {
                last = around;
                largest = largest_order_in(around, block.order);
            }
            unsigned const size = block.order.value();
            std::uint64_t const first = block.first.raw();
            Rank rank{largest, around.first.raw(), size, first};
            if (order.value() == 0 && size < kRunOrder) {
                rank = {0, first, 0, first};
            }
            if (!best || rank < best_rank) {
                best = block;
                best_rank = rank;
            }
        });
        return best;
    }

    /// The run that holds `block`, or of a larger block the 64 runs that do, as counted from the
    /// last multiple of the largest block before the span.
    constexpr FrameRange neighbourhood_of(Block block) const {
        std::uint64_t const unit = Order::of(Order::kMax).frame_count();
        std::uint64_t const begin = span_.first.raw() / unit * unit;
        std::uint64_t const size = block.order.value() < kRunOrder ? 64 : 64 * 64;
        std::uint64_t const first = begin + (block.first.raw() - begin) / size * size;
        return {std::max(span_.first, FrameNumber{first}),
                std::min(span_.end, FrameNumber{first + size})};
    }

    /// The order of the largest free block in `range`, which has one of `least`.
    constexpr unsigned largest_order_in(FrameRange range, Order least) const {
        unsigned largest = least.value();
        for_each_free_block(range,
                            [&](Block block) { largest = std::max(largest, block.order.value()); });
        return largest;
    }

    /// The lowest row of free blocks of the largest order that holds `count` frames.
    constexpr std::optional<FrameNumber> row_of_largest(std::uint64_t count,
                                                        std::uint64_t alignment) const {
        std::uint64_t const unit = Order::of(Order::kMax).frame_count();
        std::uint64_t const length = (count + unit - 1) / unit * unit;
        std::uint64_t const step = std::max(alignment, unit);
        std::uint64_t first = (span_.first.raw() + step - 1) / step * step;
        for (; first + length <= span_.end.raw(); first += step) {
            FrameRange const range{FrameNumber{first}, FrameNumber{first + length}};
            if (!first_that_is_not(FrameKind::Free, range)) {
                return range.first;
            }
        }
        return std::nullopt;
    }

    FrameRange span_;
    std::span<Entry> entries_;
    std::array<std::uint64_t, 4> numbers_{};  ///< Of the frames of each kind.
    std::uint64_t allocated_blocks_ = 0;
};

}  // namespace mm
