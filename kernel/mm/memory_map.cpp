// SPDX-License-Identifier: MIT
#include "kernel/mm/memory_map.hpp"

#include <algorithm>

namespace mm {
namespace {

constexpr FrameNumber kEndOfFrames{MemoryMap::kPhysicalEnd >> kFrameShift};
constexpr FrameRange kNothing{FrameNumber{0}, FrameNumber{0}};

// Where the range begins and ends, cut off where physical addresses do. A wrapped one goes up to
// there.
std::uint64_t begin_of(kernel::PhysRange range) {
    return std::min(range.begin.raw(), MemoryMap::kPhysicalEnd);
}
std::uint64_t end_of(kernel::PhysRange range) {
    return range.end < range.begin ? MemoryMap::kPhysicalEnd
                                   : std::min(range.end.raw(), MemoryMap::kPhysicalEnd);
}

FrameNumber first_frame_from(std::uint64_t address) {
    return FrameNumber{(address + kFrameBytes - 1) >> kFrameShift};
}

// The frames that lie in the range as a whole.
FrameRange inward(kernel::PhysRange range) {
    FrameRange const frames{first_frame_from(begin_of(range)),
                            FrameNumber{end_of(range) >> kFrameShift}};
    return frames.empty() ? kNothing : frames;
}

// The frames that have a byte in the range.
FrameRange outward(kernel::PhysRange range) {
    if (range.begin == range.end) {
        return kNothing;
    }
    return {FrameNumber{begin_of(range) >> kFrameShift}, first_frame_from(end_of(range))};
}

FrameRange common(FrameRange one, FrameRange other) {
    FrameRange const both{std::max(one.first, other.first), std::min(one.end, other.end)};
    return both.empty() ? kNothing : both;
}

FrameRange below(FrameRange window) { return {FrameNumber{0}, window.first}; }
FrameRange above(FrameRange window) { return {window.end, kEndOfFrames}; }

bool takes_from(MemoryMap::Reservation const& reservation, Region const& region) {
    bool const outranks = reservation.mappable == Mappable::No &&
                          region.mappable == Mappable::Yes && !region.is_kernels_own();
    return region.is_usable() || outranks;
}

enum class Wanted : std::uint8_t { Usable, All };

// Regions side by side become one range. There is room for them all, and one more.
void collect(MemoryMap::Ranges& ranges, std::span<Region const> regions, FrameRange window,
             Wanted wanted) {
    for (Region const& region : regions) {
        FrameRange const part = common(region.frames, window);
        if (part.empty() || (wanted == Wanted::Usable && !region.is_usable())) {
            continue;
        }
        if (!ranges.empty() && ranges[ranges.size() - 1].end == part.first) {
            ranges[ranges.size() - 1].end = part.end;
        } else {
            kernel::require(ranges.push_back(part), "a window cuts at most one region in two");
        }
    }
}

}  // namespace

kernel::Result<void> MemoryMap::add_ram(kernel::PhysRange range) {
    FrameRange rest = inward(range);
    bool fits = true;
    // All of the range in front of `rest` is in the map. Each turn fills the gap before a region.
    for (std::size_t place = 0; !rest.empty(); ++place) {
        FrameRange const next = place == regions_.size() ? above(rest) : regions_[place].frames;
        FrameRange const gap = common(rest, {rest.first, next.first});
        fits = (gap.empty() || fill(place, gap)) && fits;
        rest.first = std::max(rest.first, next.end);
    }
    join_alike();
    return fits ? kernel::Result<void>{} : kernel::Result<void>{kernel::Error::TableFull};
}

// Makes the gap in front of the region at `place` usable. False if there was no room.
bool MemoryMap::fill(std::size_t place, FrameRange gap) {
    if (place != 0 && regions_[place - 1].is_usable() &&
        regions_[place - 1].frames.end == gap.first) {
        regions_[place - 1].frames.end = gap.end;
        return true;
    }
    if (place != regions_.size() && regions_[place].is_usable() &&
        regions_[place].frames.first == gap.end) {
        regions_[place].frames.first = gap.first;
        return true;
    }
    return regions_.insert(place, {gap, RegionOwner::Nobody, Mappable::Yes, "usable"});
}

kernel::Result<bool> MemoryMap::clip_below(kernel::PhysAddr ceiling, kernel::PhysRange limit) {
    FrameRange const under{FrameNumber{0}, FrameNumber::containing(ceiling)};
    FrameRange const allowed = common(inward(limit), under);
    if (allowed.empty()) {
        return kernel::Error::EmptyRange;
    }
    Ranges const before = ram_inside(under);
    bool const agrees = before.size() == 1 && before[0] == allowed;
    bool const fits_below = remove(below(allowed));
    bool const fits_above = remove({allowed.end, under.end});
    if (!fits_below || !fits_above) {
        return kernel::Error::TableFull;
    }
    return agrees;
}

kernel::Result<void> MemoryMap::reserve(Reservation const& reservation) {
    FrameRange const frames = outward(reservation.range);
    bool fits = true;
    for (std::size_t place = 0; place < regions_.size(); ++place) {
        if (!regions_[place].frames.overlaps(frames) || !takes_from(reservation, regions_[place])) {
            continue;
        }
        fits = cut_out(place, frames) && fits;
        Region& region = regions_[place];
        region.owner = reservation.owner;
        region.mappable = reservation.mappable;
        region.reason = reservation.reason;
    }
    join_alike();
    return fits ? kernel::Result<void>{} : kernel::Result<void>{kernel::Error::TableFull};
}

// False if there was no room, and then more is gone.
bool MemoryMap::remove(FrameRange frames) {
    bool fits = true;
    for (std::size_t place = 0; place < regions_.size();) {
        if (!regions_[place].frames.overlaps(frames)) {
            ++place;
            continue;
        }
        fits = cut_out(place, frames) && fits;
        regions_.erase(place);
    }
    return fits;
}

// Makes what the region at `place` has in common with `frames` a region of its own and `place` its
// place. False if there was no room, and then that region has more.
bool MemoryMap::cut_out(std::size_t& place, FrameRange frames) {
    bool fits = true;
    if (regions_[place].frames.first < frames.first) {
        fits = split(place, frames.first);
        place += fits ? 1U : 0U;
    }
    if (fits && frames.end < regions_[place].frames.end) {
        fits = split(place, frames.end);
    }
    return fits;
}

bool MemoryMap::split(std::size_t place, FrameNumber at) {
    if (!regions_.insert(place, regions_[place])) {
        return false;
    }
    regions_[place].frames.end = at;
    regions_[place + 1].frames.first = at;
    return true;
}

void MemoryMap::join_alike() {
    for (std::size_t place = 1; place < regions_.size();) {
        Region& left = regions_[place - 1];
        Region const& right = regions_[place];
        if (left.frames.end == right.frames.first && left.is_like(right)) {
            left.frames.end = right.frames.end;
            regions_.erase(place);
        } else {
            ++place;
        }
    }
}

std::optional<Region> MemoryMap::find(FrameNumber frame) const {
    for (Region const& region : regions_) {
        if (region.frames.contains(frame)) {
            return region;
        }
    }
    return {};
}

MemoryMap::Ranges MemoryMap::usable_inside(FrameRange window) const {
    Ranges ranges;
    collect(ranges, regions(), window, Wanted::Usable);
    return ranges;
}

MemoryMap::Ranges MemoryMap::usable_outside(FrameRange window) const {
    Ranges ranges;
    collect(ranges, regions(), below(window), Wanted::Usable);
    collect(ranges, regions(), above(window), Wanted::Usable);
    return ranges;
}

MemoryMap::Ranges MemoryMap::ram_inside(FrameRange window) const {
    Ranges ranges;
    collect(ranges, regions(), window, Wanted::All);
    return ranges;
}

MemoryMap::Ranges MemoryMap::ram_outside(FrameRange window) const {
    Ranges ranges;
    collect(ranges, regions(), below(window), Wanted::All);
    collect(ranges, regions(), above(window), Wanted::All);
    return ranges;
}

std::optional<FrameRange> MemoryMap::lowest_usable(FrameRange window, std::uint64_t frames) const {
    for (FrameRange const range : usable_inside(window)) {
        if (range.count() >= frames) {
            return FrameRange{range.first, range.first + frames};
        }
    }
    return {};
}

std::uint64_t frame_count(MemoryMap::Ranges const& ranges) {
    std::uint64_t frames = 0;
    for (FrameRange const range : ranges) {
        frames += range.count();
    }
    return frames;
}

FrameRange hull(MemoryMap::Ranges const& ranges) {
    if (ranges.empty()) {
        return kNothing;
    }
    return {ranges[0].first, ranges[ranges.size() - 1].end};
}

}  // namespace mm
