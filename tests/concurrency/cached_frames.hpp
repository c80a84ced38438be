// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/mm/buddy_allocator.hpp"
#include "kernel/mm/cached_buddies.hpp"
#include "kernel/mm/frame.hpp"
#include "kernel/mm/order.hpp"
#include "kernel/require.hpp"
#include "kernel/result.hpp"

#include "tests/concurrency/frames.hpp"
#include "tests/concurrency/machine.hpp"

#include <array>
#include <cstdint>

namespace concurrency {

/// CachedBuddies as a kernel has it: interrupts are masked around each call.
///
/// There are `kRuns` runs, and of blocks smaller than a run the two largest orders: so few steps
/// fill one.
template <typename Lock, std::uint64_t kRuns, unsigned kCores>
class CachedFrames {
public:
    static constexpr mm::FrameRange kSpan{mm::FrameNumber{0},
                                          mm::FrameNumber{kRuns * mm::kRunFrames}};
    static constexpr unsigned kUnit = 4;

    CachedFrames() { kernel::require(static_cast<bool>(buddies_.release(kSpan)), "there is RAM"); }

    kernel::Result<mm::Block> allocate(mm::Order order) {
        Masked const masked;
        return cached_.allocate(mine(), order);
    }
    kernel::Result<void> free(mm::FrameNumber first, mm::Order order) {
        Masked const masked;
        return cached_.free(mine(), first, order);
    }
    void drain() {
        Masked const masked;
        must(cached_.drain(mine()));
    }
    void answer() {
        Masked const masked;
        cached_.answer(mine());
    }

    /// Before the first core begins: a block that `core` has taken.
    mm::Block begin_with(unsigned core, unsigned order) {
        auto const block = cached_.allocate(caches_[core], mm::Order::of(order + kUnit));
        must(block);
        return *block;
    }
    /// The same: `core` keeps nothing.
    void begin_without(unsigned core) { must(cached_.drain(caches_[core])); }
    /// The same: a run of which it has used up all, `block` too, is not abandoned but `core`'s.
    void begin_with_its_own(unsigned core, mm::Block block) {
        must(cached_.free(caches_[core], block.first, block.order));
        take_again(core, block);
    }

    void come_to_rest() {
        must(cached_.verify());
        drain_all();
        must(cached_.verify());
        if (cached_.cached_frames() != 0 || buddies_.lent_runs() != 0) {
            fail("something is kept though all is drained");
        }
    }
    void drain_all() {
        for (mm::CoreCache& cache : caches_) {
            must(cached_.drain(cache));
        }
    }

    mm::BuddyAllocator const& buddies() const { return buddies_; }
    mm::CachedBuddies& cached() { return cached_; }
    mm::CoreCache& mine() { return caches_[this_core()]; }

private:
    /// The last that `core` has at hand; all others are given back.
    void take_again(unsigned core, mm::Block block) {
        auto const taken = begin_with(core, block.order.value() - kUnit);
        if (taken.first != block.first) {
            take_again(core, block);
            must(cached_.free(caches_[core], taken.first, taken.order));
        }
    }

    template <typename Result>
    static void must(Result const& result) {
        if (!result) {
            fail("something is damaged");
        }
    }

    std::array<mm::CoreCache, kCores> caches_{};
    Lock lock_{"the frames", kernel::LockRank::Frames};
    std::array<std::uint64_t, mm::BuddyAllocator::metadata_words(kSpan)> metadata_{};
    mm::BuddyAllocator buddies_{kSpan, metadata_};
    std::array<std::uint64_t, mm::CachedBuddies::metadata_words(kSpan, kCores)> loans_{};
    mm::CachedBuddies cached_{buddies_, caches_, loans_, &lock_};
};

/// Two runs: four of the smallest blocks each, which are units here.
template <typename Lock, unsigned kCores = 2>
using Two = OwnedFrames<CachedFrames<Lock, 2, kCores>>;

/// One for each order of each core, and one more.
template <typename Lock, unsigned kCores = 2>
using Five = OwnedFrames<CachedFrames<Lock, 5, kCores>>;

}  // namespace concurrency
