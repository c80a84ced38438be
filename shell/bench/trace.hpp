// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/mm/trial/random.hpp"

#include <bit>
#include <cstdint>
#include <span>

namespace bench {

/// One step of a trace: a block of `order` is allocated and put behind those that are held, or the
/// one at `position` is freed and the last takes its place.
struct Step {
    enum class Kind : std::uint8_t { Allocate, Free };

    Kind kind = Kind::Allocate;
    std::uint8_t order = 0;
    std::uint32_t position = 0;
};

/// Blocks of orders 0 to 9, each order half as likely as the one below, so that every order has as
/// many frames; a random one is freed whenever a given share of memory is taken. What an allocator
/// answers makes no difference: all get the same steps.
class MixedTrace {
public:
    static constexpr unsigned kLargestOrder = 9;

    /// Fills memory up to `frames`. `orders` has room for as many blocks as there can be: `frames`.
    constexpr MixedTrace(std::uint64_t frames, std::span<std::uint8_t> orders, std::uint64_t seed)
        : random_{seed}, orders_{orders}, frames_{frames} {}

    /// The first steps only allocate: until then.
    constexpr bool is_full() const { return taken_ >= frames_; }
    constexpr std::uint64_t taken_frames() const { return taken_; }
    constexpr std::uint32_t held() const { return held_; }

    constexpr Step next() { return is_full() ? free() : allocate(); }

private:
    constexpr Step allocate() {
        unsigned order = MixedTrace::kLargestOrder + 1;
        while (order > kLargestOrder) {
            order = static_cast<unsigned>(std::countr_zero(random_.next()));
        }
        auto const small = static_cast<std::uint8_t>(order);
        orders_[held_] = small;
        taken_ += std::uint64_t{1} << order;
        return {Step::Kind::Allocate, small, held_++};
    }

    constexpr Step free() {
        auto const position = static_cast<std::uint32_t>(random_.below(held_));
        std::uint8_t const order = orders_[position];
        orders_[position] = orders_[--held_];
        taken_ -= std::uint64_t{1} << order;
        return {Step::Kind::Free, order, position};
    }

    mm::Random random_;
    std::span<std::uint8_t> orders_;
    std::uint64_t frames_;
    std::uint64_t taken_ = 0;
    std::uint32_t held_ = 0;
};

}  // namespace bench
