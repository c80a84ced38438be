// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/arch/core_lock.hpp"
#include "kernel/arch/cores.hpp"
#include "kernel/mm/frame_allocator.hpp"
#include "kernel/mm/shared_buddies.hpp"

namespace start {

/// Makes the zones those of all cores: a lock, and what each core keeps of each zone.
class CoreCaches final : public mm::CacheOwners, public kernel::Work {
public:
    /// What cores keep is noted in the heap, for ever.
    CoreCaches(mm::FrameAllocator& frames, arch::Cores& cores);

    /// Before another core works. Where a message does not interrupt a core, cores keep nothing:
    /// nobody could fetch it.
    void share();

    Pin pin() override;
    void unpin(Pin pin) override;
    bool call(unsigned core) override;
    std::uint64_t deadline() override { return arch::LockMachine::deadline(); }
    void keep_waiting(unsigned core, std::uint64_t deadline) override;

    /// What a core does that is sent a message.
    void run() override { frames_.answer(); }

private:
    mm::SharedBuddies shared(mm::ZoneId zone);
    mm::Sharing sharing() { return {frames_lock_, watch_lock_, *this}; }

    mm::FrameAllocator& frames_;
    arch::Cores& cores_;
    arch::MaskingLock frames_lock_{"the frames", kernel::LockRank::Frames};
    arch::CoreLock watch_lock_{"the watch", kernel::LockRank::Watch};
    mm::SharedBuddies early_;
    mm::SharedBuddies late_;
};

}  // namespace start
