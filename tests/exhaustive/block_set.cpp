// SPDX-License-Identifier: MIT
#include "tests/exhaustive/block_set.hpp"

#include "kernel/require.hpp"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <tuple>

namespace exhaustive {

kernel::Result<void> BlockSet::release(mm::FrameRange range) {
    if (auto const error = refusal(range)) {
        return *error;
    }
    if (Piece const* other = first_other(mm::FrameKind::Reserved, range)) {
        return other->kind == mm::FrameKind::Free ? kernel::Error::AlreadyFree
                                                  : kernel::Error::NotReserved;
    }
    repaint(range, mm::FrameKind::Free);
    return {};
}

kernel::Result<void> BlockSet::reserve(mm::FrameRange range) {
    if (auto const error = refusal(range)) {
        return *error;
    }
    if (first_other(mm::FrameKind::Free, range) != nullptr) {
        return kernel::Error::NotFree;
    }
    repaint(range, mm::FrameKind::Reserved);
    return {};
}

kernel::Result<void> BlockSet::allocate_range(mm::FrameRange range) {
    if (auto const error = refusal(range)) {
        return *error;
    }
    if (Piece const* other = first_other(mm::FrameKind::Free, range)) {
        return other->kind == mm::FrameKind::Reserved ? kernel::Error::Reserved
                                                      : kernel::Error::NotFree;
    }
    repaint(range, mm::FrameKind::Allocated);
    return {};
}

kernel::Result<mm::Block> BlockSet::allocate(mm::Order order) {
    Piece const* from = choose(order.value());
    if (from == nullptr) {
        return kernel::Error::OutOfMemory;
    }
    mm::Block const block{mm::FrameNumber{from->first}, order};
    repaint(block.range(), mm::FrameKind::Allocated);
    return block;
}

kernel::Result<mm::FrameRange> BlockSet::allocate_frames(std::uint64_t count,
                                                         std::uint64_t alignment) {
    if (count == 0) {
        return kernel::Error::EmptyRange;
    }
    if (count > span_.count()) {
        return kernel::Error::TooLarge;
    }
    std::optional<mm::FrameNumber> first;
    if (auto const order = mm::Order::covering(std::max(count, alignment))) {
        if (Piece const* from = choose(order->value())) {
            first = mm::FrameNumber{from->first};
        }
    } else {
        first = row_of_largest(count, alignment);
    }
    if (!first) {
        return kernel::Error::OutOfMemory;
    }
    mm::FrameRange const range{*first, *first + count};
    repaint(range, mm::FrameKind::Allocated);
    return range;
}

kernel::Result<void> BlockSet::free(mm::FrameNumber first, mm::Order order) {
    Piece const* piece = piece_at(first);
    if (piece == nullptr) {
        return kernel::Error::NotRam;
    }
    if (piece->kind != mm::FrameKind::Allocated) {
        return piece->kind == mm::FrameKind::Free ? kernel::Error::AlreadyFree
                                                  : kernel::Error::Reserved;
    }
    if (piece->first != first.raw()) {
        return kernel::Error::InsideBlock;
    }
    if (piece->order != order.value()) {
        return kernel::Error::WrongOrder;
    }
    repaint(piece->range(), mm::FrameKind::Free);
    return {};
}

kernel::Result<void> BlockSet::free_frames(mm::FrameRange range) {
    if (auto const error = refusal(range)) {
        return *error;
    }
    for (mm::FrameNumber frame = range.first; frame < range.end;) {
        Piece const* piece = piece_at(frame);
        if (piece->kind != mm::FrameKind::Allocated || piece->first != frame.raw()) {
            return piece->kind == mm::FrameKind::Free       ? kernel::Error::AlreadyFree
                   : piece->kind == mm::FrameKind::Reserved ? kernel::Error::Reserved
                                                            : kernel::Error::InsideBlock;
        }
        frame = mm::FrameNumber{piece->end()};
        if (range.end < frame) {
            return kernel::Error::WrongOrder;
        }
    }
    repaint(range, mm::FrameKind::Free);
    return {};
}

std::optional<kernel::Error> BlockSet::refusal(mm::FrameRange range) const {
    if (range.end <= range.first) {
        return kernel::Error::EmptyRange;
    }
    bool const is_inside = span_.first <= range.first && range.end <= span_.end;
    return is_inside ? std::nullopt : std::optional{kernel::Error::NotRam};
}

BlockSet::Piece const* BlockSet::piece_at(mm::FrameNumber frame) const {
    for (Piece const& piece : pieces()) {
        if (piece.first <= frame.raw() && frame.raw() < piece.end()) {
            return &piece;
        }
    }
    return nullptr;
}

BlockSet::Piece const* BlockSet::first_other(mm::FrameKind kind, mm::FrameRange range) const {
    for (Piece const& piece : pieces()) {
        bool const overlaps = piece.first < range.end.raw() && range.first.raw() < piece.end();
        if (overlaps && piece.kind != kind) {
            return &piece;
        }
    }
    return nullptr;
}

BlockSet::Piece const* BlockSet::choose(unsigned order) const {
    constexpr unsigned kRunOrder = 6;
    using Rank = std::tuple<unsigned, std::uint32_t, unsigned, std::uint32_t>;
    Piece const* best = nullptr;
    Rank best_rank{};
    for (Piece const& piece : pieces()) {
        if (piece.kind != mm::FrameKind::Free || piece.order < order) {
            continue;
        }
        // Small blocks are as good as the largest beside them in their run.
        std::uint32_t const run = piece.first >> kRunOrder;
        unsigned const size = piece.order < kRunOrder ? largest_in_run(run) : piece.order;
        Rank rank{size, run, piece.order, piece.first};
        if (order == 0) {
            rank = {piece.order <= kRunOrder ? 0U : piece.order, 0, 0, piece.first};
        }
        if (best == nullptr || rank < best_rank) {
            best = &piece;
            best_rank = rank;
        }
    }
    return best;
}

unsigned BlockSet::largest_in_run(std::uint32_t run) const {
    unsigned largest = 0;
    for (Piece const& piece : pieces()) {
        if (piece.kind == mm::FrameKind::Free && piece.first >> 6 == run) {
            largest = std::max(largest, unsigned{piece.order});
        }
    }
    return largest;
}

/// The first row of free blocks of the largest order that holds `count` frames.
std::optional<mm::FrameNumber> BlockSet::row_of_largest(std::uint64_t count,
                                                        std::uint64_t alignment) const {
    for (Piece const& start : pieces()) {
        std::uint64_t end = start.first;
        for (Piece const& piece : pieces()) {
            bool const goes_on = piece.first == end && piece.kind == mm::FrameKind::Free &&
                                 piece.order == mm::Order::kMax;
            end = goes_on ? piece.end() : end;
        }
        if (start.first % alignment == 0 && end - start.first >= count) {
            return mm::FrameNumber{start.first};
        }
    }
    return std::nullopt;
}

/// Makes `range` so, in the largest aligned blocks that fit if it is allocated.
void BlockSet::repaint(mm::FrameRange range, mm::FrameKind kind) {
    BlockSet after{span_, unit_order_, Empty{}};
    for (Piece const& piece : pieces()) {
        mm::FrameRange const whole = piece.range();
        if (whole.end <= range.first || range.end <= whole.first) {
            after.append(piece);
            continue;
        }
        after.append({whole.first, std::max(whole.first, range.first)}, piece.kind);
        if (whole.first <= range.first) {
            after.append(range, kind);
        }
        after.append({std::min(whole.end, range.end), whole.end}, piece.kind);
    }
    *this = after;
}

void BlockSet::append(mm::FrameRange range, mm::FrameKind kind) {
    std::uint64_t first = range.first.raw();
    while (first < range.end.raw()) {
        unsigned order = unit_order_;
        while (kind == mm::FrameKind::Allocated && order < mm::Order::kMax &&
               first % (std::uint64_t{2} << order) == 0 &&
               first + (std::uint64_t{2} << order) <= range.end.raw()) {
            ++order;
        }
        append(Piece{static_cast<std::uint32_t>(first), static_cast<std::uint8_t>(order), kind});
        first += std::uint64_t{1} << order;
    }
}

/// A free block joins its free buddy before it, and so on.
void BlockSet::append(Piece piece) {
    while (piece.kind == mm::FrameKind::Free && piece.order < mm::Order::kMax && count_ > 0) {
        Piece const& before = pieces_[count_ - 1];
        bool const is_buddy = before.kind == mm::FrameKind::Free && before.order == piece.order &&
                              before.first % (2 * before.frames()) == 0;
        if (!is_buddy) {
            break;
        }
        piece = {before.first, static_cast<std::uint8_t>(before.order + 1), piece.kind};
        --count_;
    }
    kernel::require(count_ < kMostUnits, "a row has at most kMostUnits blocks");
    pieces_[count_++] = piece;
}

mm::FrameState BlockSet::inspect(mm::FrameNumber frame) const {
    Piece const* piece = piece_at(frame);
    if (piece == nullptr) {
        return {};
    }
    bool const is_reserved = piece->kind == mm::FrameKind::Reserved;
    return {
        piece->kind, is_reserved ? mm::Block{frame, mm::Order{}}
           : piece->block()
    };
}

std::uint64_t BlockSet::frames_of(mm::FrameKind kind) const {
    std::uint64_t frames = 0;
    for (Piece const& piece : pieces()) {
        frames += piece.kind == kind ? piece.frames() : 0;
    }
    return frames;
}

std::uint64_t BlockSet::blocks_of(mm::FrameKind kind) const {
    return static_cast<std::uint64_t>(std::ranges::count(pieces(), kind, &Piece::kind));
}

std::array<std::uint64_t, mm::Order::kMax + 1> BlockSet::free_blocks() const {
    std::array<std::uint64_t, mm::Order::kMax + 1> blocks{};
    for (Piece const& piece : pieces()) {
        blocks[piece.order] += piece.kind == mm::FrameKind::Free ? 1U : 0U;
    }
    return blocks;
}

std::uint64_t BlockSet::key() const {
    std::uint64_t key = 0;
    for (Piece const& piece : pieces()) {
        std::uint32_t const units = piece.frames() >> unit_order_;
        for (std::uint32_t unit = 0; unit < units; ++unit) {
            bool const is_inside = piece.kind == mm::FrameKind::Allocated && unit != 0;
            key = key << 2 | (is_inside ? 0U : static_cast<unsigned>(piece.kind));
        }
    }
    return key;
}

void BlockSet::print() const {
    for (Piece const& piece : pieces()) {
        char const* kind = piece.kind == mm::FrameKind::Free        ? "free"
                           : piece.kind == mm::FrameKind::Allocated ? "allocated"
                                                                    : "reserved";
        std::printf("%s [%" PRIu32 ", %" PRIu32 ") ", kind, piece.first, piece.end());
    }
}

}  // namespace exhaustive
