// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/cpu.hpp"
#include "kernel/lock.hpp"
#include "kernel/mm/cached_buddies.hpp"

#include <span>

namespace mm {

/// Reaches the cores that keep frames.
class CacheOwners {
public:
    /// Makes `core` call SharedBuddies::answer() soon, in an interrupt handler. False if it never
    /// will: it does not run.
    virtual bool call(unsigned core) = 0;

protected:
    ~CacheOwners() = default;
};

/// What the cores that share frames have in common.
struct Sharing {
    kernel::Lock& lock;   ///< Of the frames. Handlers take it, too.
    kernel::Lock& watch;  ///< For whoever is shown all frames. It is taken before the other.
    kernel::Cpu& cpu;     ///< The one that asks.
    CacheOwners& owners;
};

/// CachedBuddies as the cores of a machine call it: on whichever core, in a handler or not. What
/// other cores keep is fetched from them before a request is refused.
class SharedBuddies {
public:
    /// All outlive this. `caches` are empty, one for each core, by its number.
    SharedBuddies(BuddyAllocator& buddies, std::span<CoreCache> caches, Sharing const& sharing)
        : cached_{buddies, caches, &sharing.lock}, sharing_{sharing} {}

    /// As BuddyAllocator's.
    kernel::Result<Block> allocate(Order order);
    kernel::Result<void> free(FrameNumber first, Order order);

    /// Drains the cache of this core.
    void drain_mine();

    /// Drains the cache of this core if another one has asked for it. For a handler.
    void answer();

    /// Drains all caches. Until as many calls of open() nobody keeps anything: then the buddy
    /// allocator can be called, with the lock.
    void close();
    void open() { cached_.open(); }

    CachedBuddies const& cached() const { return cached_; }
    Sharing const& sharing() const { return sharing_; }

private:
    kernel::Result<Block> allocate_here(Order order);
    CoreCache& mine() const { return cached_.caches()[sharing_.cpu.core()]; }

    CachedBuddies cached_;
    Sharing sharing_;
};

/// Keeps all caches empty as long as it lives. Of none there is nothing to keep empty.
class CachesClosed {
public:
    explicit CachesClosed(SharedBuddies* shared) : shared_{shared} {
        if (shared_ != nullptr) {
            shared_->close();
        }
    }
    ~CachesClosed() {
        if (shared_ != nullptr) {
            shared_->open();
        }
    }
    CachesClosed(CachesClosed const&) = delete;
    CachesClosed& operator=(CachesClosed const&) = delete;

private:
    SharedBuddies* shared_;
};

}  // namespace mm
