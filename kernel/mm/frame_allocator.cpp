// SPDX-License-Identifier: MIT
#include "kernel/mm/frame_allocator.hpp"

namespace mm {

using kernel::Error;
using kernel::Result;

std::optional<ZoneId> FrameAllocator::zone_of(FrameNumber frame) const {
    if (early_->span().contains(frame)) {
        return ZoneId::Early;
    }
    if (late_->span().contains(frame)) {
        return ZoneId::Late;
    }
    return {};
}

Result<Allocation> FrameAllocator::allocate(FrameRequest const& request) {
    if (is_struck(faults_)) {
        return Error::OutOfMemory;
    }
    if (request.at) {
        return allocate_at(request);
    }
    Error refusal = Error::TooLarge;
    for (ZoneId const id : {ZoneId::Late, ZoneId::Early}) {
        if (request.zone.value_or(id) != id) {
            continue;
        }
        auto const frames =
            zone(id).allocate_frames(request.count, request.alignment, request.below);
        if (frames) {
            return Allocation{*frames, id};
        }
        // Too large for one zone only is still worth trying again when the other has room.
        refusal = frames.error() == Error::TooLarge ? refusal : frames.error();
    }
    return refusal;
}

Result<Allocation> FrameAllocator::allocate(Order order, std::optional<ZoneId> only) {
    if (is_struck(faults_)) {
        return Error::OutOfMemory;
    }
    for (ZoneId const id : {ZoneId::Late, ZoneId::Early}) {
        if (only.value_or(id) != id) {
            continue;
        }
        auto const frames = zone(id).allocate(order);
        if (frames) {
            return Allocation{*frames, id};
        }
    }
    return Error::OutOfMemory;
}

Result<Allocation> FrameAllocator::allocate_at(FrameRequest const& request) {
    auto const id = zone_of(*request.at);
    if (!id) {
        return Error::NotRam;
    }
    if (request.zone.value_or(*id) != *id) {
        return Error::OtherZone;
    }
    if (request.count > zone(*id).span().end - *request.at) {
        return Error::TooLarge;
    }
    FrameRange const frames{*request.at, *request.at + request.count};
    auto const outcome = zone(*id).allocate_range(frames);
    if (!outcome) {
        return zone(*id).refine(outcome.error(), frames.first);
    }
    return Allocation{frames, *id};
}

Result<Zone*> FrameAllocator::zone_to_free(ZoneId id, FrameNumber first) {
    auto const actual = zone_of(first);
    if (!actual) {
        return Error::NotRam;
    }
    if (*actual != id) {
        return Error::OtherZone;
    }
    return &zone(id);
}

Result<void> FrameAllocator::free(Allocation const& allocation, FrameOwner const& had_it) {
    auto const owner = zone_to_free(allocation.zone, allocation.frames.first);
    if (!owner) {
        return owner.error();
    }
    auto const outcome = (*owner)->free_frames(allocation.frames, had_it);
    if (!outcome) {
        return (*owner)->refine(outcome.error(), allocation.frames.first);
    }
    return {};
}

Result<void> FrameAllocator::free(ZoneId id, FrameNumber first, Order order) {
    auto const owner = zone_to_free(id, first);
    if (!owner) {
        return owner.error();
    }
    auto const outcome = (*owner)->free({first, order});
    if (!outcome) {
        return (*owner)->refine(outcome.error(), first);
    }
    return {};
}

void FrameAllocator::answer() {
    for (Zone* const zone : {early_, late_}) {
        if (SharedBuddies* const shared = zone->shared()) {
            shared->answer();
        }
    }
}

FrameInfo FrameAllocator::inspect(FrameNumber frame) const {
    auto const id = zone_of(frame);
    if (!id) {
        return {
            {                 },
            false, {FrameKind::Outside, Block{frame, Order{}}},
            {                  }
        };
    }
    return {id, zone(*id).is_ram(frame), zone(*id).inspect(frame), zone(*id).keeper(frame)};
}

}  // namespace mm
