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
        return Beryl::metadata_words(frames) +
               mm::CachedBuddies::metadata_words(frames, kMostCores);
    }

    [[gnu::cold]] static void begin(Space const& space) {
        Beryl::begin_with(space, nullptr);
        for (unsigned core = 0; core < space.cores; ++core) {
            new (caches() + core) mm::CoreCache;
        }
        cached.emplace(*Beryl::buddies, std::span{caches(), space.cores},
                       space.metadata.subspan(Beryl::metadata_words(space.frames)), space.lock);
    }

    static void become_core(unsigned number) { keep(caches() + number); }

    // All that a cache does is inlined, and so is this where another benchmark calls it. Masked
    // twice where there is more to do, so that nothing is kept in a register meanwhile that has to
    // be saved; no handler calls these.

    [[gnu::always_inline, gnu::flatten]] static Place allocate(unsigned order) {
        if (order < mm::CoreCache::kOrders) [[likely]] {
            [[maybe_unused]] Masking const masked{};
            if (auto const block = mine().take(mm::Order::of(order))) {
                return block->first.raw();
            }
        }
        return allocate_slowly(order);
    }

    [[gnu::always_inline, gnu::flatten]] static void free(Place place, unsigned order) {
        auto put = Put::Refused;
        if (order < mm::CoreCache::kOrders) [[likely]] {
            [[maybe_unused]] Masking const masked{};
            put = mine().put(mm::FrameNumber{place}, mm::Order::of(order));
        }
        if (put != Put::Kept) {
            free_slowly(place, order, put);
        }
    }

    /// All that cores keep.
    static void drain() {
        for (mm::CoreCache& cache : cached->caches()) {
            kernel::require(static_cast<bool>(cached->drain(cache)), "caches can be drained");
        }
    }

private:
    using Put = mm::CoreCache::Put;

    static mm::CoreCache& mine() { return *static_cast<mm::CoreCache*>(kept()); }

    [[gnu::noinline]] static Place allocate_slowly(unsigned order) {
        [[maybe_unused]] Masking const masked{};
        auto block = cached->allocate_slowly(mine(), mm::Order::of(order));
        if (!block && cached->drain(mine())) {
            block = cached->allocate_slowly(mine(), mm::Order::of(order));
        }
        return block ? block->first.raw() : kNone;
    }

    [[gnu::noinline]] static void free_slowly(Place place, unsigned order, Put put) {
        [[maybe_unused]] Masking const masked{};
        bool const done{
            cached->free_slowly(mine(), mm::FrameNumber{place}, mm::Order::of(order), put)};
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
