// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/lock.hpp"
#include "kernel/mm/cached_buddies.hpp"

#include "tests/support/arena.hpp"
#include "tests/support/cache_words.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
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

/// An Arena, and cores with caches in front of it.
struct CachedArena {
    CachedArena(std::uint64_t first, std::uint64_t count, std::size_t cores = 2)
        : arena{first, count}, caches(cores) {}

    mm::Block take(unsigned core, unsigned order = 0) {
        return must(cached.allocate(caches[core], mm::Order::of(order)));
    }
    /// Takes `count` blocks on core 0.
    std::vector<mm::Block> fill(unsigned count, unsigned order = 0) {
        std::vector<mm::Block> taken;
        for (unsigned index = 0; index < count; ++index) {
            taken.push_back(take(0, order));
        }
        return taken;
    }
    /// The same with whole runs of frames, of which core 0 abandons none: it has freed a frame of
    /// each and taken it again.
    void fill_and_hold(unsigned runs) {
        fill(runs * mm::kRunFrames);
        for (unsigned run = 0; run < runs; ++run) {
            give(0, run * mm::kRunFrames);
        }
        fill(runs);
    }
    /// Blocks of `order`, from the one that begins at `first` to that before `end`.
    void give_row(unsigned core, std::uint64_t first, std::uint64_t end, unsigned order = 0) {
        for (std::uint64_t frame = first; frame < end; frame += std::uint64_t{1} << order) {
            give(core, frame, order);
        }
    }
    /// The frame on which a block of `order` begins that core 0 is given.
    std::uint64_t next(unsigned order = 0) { return take(0, order).first.raw(); }
    void give(unsigned core, std::uint64_t first, unsigned order = 0) {
        give(core, {mm::FrameNumber{first}, mm::Order::of(order)});
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
    /// A byte for each run: who has borrowed it.
    std::uint8_t* borrowers() { return reinterpret_cast<std::uint8_t*>(metadata.data()); }

    Arena arena;
    // In a vector, because CppUTest aligns no test to a line of a cache.
    std::vector<mm::CoreCache> caches;
    std::vector<std::uint64_t> metadata = std::vector<std::uint64_t>(
        mm::CachedBuddies::metadata_words(arena.allocator.span(), caches.size()));
    CountedLock lock;
    mm::CachedBuddies cached{arena.allocator, caches, metadata, &lock};
};

}  // namespace test
