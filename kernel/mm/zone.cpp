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

kernel::Error Zone::refine(kernel::Error error, FrameRange range) const {
    if (error != kernel::Error::Reserved) {
        return error;
    }
    // The first frame that is reserved is the one that was in the way, so there is one.
    FrameNumber frame = range.first;
    while (buddies_.inspect(frame).kind != FrameKind::Reserved) {
        frame = frame + 1;
    }
    return is_ram(frame) ? error : kernel::Error::NotRam;
}

kernel::Result<EarlyFrame> EarlyZoneFrames::allocate() {
    if (is_struck(faults_)) {
        return kernel::Error::OutOfMemory;
    }
    auto const block = early_->buddies().allocate(*Order::from(0));
    if (!block) {
        return block.error();
    }
    return EarlyFrame{block->first};
}

void EarlyZoneFrames::free(EarlyFrame frame) {
    bool const was_ours{early_->buddies().free(frame.number(), *Order::from(0))};
    kernel::require(was_ours, "page tables and the heap give back frames they were given");
}

}  // namespace mm
