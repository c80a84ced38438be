// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdint>

namespace bench {

/// No lock at all.
struct NoLock {
    void lock() {}
    void unlock() {}
};

/// The shortest lock there is. A host takes its cores away at any time: with a fair lock all wait
/// for whoever is next and does not run.
class TestAndSetLock {
public:
    void lock() {
        while (taken_.exchange(true, std::memory_order_acquire)) {
            while (taken_.load(std::memory_order_relaxed)) {
            }
        }
    }
    void unlock() { taken_.store(false, std::memory_order_release); }

private:
    alignas(64) std::atomic<bool> taken_{false};
};

/// The shortest fair one.
class ShortTicketLock {
public:
    void lock() {
        std::uint16_t const mine = drawn_.fetch_add(1, std::memory_order_relaxed);
        while (turn_.load(std::memory_order_acquire) != mine) {
        }
    }
    void unlock() {
        auto const turn = static_cast<unsigned>(turn_.load(std::memory_order_relaxed));
        turn_.store(static_cast<std::uint16_t>(turn + 1), std::memory_order_release);
    }

private:
    alignas(64) std::atomic<std::uint16_t> drawn_{0};
    std::atomic<std::uint16_t> turn_{0};
};

#if __STDC_HOSTED__
using FloorLock = TestAndSetLock;
#else
using FloorLock = ShortTicketLock;
#endif

}  // namespace bench
