// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/mm/trial/random.hpp"
#include "shell/stress/stressed_memory.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

namespace shell {

/// Allocates and frees in an order that the seed decides, and what memory is refused or left by
/// others: as many blocks as there is room for, then none, over and over. Small blocks come most
/// often; now and then it takes all of the early zone that it can have in large ones.
class StressWorker {
public:
    /// Who it is, among all that share the memory: below kMost.
    struct Name {
        unsigned number;
        std::uint64_t seed;
    };
    static constexpr unsigned kMost = 15;

    /// Has at most as many blocks as there are words in `room`, and orders up to `largest`.
    StressWorker(StressedMemory& memory, Name name, std::span<std::uint64_t> room,
                 mm::Order largest);

    /// Allocates a block, frees one, or leaves one for others.
    void step();

    /// Frees all that it has.
    void end();

    /// Allocations, refused ones too, and frees. Any core may ask at any time.
    std::uint64_t operations() const { return operations_.load(std::memory_order_relaxed); }
    std::uint64_t refused() const { return refused_; }
    /// Blocks of others that it found.
    std::uint64_t found() const { return found_; }

    /// The number of the worker that made `stamp`.
    static unsigned number_of(std::uint32_t stamp) { return (stamp >> kCountBits) - 1; }

private:
    static constexpr unsigned kCountBits = 28;
    static constexpr unsigned kLeastLarge = 6;  ///< Order.

    bool is_allocation_next();
    mm::Order choose_order();
    mm::ZoneId choose_zone();
    void allocate();
    StampedBlock take_out();
    void count_operation();

    StressedMemory& memory_;
    unsigned number_;
    mm::Random random_;
    std::span<std::uint64_t> held_;
    mm::Order largest_;
    std::size_t count_ = 0;     ///< Of blocks held.
    std::size_t goal_ = 0;      ///< How many are held at most, this time.
    bool is_filling_ = false;   ///< Else it gives back.
    bool takes_large_ = false;  ///< Until there are none.
    std::uint32_t stamps_ = 0;
    std::atomic<std::uint64_t> operations_{0};  ///< Written by who works alone.
    std::uint64_t refused_ = 0;
    std::uint64_t found_ = 0;
};

}  // namespace shell
