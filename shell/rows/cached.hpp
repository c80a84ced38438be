// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/mm/cached_buddies.hpp"
#include "shell/rows/beryl.hpp"
#include "shell/rows/core.hpp"

#include <array>
#include <cstdint>
#include <new>
#include <optional>
#include <span>

namespace bench {

/// The same behind the caches of cores. `Masking` keeps this core's interrupt handlers out as long
/// as it lives.
template <typename Masking>
struct Cached {
    static constexpr unsigned kLargestOrder = mm::Order::kMax;
    static constexpr bool kIsShared = true;
    static constexpr bool kTouchesFrames = false;
    static constexpr std::uint64_t kOwnBytes = Beryl::kOwnBytes + sizeof(mm::CachedBuddies);
    static constexpr std::uint64_t kBytesPerCore = sizeof(mm::CoreCache);

    static std::uint64_t metadata_words(mm::FrameRange frames) {
        return Beryl::metadata_words(frames);
    }

    [[gnu::cold]] static void begin(Space const& space) {
        Beryl::begin_with(space, nullptr);
        for (unsigned core = 0; core < space.cores; ++core) {
            new (caches() + core) mm::CoreCache;
        }
        cached.emplace(*Beryl::buddies, std::span{caches(), space.cores}, space.lock);
    }

    static void become_core(unsigned number) { keep(caches() + number); }

    static Place allocate(unsigned order) {
        if (order < mm::CoreCache::kOrders) [[likely]] {
            [[maybe_unused]] Masking const masked{};
            if (auto const block = mine().take(mm::Order::of(order))) {
                return block->first.raw();
            }
        }
        return allocate_slowly(order);
    }

    static void free(Place place, unsigned order) {
        if (order < mm::CoreCache::kOrders) [[likely]] {
            [[maybe_unused]] Masking const masked{};
            if (mine().put(mm::FrameNumber{place}, mm::Order::of(order))) {
                return;
            }
        }
        free_slowly(place, order);
    }

    /// All that cores keep.
    static void drain() {
        for (mm::CoreCache& cache : cached->caches()) {
            kernel::require(static_cast<bool>(cached->drain(cache)), "caches can be drained");
        }
    }

private:
    static mm::CoreCache& mine() { return *static_cast<mm::CoreCache*>(kept()); }

    [[gnu::noinline]] static Place allocate_slowly(unsigned order) {
        [[maybe_unused]] Masking const masked{};
        auto const block = cached->allocate_slowly(mine(), mm::Order::of(order));
        return block ? block->first.raw() : kNone;
    }

    [[gnu::noinline]] static void free_slowly(Place place, unsigned order) {
        [[maybe_unused]] Masking const masked{};
        bool const done{cached->free_slowly(mine(), mm::FrameNumber{place}, mm::Order::of(order))};
        kernel::require(done, "what was allocated can be freed");
    }

    /// No caches before there is something to keep: else they would be part of the image, for they
    /// are not all zero.
    union Caches {
        constexpr Caches() : none{} {}
        char none;
        std::array<mm::CoreCache, kMostCores> all;
    };
    static mm::CoreCache* caches() { return room.all.data(); }

    static inline Caches room;
    static inline std::optional<mm::CachedBuddies> cached;
};

}  // namespace bench
