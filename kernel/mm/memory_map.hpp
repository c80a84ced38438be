// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/fixed_list.hpp"
#include "kernel/mm/region.hpp"
#include "kernel/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace mm {

/// All RAM of the machine, cut into regions: usable, or reserved for a reason.
///
/// Regions are sorted, disjoint, of whole frames, and no two that touch are alike. What is not RAM
/// is in none of them. RAM is rounded inward to frames, reservations outward; ranges are cut off at
/// 2^48, where physical addresses end (ARM DDI 0487J.a, D8.1.6), and one whose end is below its
/// beginning has wrapped and reaches up to there.
///
/// Where reservations overlap, the first keeps what it has; but one that forbids the mapping takes
/// frames from one that allows it, unless the kernel itself lives there: it could not go on. A
/// reservation is forgotten where there is no RAM yet, so all RAM comes first.
class MemoryMap {
public:
    static constexpr std::size_t kCapacity = 128;
    static constexpr std::uint64_t kPhysicalEnd = std::uint64_t{1} << 48;

    /// A window may cut one region in two.
    using Ranges = kernel::FixedList<FrameRange, kCapacity + 1>;

    /// `range` is RAM: what is not known yet becomes usable. Banks may overlap or touch.
    ///
    /// Errors: TableFull if not all of it could be noted; what could not is not in the map.
    kernel::Result<void> add_ram(kernel::PhysRange range);

    /// No RAM but that in `limit` exists below `ceiling`: takes the rest out of the map. True if
    /// there, too, the map had all of `limit` and nothing else. `limit` is rounded inward.
    ///
    /// Errors: EmptyRange if `limit` holds no frame, and nothing has changed; TableFull, and then
    /// more than the rest is gone.
    kernel::Result<bool> clip_below(kernel::PhysAddr ceiling, kernel::PhysRange limit);

    struct Reservation {
        kernel::PhysRange range;
        RegionOwner owner;
        std::string_view reason;  ///< Kept as a view.
        Mappable mappable = Mappable::Yes;
    };

    /// Takes the RAM in a range away from use. Parts that are not RAM do not matter.
    ///
    /// Errors: TableFull. Even then nothing of the range stays usable: regions that could not be
    /// cut are reserved as a whole.
    kernel::Result<void> reserve(Reservation const& reservation);

    std::span<Region const> regions() const { return regions_.items(); }

    /// The region that holds a frame; none if it is not RAM.
    std::optional<Region> find(FrameNumber frame) const;

    /// What may be handed out inside `window`, and outside of it: the early zone and the late one.
    Ranges usable_inside(FrameRange window) const;
    Ranges usable_outside(FrameRange window) const;

    /// All RAM inside `window` and outside of it, reserved or not: maximal ranges.
    Ranges ram_inside(FrameRange window) const;
    Ranges ram_outside(FrameRange window) const;

    /// The lowest `frames` usable frames side by side in `window`; none if there are none.
    std::optional<FrameRange> lowest_usable(FrameRange window, std::uint64_t frames) const;

private:
    bool fill(std::size_t place, FrameRange gap);
    bool split(std::size_t place, FrameNumber at);
    bool cut_out(std::size_t& place, FrameRange frames);
    bool remove(FrameRange frames);
    void join_alike();

    kernel::FixedList<Region, kCapacity> regions_;
};

/// How many frames the ranges have in all.
std::uint64_t frame_count(MemoryMap::Ranges const& ranges);

/// From the first to the last frame of the ranges, holes included; empty if there are none.
FrameRange hull(MemoryMap::Ranges const& ranges);

}  // namespace mm
