// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/require.hpp"
#include "kernel/units.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace drivers {

/// Received characters between an interrupt handler, which pushes, and one reader, which pops.
///
/// Each side writes its own counter only, so neither needs a lock or an atomic read-modify-write;
/// the counters run on for ever and their difference is what the ring holds.
class ReceiveRing {
public:
    /// The size of `storage` is a power of two; its contents do not matter.
    explicit ReceiveRing(std::span<std::uint16_t> storage) : storage_{storage} {
        kernel::require(kernel::is_power_of_two(storage.size()), "a ring's size is a power of two");
    }

    std::size_t capacity() const { return storage_.size(); }
    std::size_t room() const { return capacity() - held(); }
    bool is_empty() const { return held() == 0; }

    /// Only where there is room.
    void push(std::uint16_t word) {
        kernel::require(room() != 0, "only a ring with room takes a character");
        std::size_t const pushed = pushed_.load(std::memory_order_relaxed);
        storage_[pushed & (capacity() - 1)] = word;
        pushed_.store(pushed + 1, std::memory_order_release);
    }

    std::optional<std::uint16_t> pop() {
        if (is_empty()) {
            return std::nullopt;
        }
        std::size_t const popped = popped_.load(std::memory_order_relaxed);
        std::uint16_t const word = storage_[popped & (capacity() - 1)];
        popped_.store(popped + 1, std::memory_order_release);
        return word;
    }

private:
    std::size_t held() const {
        return pushed_.load(std::memory_order_acquire) - popped_.load(std::memory_order_acquire);
    }

    std::span<std::uint16_t> storage_;
    std::atomic<std::size_t> pushed_ = 0;
    std::atomic<std::size_t> popped_ = 0;
};

}  // namespace drivers
