// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/lock.hpp"
#include "kernel/mm/buddy_allocator.hpp"
#include "kernel/mm/early_frames.hpp"
#include "kernel/mm/fault_plan.hpp"
#include "kernel/mm/frame.hpp"
#include "kernel/mm/frame_watch.hpp"
#include "kernel/mm/order.hpp"
#include "kernel/mm/shared_buddies.hpp"
#include "kernel/result.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace mm {

/// How many frames a zone has and in which state they are: `frames` is RAM, holes not counted, and
/// is always `reserved + free + used + cached`.
struct ZoneStatistics {
    FrameRange span{FrameNumber{0}, FrameNumber{0}};
    std::uint64_t frames = 0;
    std::uint64_t reserved = 0;
    std::uint64_t free = 0;
    std::uint64_t used = 0;
    std::uint64_t cached = 0;
    std::array<std::uint64_t, Order::kMax + 1> free_blocks{};  ///< By order.
    std::optional<Order> largest;                              ///< None when nothing is free.
};

/// A name, a buddy allocator, and which frames of its span are RAM at all.
///
/// Where several cores allocate and free, it must be shared. What only looks is exact while nobody
/// does.
class Zone {
public:
    /// Every frame is reserved at first; release what may be handed out.
    ///
    /// `ram` is sorted and disjoint, lies inside `span`, and outlives the zone. `metadata` is
    /// `BuddyAllocator::metadata_words(span)` words that nothing else writes.
    Zone(std::string_view name, FrameRange span, std::span<FrameRange const> ram,
         std::span<std::uint64_t> metadata);

    std::string_view name() const { return name_; }
    FrameRange span() const { return buddies_.span(); }
    bool is_ram(FrameNumber frame) const;
    ZoneStatistics statistics() const;

    /// As the buddy allocator's; but whoever watches sees the frames first, and one that it finds
    /// damaged is reserved for good and replaced by others. Errors: also Corrupt.
    kernel::Result<FrameRange> allocate(Order order);
    kernel::Result<FrameRange> allocate_frames(std::uint64_t count, std::uint64_t alignment = 1,
                                               FrameNumber below = kAnywhere);
    /// Here a damaged frame cannot be replaced: Reserved.
    kernel::Result<void> allocate_range(FrameRange range);

    /// As the buddy allocator's; whoever watches is told of the frames, and of `owner`.
    kernel::Result<void> free(Block const& block, FrameOwner const& owner = {});
    kernel::Result<void> free_frames(FrameRange range, FrameOwner const& owner = {});

    /// From now on `watch` sees every frame; none: nobody does. While somebody does, no core keeps
    /// any for itself, and no interrupt handler may call.
    void set_watch(FrameWatch* watch);

    /// From now on several cores allocate and free, interrupt handlers too, by way of `shared`,
    /// which is one for buddies() and outlives this.
    void share(SharedBuddies& shared) { shared_ = &shared; }
    /// Null before.
    SharedBuddies* shared() { return shared_; }
    SharedBuddies const* shared() const { return shared_; }

    /// Gives back what cores keep.
    void drain() { CachesClosed const closed{shared()}; }
    /// Gives back what this core keeps. For who frees seldom, and wants to see blocks merge.
    void drain_mine();

    /// What `frame` is. What a core keeps is free.
    FrameState inspect(FrameNumber frame) const;
    /// The core that keeps `frame`, if any.
    std::optional<unsigned> keeper(FrameNumber frame) const;

    /// Proves what cores keep and what is left; then gives back what they keep. Errors: Corrupt.
    kernel::Result<VerifyReport> verify();

    /// What cores keep counts as allocated here. Who changes anything has drained it.
    BuddyAllocator& buddies() { return buddies_; }
    BuddyAllocator const& buddies() const { return buddies_; }

    /// The `error` of a call on the frames from `first` on as a user should hear it: the buddy
    /// allocator knows no holes and calls them reserved.
    kernel::Error refine(kernel::Error error, FrameNumber first) const;

private:
    template <typename Allocate>
    kernel::Result<FrameRange> allocate_sound(Allocate allocate);
    kernel::Result<bool> is_sound(FrameRange allocated);
    template <typename Call>
    auto call_buddies(FrameRange range, Call call);
    kernel::Lock* lock() { return shared_ != nullptr ? &shared_->sharing().lock : nullptr; }
    kernel::Lock* watch_lock() {
        return shared_ != nullptr && watch_ != nullptr ? &shared_->sharing().watch : nullptr;
    }

    std::string_view name_;
    std::span<FrameRange const> ram_;
    BuddyAllocator buddies_;
    FrameWatch* watch_ = nullptr;
    SharedBuddies* shared_ = nullptr;
};

/// Single frames of the early zone, for one part of the kernel.
class EarlyZoneFrames final : public EarlyFrameSource {
public:
    /// `owner` names that part. All outlive this.
    explicit EarlyZoneFrames(Zone& early, FaultPlan* faults = nullptr, std::string_view owner = {})
        : early_{&early}, faults_{faults}, owner_{owner} {}

    kernel::Result<EarlyFrame> allocate() override;
    void free(EarlyFrame frame) override;

private:
    Zone* early_;
    FaultPlan* faults_;
    std::string_view owner_;
};

}  // namespace mm
