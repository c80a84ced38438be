// SPDX-License-Identifier: MIT
#include "kernel/mm/zone.hpp"

#include "kernel/units.hpp"

#include <algorithm>

namespace mm {

Zone::Zone(std::string_view name, FrameRange span, std::span<FrameRange const> ram,
           std::span<std::uint64_t> metadata)
    : name_{name}, ram_{ram}, buddies_{span, metadata} {}

bool Zone::is_ram(FrameNumber frame) const {
    return std::ranges::any_of(ram_, [frame](FrameRange range) { return range.contains(frame); });
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
    statistics.cached = shared_ != nullptr ? shared_->cached().cached_frames() : 0;
    statistics.used = statistics.frames - statistics.reserved - statistics.free - statistics.cached;
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

void Zone::set_watch(FrameWatch* watch) {
    if (shared_ != nullptr && watch != nullptr && watch_ == nullptr) {
        shared_->close();
    } else if (shared_ != nullptr && watch == nullptr && watch_ != nullptr) {
        shared_->open();
    }
    watch_ = watch;
}

void Zone::drain_mine() {
    if (shared_ != nullptr) {
        shared_->drain_mine();
    }
}

std::optional<unsigned> Zone::keeper(FrameNumber frame) const {
    return shared_ != nullptr ? shared_->cached().keeper(frame) : std::nullopt;
}

FrameState Zone::inspect(FrameNumber frame) const {
    return shared_ != nullptr ? shared_->cached().inspect(frame) : buddies_.inspect(frame);
}

kernel::Result<VerifyReport> Zone::verify() {
    if (shared_ != nullptr) {
        auto const proven = shared_->cached().verify();
        if (!proven) {
            return proven;
        }
        drain();
    }
    return buddies_.verify();
}

// Under the lock, and where no run of `range` is lent: the buddy allocator would take what a core
// keeps for allocated.
template <typename Call>
auto Zone::call_buddies(FrameRange range, Call call) {
    {
        kernel::Locked const locked{lock()};
        if (shared_ == nullptr || !shared_->cached().has_lent(range)) {
            return call();
        }
    }
    CachesClosed const closed{shared()};
    kernel::Locked const locked{lock()};
    return call();
}

// True if who watches does not object to `allocated` being handed out. Else all of it is given
// back, and the frame that is damaged is out of use.
kernel::Result<bool> Zone::is_sound(FrameRange allocated) {
    auto const damaged = watch_->find_damaged(allocated);
    if (!damaged) {
        return true;
    }
    kernel::Locked const locked{lock()};
    bool const is_out_of_use =
        buddies_.free_frames(allocated) && buddies_.reserve({*damaged, *damaged + 1});
    return is_out_of_use ? kernel::Result{false} : kernel::Error::Corrupt;
}

// Each round that finds damage leaves fewer frames to try.
template <typename Allocate>
kernel::Result<FrameRange> Zone::allocate_sound(Allocate allocate) {
    kernel::Locked const watched{watch_lock()};
    for (;;) {
        kernel::Result<FrameRange> const range = allocate();
        if (!range || watch_ == nullptr) {
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
        auto const block = shared_ != nullptr ? shared_->allocate(order) : buddies_.allocate(order);
        return block ? kernel::Result{block->range()} : block.error();
    });
}

kernel::Result<FrameRange> Zone::allocate_frames(std::uint64_t count, std::uint64_t alignment,
                                                 FrameNumber below) {
    return allocate_sound([=, this] {
        auto const call = [=, this] { return buddies_.allocate_frames(count, alignment, below); };
        constexpr FrameRange kNone{FrameNumber{0}, FrameNumber{0}};
        auto const range = call_buddies(kNone, call);
        bool const may_be_kept = !range && range.error() == kernel::Error::OutOfMemory;
        return may_be_kept ? call_buddies(span(), call) : range;
    });
}

kernel::Result<void> Zone::allocate_range(FrameRange range) {
    auto const allocated = allocate_sound([=, this]() -> kernel::Result<FrameRange> {
        auto const taken =
            call_buddies(range, [=, this] { return buddies_.allocate_range(range); });
        return taken ? kernel::Result{range} : taken.error();
    });
    return allocated ? kernel::Result<void>{} : allocated.error();
}

kernel::Result<void> Zone::free(Block const& block, FrameOwner const& owner) {
    kernel::Locked const watched{watch_lock()};
    auto const freed = shared_ != nullptr ? shared_->free(block.first, block.order)
                                          : buddies_.free(block.first, block.order);
    if (freed && watch_ != nullptr) {
        watch_->freed(block.range(), owner);
    }
    return freed;
}

kernel::Result<void> Zone::free_frames(FrameRange range, FrameOwner const& owner) {
    auto const order = Order::covering(range.count());
    bool const may_be_block = order && order->frame_count() == range.count() &&
                              kernel::is_aligned(range.first.raw(), range.count());
    if (may_be_block && free({range.first, *order}, owner)) {
        return {};
    }
    kernel::Locked const watched{watch_lock()};
    auto const freed = call_buddies(range, [=, this] { return buddies_.free_frames(range); });
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
    early_->drain_mine();
    kernel::require(was_ours, "page tables and the heap give back frames they were given");
}

}  // namespace mm
