// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/mm/buddy_allocator.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <optional>

namespace simulation {

using kernel::Error;
using mm::FrameNumber;
using mm::FrameRange;
using mm::Order;

/// What a BuddyAllocator promises, on words of 64 frames: result, error and address of every call,
/// a hundred times faster than NaiveFrames and with the same meaning. Shares no code with either.
///
/// At most kWords words, counted from a multiple of the largest block on.
class BitFrames {
public:
    static constexpr std::uint64_t kWords = 64;

    /// Every frame of `span` is reserved.
    explicit BitFrames(FrameRange span)
        : span_{span}, base_{span.first.raw() / 1024 * 1024}, words_{} {
        kernel::require(span.end.raw() - base_ <= kWords * 64, "the span is small");
    }

    FrameRange span() const { return span_; }
    std::uint64_t free_count() const { return free_count_; }
    std::uint64_t blocks() const { return blocks_; }
    std::uint64_t reserved() const { return span_.count() - free_count_ - allocated_count_; }

    void release(FrameRange range) {
        for (FrameNumber frame = range.first; frame < range.end; frame = frame + 1) {
            words_[index(frame) / 64].free |= bit(frame);
            refresh(index(frame) / 64);
        }
        free_count_ += range.count();
    }

    std::optional<FrameNumber> allocate(Order order) {
        auto const first = choose(order.value());
        if (first) {
            take_block(*first, order.value());
        }
        return first;
    }

    /// The first of `count` frames, or why not.
    kernel::Result<FrameNumber> allocate_frames(std::uint64_t count, std::uint64_t alignment) {
        if (count == 0) {
            return Error::EmptyRange;
        }
        if (count > span_.count()) {
            return Error::TooLarge;
        }
        std::uint64_t const least = std::max(count, alignment);
        auto const first = least > 1024 ? row_of_largest(count, alignment)
                                        : choose(static_cast<unsigned>(std::bit_width(least - 1)));
        if (!first) {
            return Error::OutOfMemory;
        }
        take({*first, *first + count});
        return *first;
    }

    std::optional<Error> allocate_range(FrameRange range) {
        if (range.empty()) {
            return Error::EmptyRange;
        }
        if (!span_.contains(range)) {
            return Error::NotRam;
        }
        for (FrameNumber frame = range.first; frame < range.end; frame = frame + 1) {
            if (!is_free(frame)) {
                return is_allocated(frame) ? Error::NotFree : Error::Reserved;
            }
        }
        take(range);
        return std::nullopt;
    }

    std::optional<Error> free(FrameNumber first, Order order) {
        if (auto const error = why_no_block_starts_at(first)) {
            return error;
        }
        if (orders_[index(first)] != order.value()) {
            return Error::WrongOrder;
        }
        give_block(first);
        return std::nullopt;
    }

    std::optional<Error> free_frames(FrameRange range) {
        if (range.empty()) {
            return Error::EmptyRange;
        }
        if (!span_.contains(range)) {
            return Error::NotRam;
        }
        for (FrameNumber frame = range.first; frame < range.end; frame = block_end(frame)) {
            if (auto const error = why_no_block_starts_at(frame)) {
                return error;
            }
            if (range.end < block_end(frame)) {
                return Error::WrongOrder;
            }
        }
        for (FrameNumber frame = range.first; frame < range.end;) {
            FrameNumber const next = block_end(frame);
            give_block(frame);
            frame = next;
        }
        return std::nullopt;
    }

    /// True if the allocator says the same of every frame.
    bool agrees_with(mm::BuddyAllocator const& allocator) const {
        for (FrameNumber frame = span_.first; frame < span_.end;) {
            mm::FrameState const expected = inspect(frame);
            if (allocator.inspect(frame) != expected) {
                return false;
            }
            frame = expected.block.range().end;
        }
        return allocator.free_frames_count() == free_count_ &&
               allocator.allocated_blocks() == blocks_ && allocator.reserved_frames() == reserved();
    }

    bool is_free(FrameNumber frame) const {
        return (words_[index(frame) / 64].free & bit(frame)) != 0;
    }
    bool is_allocated(FrameNumber frame) const {
        return (words_[index(frame) / 64].allocated & bit(frame)) != 0;
    }

    /// The order of the allocated block that starts at `frame`; none if none does.
    std::optional<unsigned> order_at(FrameNumber frame) const {
        bool const starts = span_.contains(frame) && !why_no_block_starts_at(frame);
        return starts ? std::optional<unsigned>{orders_[index(frame)]} : std::nullopt;
    }

private:
    struct Word {
        std::uint64_t free = 0;
        std::uint64_t allocated = 0;
        std::uint64_t starts = 0;  ///< Of allocated blocks.
    };
    /// Where blocks of order k may begin in a word of 64.
    static constexpr std::array<std::uint64_t, 6> kAligned{
        ~std::uint64_t{0},     0x5555'5555'5555'5555, 0x1111'1111'1111'1111,
        0x0101'0101'0101'0101, 0x0001'0001'0001'0001, 0x0000'0001'0000'0001};

    /// Level k: the beginnings of aligned groups of 2^k bits that are all set.
    using Levels = std::array<std::uint64_t, 6>;
    static Levels levels_of(std::uint64_t bits) {
        Levels levels{bits};
        for (unsigned k = 1; k < 6; ++k) {
            levels[k] = levels[k - 1] & levels[k - 1] >> (1U << (k - 1)) & kAligned[k];
        }
        return levels;
    }
    /// Those of level k that are in no group of level k + 1.
    static std::uint64_t maximal(Levels const& levels, unsigned k) {
        std::uint64_t const larger = k + 1 < 6 ? levels[k + 1] : 0;
        // % 64 changes nothing, but clang-tidy cannot know the range.
        return levels[k] & ~(larger | larger << (1U << k) % 64);
    }

    std::uint64_t index(FrameNumber frame) const { return frame.raw() - base_; }
    static std::uint64_t bit_at(std::uint64_t index) { return std::uint64_t{1} << index % 64; }
    std::uint64_t bit(FrameNumber frame) const { return bit_at(index(frame)); }
    FrameNumber frame_at(std::uint64_t index) const { return FrameNumber{base_ + index}; }
    FrameNumber block_end(FrameNumber first) const {
        return first + (std::uint64_t{1} << orders_[index(first)]);
    }

    // Keeps the masks over words true for word `w`.
    void refresh(std::uint64_t w) {
        std::uint64_t const free = words_[w].free;
        std::uint64_t const bit = bit_at(w);
        full_ = free == ~std::uint64_t{0} ? full_ | bit : full_ & ~bit;
        for (std::uint64_t& words : by_largest_) {
            words &= ~bit;
        }
        if (free == 0 || free == ~std::uint64_t{0}) {
            return;
        }
        Levels const levels = levels_of(free);
        unsigned largest = 5;
        while (levels[largest] == 0) {
            --largest;
        }
        by_largest_[largest] |= bit;
    }

    /// From where a block is taken: for a single frame the lowest free block of less than a word,
    /// else out of the word whose largest free block is smallest; whole words come last.
    std::optional<FrameNumber> choose(unsigned order) const {
        Levels const whole = levels_of(full_);
        if (order == 0) {
            std::uint64_t words = 0;
            for (std::uint64_t const partial : by_largest_) {
                words |= partial;
            }
            if (words != 0) {
                auto const w = static_cast<unsigned>(std::countr_zero(words));
                return frame_at(w * 64U + static_cast<unsigned>(std::countr_zero(words_[w].free)));
            }
        }
        for (unsigned k = order == 0 ? 6 : order; k < 6; ++k) {
            if (by_largest_[k] != 0) {
                return smallest_in(static_cast<unsigned>(std::countr_zero(by_largest_[k])), order);
            }
        }
        for (unsigned k = order < 6 ? 0 : order - 6; k <= 4; ++k) {
            std::uint64_t const found = k == 4 ? whole[4] : maximal(whole, k);
            if (found != 0) {
                return frame_at(static_cast<std::uint64_t>(std::countr_zero(found)) * 64);
            }
        }
        return std::nullopt;
    }

    std::optional<FrameNumber> smallest_in(unsigned w, unsigned order) const {
        Levels const levels = levels_of(words_[w].free);
        unsigned k = order;
        while (maximal(levels, k) == 0) {
            ++k;
        }
        return frame_at(w * 64U + static_cast<unsigned>(std::countr_zero(maximal(levels, k))));
    }

    std::optional<FrameNumber> row_of_largest(std::uint64_t count, std::uint64_t alignment) const {
        std::uint64_t const largest = levels_of(full_)[4];
        std::uint64_t const needed = (count + 1023) / 1024;
        std::uint64_t const step = std::max<std::uint64_t>(alignment / 1024, 1);
        std::uint64_t const begin = base_ / 1024;
        for (std::uint64_t b = (begin + step - 1) / step * step; b + needed <= begin + 4;
             b += step) {
            std::uint64_t blocks = 0;
            while (blocks < needed && (largest >> (b - begin + blocks) * 16 & 1) != 0) {
                ++blocks;
            }
            if (blocks == needed) {
                return FrameNumber{b * 1024};
            }
        }
        return std::nullopt;
    }

    // Changes the frames of one block, word by word.
    template <typename Change>
    void for_words(std::uint64_t first, unsigned order, Change change) {
        if (order < 6) {
            std::uint64_t const ones = (std::uint64_t{1} << (1U << order)) - 1;
            change(words_[first / 64], ones << first % 64);
            refresh(first / 64);
            return;
        }
        std::uint64_t const end = (first + (std::uint64_t{1} << order)) / 64;
        for (std::uint64_t w = first / 64; w < end; ++w) {
            change(words_[w], ~std::uint64_t{0});
            refresh(w);
        }
    }

    void take_block(FrameNumber first, unsigned order) {
        for_words(index(first), order, [](Word& word, std::uint64_t frames) {
            word.free &= ~frames;
            word.allocated |= frames;
        });
        words_[index(first) / 64].starts |= bit(first);
        orders_[index(first)] = static_cast<std::uint8_t>(order);
        free_count_ -= std::uint64_t{1} << order;
        allocated_count_ += std::uint64_t{1} << order;
        ++blocks_;
    }

    void give_block(FrameNumber first) {
        unsigned const order = orders_[index(first)];
        for_words(index(first), order, [](Word& word, std::uint64_t frames) {
            word.free |= frames;
            word.allocated &= ~frames;
        });
        words_[index(first) / 64].starts &= ~bit(first);
        free_count_ += std::uint64_t{1} << order;
        allocated_count_ -= std::uint64_t{1} << order;
        --blocks_;
    }

    /// In the largest aligned blocks that fit.
    void take(FrameRange range) {
        for (FrameNumber frame = range.first; frame < range.end;) {
            unsigned const by_length = static_cast<unsigned>(std::bit_width(range.end - frame)) - 1;
            unsigned const by_place = static_cast<unsigned>(std::countr_zero(frame.raw() | 1024));
            unsigned const order = std::min(by_length, by_place);
            take_block(frame, order);
            frame = frame + (std::uint64_t{1} << order);
        }
    }

    std::optional<Error> why_no_block_starts_at(FrameNumber first) const {
        if (!span_.contains(first)) {
            return Error::NotRam;
        }
        if (is_free(first)) {
            return Error::AlreadyFree;
        }
        if (!is_allocated(first)) {
            return Error::Reserved;
        }
        bool const starts = (words_[index(first) / 64].starts & bit(first)) != 0;
        return starts ? std::nullopt : std::optional{Error::InsideBlock};
    }

    mm::FrameState inspect(FrameNumber frame) const {
        mm::Block const alone{frame, Order{}};
        if (is_allocated(frame)) {
            return {
                mm::FrameKind::Allocated, {frame, Order::of(orders_[index(frame)])}
            };
        }
        if (!is_free(frame)) {
            return {mm::FrameKind::Reserved, alone};
        }
        unsigned order = 0;
        while (order < 10 && frame.raw() % (std::uint64_t{2} << order) == 0 &&
               are_free(frame, std::uint64_t{2} << order)) {
            ++order;
        }
        return {
            mm::FrameKind::Free, {frame, Order::of(order)}
        };
    }

    bool are_free(FrameNumber first, std::uint64_t count) const {
        if (!span_.contains(FrameRange{first, first + count})) {
            return false;
        }
        if (count >= 64) {
            std::uint64_t const words = ~std::uint64_t{0} >> (64 - count / 64);
            return (full_ >> index(first) / 64 & words) == words;
        }
        std::uint64_t const ones = (std::uint64_t{1} << count) - 1;
        return (words_[index(first) / 64].free >> index(first) % 64 & ones) == ones;
    }

    FrameRange span_;
    std::uint64_t base_;
    std::array<Word, kWords> words_;
    std::uint64_t full_ = 0;                          ///< Words that are wholly free.
    std::array<std::uint64_t, 6> by_largest_{};       ///< The others, by their largest free block.
    std::array<std::uint8_t, kWords * 64> orders_{};  ///< Of the block that starts there.
    std::uint64_t free_count_ = 0;
    std::uint64_t allocated_count_ = 0;
    std::uint64_t blocks_ = 0;
};

}  // namespace simulation
