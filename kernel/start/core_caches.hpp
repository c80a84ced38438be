// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/arch/core_lock.hpp"
#include "kernel/arch/cores.hpp"
#include "kernel/mm/core_cache.hpp"
#include "kernel/mm/frame_allocator.hpp"
#include "kernel/mm/shared_buddies.hpp"

#include <array>

namespace start {

/// Makes the zones those of all cores: a lock, and what each core keeps of each zone.
class CoreCaches final : public mm::CacheOwners, public kernel::Work {
public:
    CoreCaches(mm::FrameAllocator& frames, arch::Cores& cores) : frames_{frames}, cores_{cores} {}

    /// Before another core works. Where a message does not interrupt a core, cores keep nothing:
    /// nobody could fetch it.
    void share();

    Pin pin() override;
    void unpin(Pin pin) override;
    bool call(unsigned core) override;

    /// What a core does that is sent a message.
    void run() override { frames_.answer(); }

private:
    mm::Sharing sharing() { return {frames_lock_, watch_lock_, *this}; }

    using Caches = std::array<mm::CoreCache, kernel::kMostCores>;

    mm::FrameAllocator& frames_;
    arch::Cores& cores_;
    arch::MaskingLock frames_lock_{"the frames", kernel::LockRank::Frames};
    arch::CoreLock watch_lock_{"the watch", kernel::LockRank::Watch};
    Caches early_caches_;
    Caches late_caches_;
    mm::SharedBuddies early_{frames_.zone(mm::ZoneId::Early).buddies(), early_caches_, sharing()};
    mm::SharedBuddies late_{frames_.zone(mm::ZoneId::Late).buddies(), late_caches_, sharing()};
};

}  // namespace start
