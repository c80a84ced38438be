// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/lock.hpp"
#include "kernel/mm/cached_buddies.hpp"

#include <cstdint>
#include <optional>
#include <span>

namespace mm {

/// The cores that keep frames.
class CacheOwners {
public:
    /// The core that asks, and how its interrupts were masked before.
    struct Pin {
        unsigned core;
        std::uint64_t before;
    };

    /// Keeps the interrupt handlers of this core out, until unpin() is told what this has said.
    /// What is done meanwhile is so short that nobody measures it.
    virtual Pin pin() = 0;
    virtual void unpin(Pin pin) = 0;

    /// Makes `core` call SharedBuddies::answer() soon, in an interrupt handler. False if it never
    /// will: it does not run.
    virtual bool call(unsigned core) = 0;

    /// When a core that is called now must have answered, by a clock of its own.
    virtual std::uint64_t deadline() = 0;
    /// Each time that `core` has not. Does not return behind the deadline: it never will.
    virtual void keep_waiting(unsigned core, std::uint64_t deadline) = 0;

protected:
    ~CacheOwners() = default;
};

/// What the cores that share frames have in common.
struct Sharing {
    kernel::Lock& lock;   ///< Of the frames. Handlers take it, too.
    kernel::Lock& watch;  ///< For whoever is shown all frames. It is taken before the other.
    CacheOwners& owners;
};

/// Keeps the interrupt handlers of this core out as long as it lives.
class Pinned {
public:
    explicit Pinned(CacheOwners& owners) : owners_{owners}, pin_{owners.pin()} {}
    ~Pinned() { owners_.unpin(pin_); }
    Pinned(Pinned const&) = delete;
    Pinned& operator=(Pinned const&) = delete;

    unsigned core() const { return pin_.core; }

private:
    CacheOwners& owners_;
    CacheOwners::Pin pin_;
};

/// CachedBuddies as the cores of a machine call it: on whichever core, in a handler or not. What
/// other cores keep is fetched from them before a request is refused.
class SharedBuddies {
public:
    /// All outlive this. `caches` are new, one for each core, by its number; `metadata` is as
    /// CachedBuddies wants it.
    SharedBuddies(BuddyAllocator& buddies, std::span<CoreCache> caches,
                  std::span<std::uint64_t> metadata, Sharing const& sharing)
        : cached_{buddies, caches, metadata, &sharing.lock}, sharing_{sharing} {}

    /// As BuddyAllocator's.
    kernel::Result<Block> allocate(Order order);
    kernel::Result<void> free(FrameNumber first, Order order);

    /// Drains the cache of this core.
    void drain_mine();

    /// Drains the cache of this core if another one has asked for it: a part, and for the rest it
    /// calls this core again. For a handler.
    void answer();

    /// Drains all caches. Until as many calls of open() nobody keeps anything: then the buddy
    /// allocator can be called, with the lock.
    void close();
    void open() { cached_.open(); }

    CachedBuddies const& cached() const { return cached_; }
    Sharing const& sharing() const { return sharing_; }

private:
    kernel::Result<Block> allocate_here(Order order);
    std::optional<unsigned> answer_in_part();
    void answer_in_full();
    CoreCache& cache_of(Pinned const& pinned) const { return cached_.caches()[pinned.core()]; }

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
