// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/lock.hpp"
#include "kernel/mm/buddy_allocator.hpp"
#include "kernel/require.hpp"
#include "shell/rows/row.hpp"

#include <cstdint>
#include <optional>
#include <type_traits>

namespace bench {

/// The kernel's buddy allocator as a zone uses it, every check of a free included.
struct Beryl : Coreless {
    static constexpr unsigned kLargestOrder = mm::Order::kMax;
    static constexpr bool kTouchesFrames = false;
    static constexpr std::uint64_t kOwnBytes = sizeof(mm::BuddyAllocator);

    // Cold: what is not inlined there the kernel has already.
    [[gnu::cold]] static std::uint64_t metadata_words(mm::FrameRange frames) {
        return mm::BuddyAllocator::metadata_words(frames);
    }
    [[gnu::cold]] static void begin_with(Space const& space, kernel::Lock* its_lock) {
        buddies.emplace(space.frames, space.metadata);
        kernel::require(static_cast<bool>(buddies->release(space.frames)), "every frame is free");
        lock = its_lock;
    }

    static inline std::optional<mm::BuddyAllocator> buddies;
    static inline kernel::Lock* lock = nullptr;
};

/// Where one core is all there is.
struct NoGuard {
    explicit NoGuard(kernel::Lock* /*lock*/) {}
};

/// Without caches. Without a lock, nobody asks whether there is one.
template <bool kLocked>
struct Buddies : Beryl {
    static constexpr bool kIsShared = kLocked;
    using Guard = std::conditional_t<kLocked, kernel::Locked, NoGuard>;

    static void begin(Space const& space) { begin_with(space, space.lock); }

    static Place allocate(unsigned order) {
        [[maybe_unused]] Guard const guard{lock};
        auto const block = buddies->allocate(mm::Order::of(order));
        return block ? block->first.raw() : kNone;
    }

    static void free(Place place, unsigned order) {
        [[maybe_unused]] Guard const guard{lock};
        bool const done{buddies->free(mm::FrameNumber{place}, mm::Order::of(order))};
        kernel::require(done, "what was allocated can be freed");
    }
};

}  // namespace bench
