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
#include <atomic>
#include <cstdint>
#include <utility>

namespace concurrency {

/// CachedBuddies as a kernel has it: interrupts are masked around each call.
template <typename Lock, std::uint64_t kFirst, std::uint64_t kEnd, unsigned kCores>
class CachedFrames {
public:
    static constexpr mm::FrameRange kSpan{mm::FrameNumber{kFirst}, mm::FrameNumber{kEnd}};

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
        auto const block = cached_.allocate(caches_[core], mm::Order::of(order));
        must(block);
        return *block;
    }
    /// The same: `core` keeps nothing.
    void begin_without(unsigned core) { must(cached_.drain(caches_[core])); }

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
    template <typename Result>
    static void must(Result const& result) {
        if (!result) {
            fail("something is damaged");
        }
    }

    Lock lock_{"the frames", kernel::LockRank::Frames};
    std::array<std::uint64_t, mm::BuddyAllocator::metadata_words(kSpan)> metadata_{};
    mm::BuddyAllocator buddies_{kSpan, metadata_};
    std::array<mm::CoreCache, kCores> caches_{};
    mm::CachedBuddies cached_{buddies_, caches_, &lock_};
};

/// The same for cores that must not be told that there is none as long as one of them keeps some,
/// as a zone does it.
template <typename Lock, std::uint64_t kFirst, std::uint64_t kEnd, unsigned kCores>
class SharedFrames : public CachedFrames<Lock, kFirst, kEnd, kCores> {
public:
    kernel::Result<mm::Block> allocate(mm::Order order) {
        return telling([&] {
            auto const block = this->cached().allocate(this->mine(), order);
            return block || block.error() != kernel::Error::OutOfMemory ? block
                                                                        : allocate_of_all(order);
        });
    }
    kernel::Result<void> free(mm::FrameNumber first, mm::Order order) {
        return telling([&] { return this->cached().free(this->mine(), first, order); });
    }

    /// The last that a core does: from now on nobody need wait for it.
    void leave() {
        Masked const masked;
        this->drain();
        has_left_[this_core()].store(true, std::memory_order_release);
        wake_others();
    }

private:
    /// Does `call`, which may answer: who waits for that looks again.
    template <typename Call>
    auto telling(Call call) {
        Masked const masked;
        bool const was_asked = this->cached().is_asked(this_core());
        auto const outcome = call();
        if (was_asked) {
            wake_others();
        }
        return outcome;
    }

    /// What all cores kept is free now, or somebody has it.
    kernel::Result<mm::Block> allocate_of_all(mm::Order order) {
        mm::CachedBuddies& cached = this->cached();
        cached.close();
        wake_others();
        while (!all_have_answered()) {
            wait_for_news(&news_[this_core()]);
        }
        auto const block = cached.allocate(this->mine(), order);
        cached.open();
        return block;
    }

    /// They may be waiting for this core, too: so it answers.
    bool all_have_answered() {
        // Not a load, which could be of old news.
        news_[this_core()].fetch_add(0, std::memory_order_acquire);
        mm::CachedBuddies& cached = this->cached();
        if (cached.is_asked(this_core())) {
            this->answer();
            wake_others();
        }
        for (unsigned other = 0; other < kCores; ++other) {
            if (other != this_core() && cached.is_asked(other) &&
                !has_left_[other].load(std::memory_order_acquire)) {
                return false;
            }
        }
        return true;
    }

    void wake_others() {
        for (unsigned other = 0; other < kCores; ++other) {
            if (other != this_core()) {
                news_[other].fetch_add(1, std::memory_order_release);
            }
        }
    }

    // What an interrupt is to a real core: it looks again at what it waits for.
    std::array<std::atomic<std::uint32_t>, kCores> news_{};
    std::array<std::atomic<bool>, kCores> has_left_{};
};

/// Frames of which some have an owner from the beginning.
template <typename Allocator>
struct OwnedFrames : Frames<Allocator> {
    /// A block that `owner` has, from what `lender` has borrowed.
    mm::Block owned_by(unsigned owner, unsigned lender = 0) {
        return this->begin_with(owner, this->allocator.begin_with(lender, 0));
    }

    /// Frames of core 0's, one after the other for each of `others` cores from 1 on.
    template <unsigned kCount>
    std::array<mm::Block, kCount> owned_by_others(unsigned others) {
        return owned_by_others(others, std::make_integer_sequence<unsigned, kCount>{});
    }

private:
    template <unsigned... kIndex>
    auto owned_by_others(unsigned others, std::integer_sequence<unsigned, kIndex...> /*indices*/) {
        return std::array{owned_by(1 + kIndex % others)...};
    }
};

}  // namespace concurrency
