// SPDX-License-Identifier: MIT
#include "kernel/mm/zone.hpp"

#include <algorithm>

namespace mm {

Zone::Zone(std::string_view name, FrameRange span, std::span<FrameRange const> ram,
           std::span<std::uint64_t> metadata)
    : name_{name}, ram_{ram}, buddies_{span, metadata} {}

bool Zone::is_ram(FrameNumber frame) const {
    return std::any_of(ram_.begin(), ram_.end(),
                       [frame](FrameRange range) { return range.contains(frame); });
}

ZoneStatistics Zone::statistics() const {
    ZoneStatistics statistics{};
    statistics.span = span();
    for (FrameRange const range : ram_) {
        statistics.frames += range.count();
    }
    std::uint64_t const holes = span().count() - statistics.frames;
    statistics.free = buddies_.free_frames_count();
    statistics.reserved = buddies_.reserved_frames() - holes;
    statistics.used = statistics.frames - statistics.reserved - statistics.free;
    statistics.free_blocks = buddies_.free_blocks();
    statistics.largest = buddies_.largest_free();
    return statistics;
}

kernel::Error Zone::refine(kernel::Error error, FrameNumber first) const {
    if (error != kernel::Error::Reserved) {
        return error;
    }
    // The first frame that is reserved is the one that was in the way, so there is one.
    FrameNumber frame = first;
    while (buddies_.inspect(frame).kind != FrameKind::Reserved) {
        frame = frame + 1;
    }
    return is_ram(frame) ? error : kernel::Error::NotRam;
}

// True if nobody objects to `allocated` being handed out. Else all of it is given back, and the
// frame that is damaged is out of use.
kernel::Result<bool> Zone::is_sound(FrameRange allocated) {
    auto const damaged = watch_ == nullptr ? std::nullopt : watch_->find_damaged(allocated);
    if (!damaged) {
        return true;
    }
    bool const is_out_of_use =
        buddies_.free_frames(allocated) && buddies_.reserve({*damaged, *damaged + 1});
    return is_out_of_use ? kernel::Result{false} : kernel::Error::Corrupt;
}

// Each round that finds damage leaves fewer frames to try.
template <typename Allocate>
kernel::Result<FrameRange> Zone::allocate_sound(Allocate allocate) {
    kernel::Locked const locked{lock_};
    for (;;) {
        kernel::Result<FrameRange> const range = allocate();
        if (!range) {
            return range;
        }
        auto const sound = is_sound(*range);
        if (!sound) {
            return sound.error();
        }
        if (*sound) {
            return range;
        }
    }
}

kernel::Result<FrameRange> Zone::allocate(Order order) {
    return allocate_sound([this, order]() -> kernel::Result<FrameRange> {
        auto const block = buddies_.allocate(order);
        return block ? kernel::Result{block->range()} : block.error();
    });
}

kernel::Result<FrameRange> Zone::allocate_frames(std::uint64_t count, std::uint64_t alignment) {
    return allocate_sound([=, this] { return buddies_.allocate_frames(count, alignment); });
}

kernel::Result<void> Zone::allocate_range(FrameRange range) {
    auto const allocated = allocate_sound([=, this]() -> kernel::Result<FrameRange> {
        auto const taken = buddies_.allocate_range(range);
        return taken ? kernel::Result{range} : taken.error();
    });
    return allocated ? kernel::Result<void>{} : allocated.error();
}

kernel::Result<void> Zone::free(Block const& block, FrameOwner const& owner) {
    kernel::Locked const locked{lock_};
    auto const freed = buddies_.free(block.first, block.order);
    if (freed && watch_ != nullptr) {
        watch_->freed(block.range(), owner);
    }
    return freed;
}

kernel::Result<void> Zone::free_frames(FrameRange range, FrameOwner const& owner) {
    kernel::Locked const locked{lock_};
    auto const freed = buddies_.free_frames(range);
    if (freed && watch_ != nullptr) {
        watch_->freed(range, owner);
    }
    return freed;
}

kernel::Result<EarlyFrame> EarlyZoneFrames::allocate() {
    if (is_struck(faults_)) {
        return kernel::Error::OutOfMemory;
    }
    auto const frame = early_->allocate(Order{});
    if (!frame) {
        return frame.error();
    }
    return EarlyFrame{frame->first};
}

void EarlyZoneFrames::free(EarlyFrame frame) {
    bool const was_ours{early_->free({frame.number(), Order{}}, {.name = owner_})};
    kernel::require(was_ours, "page tables and the heap give back frames they were given");
}

}  // namespace mm
