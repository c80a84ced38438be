// SPDX-License-Identifier: MIT
#include "kernel/start/memory.hpp"

#include "boot/early_map.hpp"
#include "kernel/arch/image.hpp"
#include "kernel/cores.hpp"
#include "kernel/mm/cached_buddies.hpp"
#include "kernel/mm/late_ram.hpp"
#include "kernel/mm/window_map.hpp"
#include "kernel/start/heap_new.hpp"

#include <algorithm>
#include <array>
#include <new>

namespace start {
namespace {

using mm::FrameRange;

// A pointer to what `frames`, in the window, hold.
std::span<std::uint64_t> words_in(mm::EarlyWindow const& window, FrameRange frames,
                                  std::uint64_t count) {
    return {window.pointer<std::uint64_t>(mm::EarlyFrame{frames.first}), count};
}

std::uint64_t frames_for_words(std::uint64_t count) {
    return kernel::align_up(count * sizeof(std::uint64_t), mm::kFrameBytes) / mm::kFrameBytes;
}

FrameRange frames_of(mm::EarlyWindow const& window) {
    return {mm::FrameNumber::containing(window.physical().begin),
            mm::FrameNumber::containing(window.physical().end)};
}

// Takes the metadata of the early zone out of the map.
std::span<std::uint64_t> carve_metadata(mm::MemoryMap& memory, mm::EarlyWindow const& window,
                                        FrameRange span) {
    std::uint64_t const words = mm::BuddyAllocator::metadata_words(span);
    auto const frames = memory.lowest_usable(frames_of(window), frames_for_words(words));
    kernel::require(frames.has_value(), "the early window has room for its own metadata");
    auto const outcome = memory.reserve({
        {frames->first.address(), frames->end.address()},
        mm::RegionOwner::Metadata,
        "early zone metadata"
    });
    kernel::require(static_cast<bool>(outcome), "the memory map has room for the early metadata");
    return words_in(window, *frames, words);
}

kernel::VirtRange heap_window(mm::MemoryMap const& memory, mm::EarlyWindow const& window) {
    constexpr std::uint64_t kUnit = 2 * kernel::kMiB;  // What a table of pages spans.
    auto const late = mm::late_ram(memory, frames_of(window));
    std::uint64_t const late_words = mm::metadata_words(late) + mm::CachedBuddies::metadata_words(
                                                                    hull(late), kernel::kMostCores);
    std::uint64_t const late_bytes = late_words * sizeof(std::uint64_t);
    std::uint64_t const bytes = kernel::align_up(late_bytes, kUnit) + 16 * kernel::kMiB;
    return {kHeapBegin, kHeapBegin + bytes};
}

void release(mm::Zone& zone, FrameRange usable) {
    bool const is_released{zone.buddies().release(usable)};
    kernel::require(is_released, "what the map calls usable lies in its zone");
}

void release_all(mm::Zone& zone, mm::MemoryMap::Ranges const& usable) {
    for (FrameRange const range : usable) {
        release(zone, range);
    }
}

kernel::PhysRange physical(boot::Handover const& handover, kernel::VirtRange range) {
    auto const of = [&handover](kernel::VirtAddr address) {
        return handover.ram_base + (address - boot::kEarlyWindow);
    };
    return {of(range.begin), of(range.end)};
}

kernel::VirtRange between(char const* begin, char const* end) {
    return {kernel::VirtAddr{reinterpret_cast<std::uint64_t>(begin)},
            kernel::VirtAddr{reinterpret_cast<std::uint64_t>(end)}};
}

}  // namespace

// What tools/gdb finds all memory by, early and late. A debugger would have to unwind to
// kernel_main to find its locals, and cannot from everywhere. Nothing in the kernel reads it.
constinit std::array<mm::Zone const*, 2> debugged_zones{};

EarlyMemory::EarlyMemory(mm::MemoryMap& memory, boot::Handover const& handover,
                         mm::FaultPlan& faults)
    : window_{handover.ram_base, boot::kEarlyWindowBytes, boot::kEarlyWindow},
      ram_{memory.ram_inside(frames_of(window_))},
      zone_{"early", hull(ram_), ram_.items(), carve_metadata(memory, window_, hull(ram_))},
      frames_for_tables_{zone_, &faults, "page tables"},
      frames_for_heap_{zone_, &faults, "heap"} {
    release_all(zone_, memory.usable_inside(frames_of(window_)));
    debugged_zones[0] = &zone_;
}

std::span<std::uint64_t> EarlyMemory::take_words(std::uint64_t count) {
    auto const frames = zone_.buddies().allocate_frames(frames_for_words(count));
    kernel::require(static_cast<bool>(frames), "the early zone holds the kernel's own tables");
    return words_in(window_, *frames, count);
}

mm::EarlyFrame EarlyMemory::make_root() {
    auto const root = mm::PageTable::make_root(frames_for_tables_, window_);
    kernel::require(static_cast<bool>(root), "the early zone holds the kernel's own tables");
    return *root;
}

KernelHeap::KernelHeap(mm::PageTable& pages, EarlyMemory& early, mm::MemoryMap const& memory,
                       mm::FaultPlan& faults)
    : pages_{pages, early.frames_for_heap()},
      heap_{heap_window(memory, early.window()), pages_,
            early.take_words(mm::Heap::metadata_words(heap_window(memory, early.window()))),
            &faults} {
    serve_new_from(heap_);
}

std::span<std::uint64_t> KernelHeap::take_words(std::uint64_t count) {
    return {new std::uint64_t[count], count};
}

LateMemory::LateMemory(mm::MemoryMap const& memory, mm::EarlyWindow const& window, KernelHeap& heap)
    : ram_{mm::late_ram(memory, frames_of(window))},
      metadata_{heap.take_words(mm::metadata_words(ram_))},
      is_whole_{frame_count(ram_) == frame_count(memory.ram_outside(frames_of(window)))},
      zone_{"late", hull(ram_), ram_.items(), metadata_} {
    for (FrameRange const range : memory.usable_outside(frames_of(window))) {
        FrameRange const served{range.first, std::min(range.end, zone_.span().end)};
        if (served.first < served.end) {
            release(zone_, served);
        }
    }
    debugged_zones[1] = &zone_;
}

mm::MappingPlan mapping_plan(mm::EarlyWindow const& window) {
    auto const guards = arch::guard_pages();
    auto const page = [&guards](std::size_t number) { return guards[number].page; };
    return {
        {window.physical(), window.pages().begin},
        { page(0), page(1), page(2), page(3), page(4), page(5), page(6), page(7)}
    };
}

mm::VirtualSpace late_addresses(EarlyMemory& early, mm::FaultPlan& faults) {
    std::uint64_t const words = mm::VirtualSpace::metadata_words(kVirtualSpace);
    mm::VirtualSpace space{kVirtualSpace, early.take_words(words), &faults};
    bool const is_set_aside{space.set_aside(kDevices)};
    kernel::require(is_set_aside, "nothing is handed out yet");
    return space;
}

void map_for_good(mm::PageTable& pages, mm::MemoryMap const& memory,
                  boot::EarlyDevices const& devices, boot::Handover const& handover) {
    auto const guards = arch::guard_pages();
    mm::ImageParts const image{
        physical(handover, between(text_begin, text_end)),
        physical(handover, between(rodata_begin, rodata_end)),
        {physical(handover, guards[0].page), physical(handover, guards[1].page)}
    };
    mm::WindowPlace const place{
        {handover.ram_base, handover.ram_base + boot::kEarlyWindowBytes},
        boot::kEarlyWindow
    };
    bool is_mapped{mm::map_window(pages, place, memory, image)};
    kernel::require(devices.count() <= (kFramePages.begin - kDevices.begin) / mm::kFrameBytes,
                    "the devices leave the last pages of their table alone");
    for (unsigned number = 0; number < devices.count(); ++number) {
        auto const device = devices.mapped(number);
        is_mapped = is_mapped && pages.map(device.page, device.frame, mm::kFrameBytes,
                                           {mm::MemoryType::DeviceNgnre, mm::Access::ReadWrite});
    }
    kernel::require(is_mapped, "the early zone holds the final tables");
    boot::leave_early_map(handover.ram_base, pages.root());
}

}  // namespace start
