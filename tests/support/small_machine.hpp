// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/board.hpp"
#include "kernel/log.hpp"
#include "kernel/mm/early_window.hpp"
#include "kernel/mm/fault_plan.hpp"
#include "kernel/mm/frame_allocator.hpp"
#include "kernel/mm/health/poison.hpp"
#include "kernel/mm/heap.hpp"
#include "kernel/mm/mapping_audit.hpp"
#include "kernel/mm/memory_map.hpp"
#include "kernel/mm/page_table.hpp"
#include "kernel/mm/virtual_space.hpp"
#include "kernel/units.hpp"
#include "shell/holdings.hpp"
#include "shell/machine.hpp"
#include "shell/session.hpp"

#include "tests/support/fake_contents.hpp"
#include "tests/support/fake_machine.hpp"
#include "tests/support/fake_memory.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace test {

class FakeTlb final : public mm::TlbControl {
public:
    void after_map() override {}
    void invalidate(kernel::VirtAddr, std::uint64_t) override {}
};

/// Address space for an early window that page tables can live in; never touched beyond those.
class WindowMemory {
public:
    explicit WindowMemory(std::uint64_t bytes);
    ~WindowMemory();
    WindowMemory(WindowMemory const&) = delete;
    WindowMemory& operator=(WindowMemory const&) = delete;

    kernel::VirtAddr at() const;

private:
    void* memory_;
    std::uint64_t bytes_;
};

/// A whole machine, small and imaginary, whose parts of kernel/mm are the real ones:
///
///     0x00000000..0x0007ffff  reserved: below the image
///     0x00080000..0x001fffff  reserved: kernel image
///     0x02000000..0x020fffff  reserved: secret, must not be mapped
///     0x03ffffff              the last byte of the early window
///     0x04800000..0x0480ffff  reserved: device tree
///     0x06000000..0x061fffff  no RAM
///     0x0bffffff              the last byte of RAM
///     0x3f201000..0x3f2011ff  a UART, with one register at 0x3f201018
///
/// Legacy DMA reaches the memory below 0x08000000, and calls it 0xc0000000 and so on.
struct SmallMachine {
    static constexpr std::uint64_t kEarlyBytes = 64 * kernel::kMiB;
    static constexpr kernel::VirtAddr kWindowPages{0xffff'ffff'8000'0000};
    static constexpr kernel::VirtRange kVirtualSpace{kernel::VirtAddr{0xffff'ffff'9000'0000},
                                                     kernel::VirtAddr{0xffff'ffff'a000'0000}};
    static constexpr kernel::VirtRange kHeapWindow{kernel::VirtAddr{0xffff'ffff'c000'0000},
                                                   kernel::VirtAddr{0xffff'ffff'c100'0000}};

    /// `handles` is the number of blocks that the shell can hold at a time.
    explicit SmallMachine(std::size_t handles = shell::Holdings::kLeastRoom);

    /// Types a line, and gives what was printed.
    std::string type(std::string_view line);

    /// True if the line had that outcome; what it printed is in `printed`.
    bool succeeds(std::string_view line);
    bool fails(std::string_view line);
    std::string printed;

    /// Depends on the state of every frame, on what the shell holds and on what is mapped.
    std::uint64_t state() const;

    FakeConsole console;
    StoppedClock clock;
    FakeCore core;
    FakeCores cores;
    FakePower power;
    FakeSuccessor successor;
    FakeInterrupts interrupts;
    FakeTlb tlb;
    kernel::Log log{console};

    mm::FaultPlan faults;  ///< Off at first; every allocator asks it.
    mm::MemoryMap map;
    mm::MemoryMap::Ranges early_ram;
    mm::MemoryMap::Ranges late_ram;
    std::vector<std::uint64_t> early_metadata;
    std::vector<std::uint64_t> late_metadata;
    mm::Zone early;
    mm::Zone late;
    mm::FrameAllocator frames{early, late, &faults};
    mm::EarlyZoneFrames early_frames{early, &faults, "page tables"};
    mm::EarlyZoneFrames heap_frames{early, &faults, "heap"};

    WindowMemory window_memory{kEarlyBytes};
    mm::EarlyWindow window;
    mm::PageTable pages;
    FakeMemory memory{pages, map};
    std::vector<std::uint64_t> space_metadata;
    mm::VirtualSpace virtual_space;
    mm::EarlyHeapPages heap_pages{pages, heap_frames};
    std::vector<std::uint64_t> heap_metadata;
    mm::Heap heap;

    FakeContents contents{memory};
    std::array<std::uint64_t, 4096> retired_room{};
    mm::RetiredFrames retired{retired_room};
    mm::Poison poison{frames, contents, retired, console};

    std::vector<std::uint64_t> handle_room;
    shell::Holdings holdings;
    std::vector<std::uint64_t> tree_blob;
    kernel::DeviceTree tree;
    kernel::Board board;
    /// The first page of the window, the second, and so on.
    static kernel::VirtRange guard(unsigned number) {
        kernel::VirtAddr const begin = kWindowPages + number * mm::kFrameBytes;
        return {begin, begin + mm::kFrameBytes};
    }
    mm::MappingPlan plan{
        {window.physical(), kWindowPages},
        { guard(0), guard(1), guard(2), guard(3), guard(4), guard(5), guard(6), guard(7)}
    };
    FakeCrashes crashes;
    shell::Machine machine;
    shell::Session session{machine};
};

/// An address as the shell prints it.
std::string printed_address(kernel::PhysAddr address);

}  // namespace test
