// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/mm/fault_plan.hpp"
#include "kernel/mm/frame.hpp"
#include "kernel/mm/order.hpp"
#include "kernel/mm/zone.hpp"
#include "kernel/result.hpp"

#include <cstdint>
#include <optional>

namespace mm {

/// Early frames are mapped, late frames are not.
enum class ZoneId : std::uint8_t { Early, Late };

/// What is asked for. Without a zone, late frames are taken first, since only early ones will do
/// for the kernel's own tables.
struct FrameRequest {
    std::uint64_t count = 1;      ///< Frames, exactly.
    std::uint64_t alignment = 1;  ///< In frames; a power of two.
    std::optional<ZoneId> zone{};
    std::optional<FrameNumber> at{};  ///< These very frames, if all of them are free.
    FrameNumber below = kAnywhere;    ///< All of them; a multiple of the largest block.
};

/// Frames that somebody holds; giving back the same value gives back all of them.
struct Allocation {
    FrameRange frames;
    ZoneId zone;
};

/// What is known of one frame: `zone` is none outside both.
struct FrameInfo {
    std::optional<ZoneId> zone{};
    bool is_ram = false;
    FrameState state{};
    std::optional<unsigned> keeper{};  ///< The core that keeps it, free, for itself.
};

/// All the RAM that is not reserved, in two zones.
///
/// Hands out frame numbers only: whoever wants to touch a frame needs an address for it, and a late
/// frame has none. Its zones serialise what several cores do.
class FrameAllocator {
public:
    /// `early` lies wholly below `late`; all outlive this.
    FrameAllocator(Zone& early, Zone& late, FaultPlan* faults = nullptr)
        : early_{&early}, late_{&late}, faults_{faults} {}

    /// Frames as `request` says, recorded as maximal aligned blocks.
    ///
    /// Errors: EmptyRange, TooLarge, OutOfMemory; with `at` also NotRam, Reserved, NotFree, and
    /// OtherZone if `zone` names the wrong one.
    kernel::Result<Allocation> allocate(FrameRequest const& request);

    /// One block of 2^`order` frames, aligned to its size. Errors: OutOfMemory.
    kernel::Result<Allocation> allocate(Order order, std::optional<ZoneId> zone = {});

    /// Gives back what `allocate` gave. Errors: OtherZone, NotRam, Reserved, AlreadyFree,
    /// InsideBlock, WrongOrder if it ends inside a block, Corrupt. `had_it` is told to who watches.
    kernel::Result<void> free(Allocation const& allocation, FrameOwner const& had_it = {});

    /// Gives back one block. Errors: as above; WrongOrder if the block has another order.
    kernel::Result<void> free(ZoneId zone, FrameNumber first, Order order);

    /// Drains what this core keeps if another one has asked for it. For an interrupt handler.
    void answer();

    FrameInfo inspect(FrameNumber frame) const;
    std::optional<ZoneId> zone_of(FrameNumber frame) const;
    Zone& zone(ZoneId id) { return id == ZoneId::Early ? *early_ : *late_; }
    Zone const& zone(ZoneId id) const { return id == ZoneId::Early ? *early_ : *late_; }

private:
    kernel::Result<Allocation> allocate_at(FrameRequest const& request);
    kernel::Result<Zone*> zone_to_free(ZoneId id, FrameNumber first);

    Zone* early_;
    Zone* late_;
    FaultPlan* faults_;
};

/// Gives back what cores keep, and lets none keep anything as long as it lives.
class AllCachesClosed {
public:
    explicit AllCachesClosed(FrameAllocator& frames)
        : early_{frames.zone(ZoneId::Early).shared()}, late_{frames.zone(ZoneId::Late).shared()} {}

private:
    CachesClosed early_;
    CachesClosed late_;
};

}  // namespace mm
