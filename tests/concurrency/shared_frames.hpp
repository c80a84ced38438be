// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/lock.hpp"
#include "kernel/mm/buddy_allocator.hpp"
#include "kernel/mm/cached_buddies.hpp"
#include "kernel/mm/frame.hpp"
#include "kernel/mm/order.hpp"
#include "kernel/mm/shared_buddies.hpp"
#include "kernel/require.hpp"
#include "kernel/result.hpp"

#include "tests/concurrency/machine.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <utility>

namespace concurrency {

/// The cores of a scenario, as those who share frames know them. A message interrupts a core where
/// it next lets interrupts in, if that has come there by then.
template <unsigned kCores>
class MessagedCores final : public mm::CacheOwners {
public:
    /// What is done in the handler of a message.
    void answer_with(mm::SharedBuddies& shared) { shared_ = &shared; }

    /// The core it stands for: another one, that is idle, has its messages handled by who sends
    /// them.
    Pin pin() override {
        mask();
        unsigned const self = this_core();
        return {acts_for_[self] == 0 ? self : acts_for_[self] - 1, 0};
    }
    void unpin(Pin /*pin*/) override {
        unmask();
        if (!is_in_handler_[this_core()]) {
            take_messages();
        }
    }

    bool call(unsigned core) override {
        if ((news_[core].fetch_add(kMessage, std::memory_order_acq_rel) & kIsIdle) != 0) {
            acts_for_[this_core()] = core + 1;
            handle();
            acts_for_[this_core()] = 0;
        } else if (core != this_core()) {
            waits_for_[this_core()] = static_cast<CoreSet>(waits_for_[this_core()] | only(core));
            has_looked_[this_core()] = false;
        }
        return true;
    }

    /// Who waits for ever is what the explorer itself finds.
    std::uint64_t deadline() override { return 0; }
    void keep_waiting(unsigned /*core*/, std::uint64_t /*deadline*/) override {}

    /// The last that a core does; nothing interrupts it from now on.
    void become_idle() {
        mask();
        unsigned const self = this_core();
        if (news_[self].fetch_or(kIsIdle, std::memory_order_acq_rel) / kMessage != taken_[self]) {
            handle();
            tell_others();
        }
    }

private:
    // Of the news for a core.
    static constexpr std::uint32_t kIsIdle = 1;
    static constexpr std::uint32_t kAnswer = 2;  ///< To a message of its own.
    static constexpr std::uint32_t kMessage = 0x10000;

    void take_messages() {
        unsigned const self = this_core();
        std::uint32_t const messages = news_[self].load(std::memory_order_acquire) / kMessage;
        if (messages != taken_[self]) {
            taken_[self] = messages;
            handle();
            tell_others();
        }
        wait_for_answers();
    }

    /// Comes back when there is news for a core that waits.
    void wait_for_answers() {
        unsigned const self = this_core();
        for (unsigned other = 0; other < kCores; ++other) {
            if (has(waits_for_[self], other) && !shared_->cached().is_asked(other)) {
                waits_for_[self] = static_cast<CoreSet>(waits_for_[self] & ~only(other));
            }
        }
        // The first look is no wait: it asks whether anybody has asked.
        if (std::exchange(has_looked_[self], true) && waits_for_[self] != 0) {
            wait_for_news(&news_[self]);
            news_[self].fetch_add(0, std::memory_order_acquire);  // Not a load of old news.
        }
    }

    void handle() {
        Masked const masked;
        bool& is_handling = is_in_handler_[this_core()];
        is_handling = true;
        shared_->answer();
        is_handling = false;
    }

    void tell_others() {
        for (unsigned other = 0; other < kCores; ++other) {
            if (other != this_core()) {
                news_[other].fetch_add(kAnswer, std::memory_order_release);
            }
        }
    }

    mm::SharedBuddies* shared_ = nullptr;
    std::array<std::atomic<std::uint32_t>, kCores> news_{};
    // What follows is each core's own.
    std::array<std::uint32_t, kMostCores> taken_{};  ///< So many messages.
    std::array<unsigned, kMostCores> acts_for_{};    ///< Counted from 1; 0 is itself.
    std::array<CoreSet, kMostCores> waits_for_{};
    std::array<bool, kMostCores> has_looked_{};  ///< Since it has sent a message.
    std::array<bool, kMostCores> is_in_handler_{};
};

/// SharedBuddies: nobody is refused as long as some core keeps what it wants.
/// There are `kRuns` runs, and of blocks smaller than a run the two largest orders: so few steps
/// fill one.
template <typename Lock, std::uint64_t kRuns, unsigned kCores>
class SharedFrames {
public:
    static constexpr mm::FrameRange kSpan{mm::FrameNumber{0},
                                          mm::FrameNumber{kRuns * mm::kRunFrames}};
    static constexpr unsigned kUnit = 4;

    SharedFrames() {
        kernel::require(static_cast<bool>(buddies_.release(kSpan)), "there is RAM");
        cores_.answer_with(shared_);
    }

    kernel::Result<mm::Block> allocate(mm::Order order) { return shared_.allocate(order); }
    kernel::Result<void> free(mm::FrameNumber first, mm::Order order) {
        return shared_.free(first, order);
    }
    /// Gives back what all cores keep.
    void drain() { mm::CachesClosed const closed{&shared_}; }
    void become_idle() { cores_.become_idle(); }

    /// Before the first core begins: a block that `core` has taken.
    mm::Block begin_with(unsigned core, unsigned order) {
        auto const block = cached().allocate(caches_[core], mm::Order::of(order + kUnit));
        kernel::require(static_cast<bool>(block), "there is a block for who begins with one");
        return *block;
    }

    void come_to_rest() {
        bool const was_sound = static_cast<bool>(cached().verify());
        for (mm::CoreCache& cache : caches_) {
            if (!cached().drain(cache)) {
                fail("something that is kept is damaged");
            }
        }
        if (!was_sound || !cached().verify() || buddies_.lent_runs() != 0) {
            fail("something is damaged");
        }
    }

    mm::BuddyAllocator const& buddies() const { return buddies_; }
    mm::SharedBuddies& shared() { return shared_; }

private:
    /// For when no core runs.
    mm::CachedBuddies& cached() { return const_cast<mm::CachedBuddies&>(shared_.cached()); }

    std::array<mm::CoreCache, kCores> caches_{};
    Lock lock_{"the frames", kernel::LockRank::Frames};
    Lock watch_{"the watch", kernel::LockRank::Watch};
    std::array<std::uint64_t, mm::BuddyAllocator::metadata_words(kSpan)> metadata_{};
    mm::BuddyAllocator buddies_{kSpan, metadata_};
    MessagedCores<kCores> cores_;
    std::array<std::uint64_t, mm::CachedBuddies::metadata_words(kSpan, kCores)> loans_{};
    mm::SharedBuddies shared_{
        buddies_, caches_, loans_, {lock_, watch_, cores_}
    };
};

}  // namespace concurrency
