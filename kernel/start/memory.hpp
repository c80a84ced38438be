// SPDX-License-Identifier: MIT
#pragma once

#include "boot/early_devices.hpp"
#include "boot/early_map.hpp"
#include "boot/handover.hpp"
#include "kernel/mm/early_window.hpp"
#include "kernel/mm/fault_plan.hpp"
#include "kernel/mm/health/frame_contents.hpp"
#include "kernel/mm/heap.hpp"
#include "kernel/mm/heap_pages.hpp"
#include "kernel/mm/mapping_audit.hpp"
#include "kernel/mm/memory_map.hpp"
#include "kernel/mm/page_table.hpp"
#include "kernel/mm/virtual_space.hpp"
#include "kernel/mm/zone.hpp"
#include "kernel/units.hpp"

#include <cstdint>
#include <span>

namespace start {

/// 1 GiB of addresses, up to the last one.
inline constexpr kernel::VirtAddr kHeapBegin{0xffff'ffff'c000'0000};

/// The zone that is mapped: the first 128 MiB of RAM. Its metadata is cut out of it first, and
/// noted in the map.
class EarlyMemory {
public:
    EarlyMemory(mm::MemoryMap& memory, boot::Handover const& handover, mm::FaultPlan& faults);

    mm::EarlyWindow const& window() const { return window_; }
    mm::Zone& zone() { return zone_; }
    mm::EarlyFrameSource& frames_for_tables() { return frames_for_tables_; }
    mm::EarlyFrameSource& frames_for_heap() { return frames_for_heap_; }

    /// An empty root for the final tables.
    mm::EarlyFrame make_root();

    /// Words in early frames of their own, which are never given back.
    std::span<std::uint64_t> take_words(std::uint64_t count);

private:
    mm::EarlyWindow window_;
    mm::MemoryMap::Ranges ram_;
    mm::Zone zone_;
    mm::EarlyZoneFrames frames_for_tables_;
    mm::EarlyZoneFrames frames_for_heap_;
};

/// The heap behind operator new, in early frames. Its window has room for the late zone's metadata
/// and 16 MiB beside it.
class KernelHeap {
public:
    KernelHeap(mm::PageTable& pages, EarlyMemory& early, mm::MemoryMap const& memory,
               mm::FaultPlan& faults);

    mm::Heap& heap() { return heap_; }

    /// Words of unknown content that are never given back. There is room for them.
    std::span<std::uint64_t> take_words(std::uint64_t count);

private:
    mm::EarlyHeapPages pages_;
    mm::Heap heap_;
};

/// The zone that nothing maps: all RAM beyond the window. Its metadata lives in the heap.
class LateMemory {
public:
    /// RAM whose metadata would take more than half of the early window is left out, and `is_whole`
    /// says so.
    LateMemory(mm::MemoryMap const& memory, mm::EarlyWindow const& window, KernelHeap& heap);

    mm::Zone& zone() { return zone_; }
    bool is_whole() const { return is_whole_; }

private:
    mm::MemoryMap::Ranges ram_;
    std::span<std::uint64_t> metadata_;
    bool is_whole_;
    mm::Zone zone_;
};

/// Late frames are mapped here on demand, and devices from the first page on.
inline constexpr kernel::VirtRange kVirtualSpace{boot::kDevicePages, kHeapBegin};

/// The first 2 MiB of it, which have one table for good: nothing else is handed out of them. In the
/// last page appears whatever physical page is being looked at, and in those before it frames that
/// nobody has.
inline constexpr kernel::VirtRange kDevices{boot::kDevicePages,
                                            boot::kDevicePages + 2 * kernel::kMiB};
inline constexpr kernel::VirtAddr kPeephole{kDevices.end.raw() - mm::kFrameBytes};
inline constexpr kernel::VirtRange kFramePages{
    kernel::VirtAddr{kPeephole.raw() - mm::FrameContents::kMostFrames * mm::kFrameBytes},
    kPeephole};

/// What any tables of this kernel map, and what they never do.
mm::MappingPlan mapping_plan(mm::EarlyWindow const& window);

/// Hands out the addresses of kVirtualSpace, but for kDevices, which are set aside.
mm::VirtualSpace late_addresses(EarlyMemory& early, mm::FaultPlan& faults);

/// Maps the window and the devices as they stay, and leaves the early map for good.
void map_for_good(mm::PageTable& pages, mm::MemoryMap const& memory,
                  boot::EarlyDevices const& devices, boot::Handover const& handover);

}  // namespace start
