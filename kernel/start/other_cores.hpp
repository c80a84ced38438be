// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/arch/alarm.hpp"
#include "kernel/arch/core_lock.hpp"
#include "kernel/arch/cores.hpp"
#include "kernel/board.hpp"
#include "kernel/error.hpp"
#include "kernel/mm/frame_allocator.hpp"
#include "kernel/mm/memory_map.hpp"
#include "kernel/mm/page_table.hpp"
#include "kernel/start/core_caches.hpp"
#include "kernel/start/memory.hpp"
#include "kernel/start/peripherals.hpp"

#include <array>
#include <cstdint>
#include <optional>

namespace start {

/// As find_place in boot/start.S counts.
std::uint64_t number_of(kernel::Core const& core);

/// Brings up the cores that the board names beside the one that boots.
class OtherCores {
public:
    struct Machine {
        kernel::Board const& board;
        mm::MemoryMap const& memory;
        EarlyMemory& early;
        mm::PageTable& pages;
        Peripherals& peripherals;
        mm::FrameAllocator& frames;
        KernelHeap& heap;
    };

    /// From now on frames and heap are for all cores.
    ///
    /// Gives each core its stacks and releases it as the tree says; then waits for all of them,
    /// 0.5 s at most. Who has not come by then is done without. A line says how many run, and what
    /// is with the others.
    OtherCores(Machine const& machine, kernel::TextOutput& out);

    arch::Cores& cores() { return cores_; }

private:
    void report(kernel::TextOutput& out) const;
    void consider(kernel::Core const& core);
    bool release(kernel::Core const& core);
    bool release_from_table(kernel::PhysAddr word);
    bool release_by_firmware(kernel::Core const& core);
    void map_stacks(unsigned core);
    void wait_for_all();
    bool is_any_silent() const;

    Machine machine_;
    /// Why the firmware does not start it, by core.
    std::array<std::optional<kernel::Error>, kernel::kMostCores> refused_{};
    unsigned left_alone_ = 0;
    kernel::PhysAddr entry_;
    arch::Alarm alarm_;
    arch::Cores cores_;
    CoreCaches caches_;
    arch::CoreLock heap_lock_{"the heap", kernel::LockRank::Heap};
};

}  // namespace start
