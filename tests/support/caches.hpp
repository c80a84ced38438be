// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/lock.hpp"
#include "kernel/mm/cached_buddies.hpp"

#include "tests/support/arena.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace test {

/// Nobody else is there: counts how often somebody would have been kept waiting.
struct CountedLock final : kernel::Lock {
    void lock() override {
        if (is_taken) {
            give_up("a lock is taken by who has it");
        }
        is_taken = true;
        ++taken;
    }
    void unlock() override { is_taken = false; }

    bool is_taken = false;
    unsigned taken = 0;
};

/// An Arena, and two cores with caches in front of it.
struct CachedArena {
    CachedArena(std::uint64_t first, std::uint64_t count) : arena{first, count} {}

    mm::Block take(unsigned core, unsigned order = 0) {
        return must(cached.allocate(caches[core], mm::Order::of(order)));
    }
    /// Takes `count` frames on core 0.
    void fill(unsigned count) {
        for (unsigned index = 0; index < count; ++index) {
            take(0);
        }
    }
    void give(unsigned core, mm::Block block) {
        must(cached.free(caches[core], block.first, block.order));
    }
    /// Why the block is refused; none if it is not, or if anything has changed.
    std::optional<kernel::Error> refusal(unsigned core, std::uint64_t first, unsigned order = 0) {
        std::uint64_t const frames = cached.cached_frames();
        auto const why = arena.refusal([&] {
            return cached.free(caches[core], mm::FrameNumber{first}, mm::Order::of(order));
        });
        return frames == cached.cached_frames() ? why : std::nullopt;
    }
    void drain() {
        for (mm::CoreCache& cache : caches) {
            must(cached.drain(cache));
        }
    }
    bool is_sound() const { return static_cast<bool>(cached.verify()); }
    /// True if everything is free once all caches are drained.
    bool is_whole_again() {
        drain();
        mm::BuddyAllocator const& all = arena.allocator;
        return is_sound() && cached.cached_frames() == 0 && all.lent_runs() == 0 &&
               all.allocated_blocks() == 0 && all.free_frames_count() == all.span().count();
    }
    mm::BuddyAllocator& buddies() { return arena.allocator; }

    Arena arena;
    // In a vector, because CppUTest aligns no test to a line of a cache.
    std::vector<mm::CoreCache> caches = std::vector<mm::CoreCache>(2);
    CountedLock lock;
    mm::CachedBuddies cached{arena.allocator, caches, &lock};
};

}  // namespace test
