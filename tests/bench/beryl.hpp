// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/lock.hpp"
#include "kernel/mm/buddy_allocator.hpp"
#include "kernel/require.hpp"

#include "tests/bench/locks.hpp"
#include "tests/bench/row.hpp"

#include <cstdint>
#include <optional>

namespace bench {

/// The kernel's buddy allocator as a zone uses it, every check of a free included.
struct Beryl {
    static constexpr unsigned kLargestOrder = mm::Order::kMax;
    static constexpr bool kTouchesFrames = false;

    static std::uint64_t metadata_words(mm::FrameRange frames) {
        return mm::BuddyAllocator::metadata_words(frames);
    }

    static void begin(Space const& space) {
        buddies.emplace(space.frames, space.metadata);
        kernel::require(static_cast<bool>(buddies->release(space.frames)), "every frame is free");
    }

    static void become_core(unsigned) {}
    static void drain() {}

    static inline std::optional<mm::BuddyAllocator> buddies;
};

/// Without caches. Without a lock, where one core is all there is.
template <bool kLocked>
struct Buddies : Beryl {
    static constexpr bool kIsShared = kLocked;

    static std::uint64_t other_bytes(unsigned) { return sizeof(mm::BuddyAllocator); }

    static Place allocate(unsigned order) {
        kernel::Locked const locked{lock};
        auto const block = buddies->allocate(mm::Order::of(order));
        return block ? block->first.raw() : kNone;
    }

    static void free(Place place, unsigned order) {
        kernel::Locked const locked{lock};
        bool const done{buddies->free(mm::FrameNumber{place}, mm::Order::of(order))};
        kernel::require(done, "what was allocated can be freed");
    }

    static inline KernelLock the_lock{"the frames", kernel::LockRank::Frames};
    // As a zone has it: known at run time only.
    static inline kernel::Lock* lock = kLocked ? &the_lock : nullptr;
};

}  // namespace bench
