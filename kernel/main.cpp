// SPDX-License-Identifier: MIT
#include "boot/early_devices.hpp"
#include "boot/early_map.hpp"
#include "boot/entry.hpp"
#include "kernel/arch/core.hpp"
#include "kernel/arch/crashes.hpp"
#include "kernel/arch/recoverable_access.hpp"
#include "kernel/arch/timer.hpp"
#include "kernel/board.hpp"
#include "kernel/boot_arguments.hpp"
#include "kernel/log.hpp"
#include "kernel/mm/board_memory.hpp"
#include "kernel/mm/fault_plan.hpp"
#include "kernel/mm/frame_allocator.hpp"
#include "kernel/mm/health/poison.hpp"
#include "kernel/mm/health/retired_frames.hpp"
#include "kernel/mm/heap.hpp"
#include "kernel/mm/memory_map.hpp"
#include "kernel/mm/page_table.hpp"
#include "kernel/mm/virtual_space.hpp"
#include "kernel/start/arguments.hpp"
#include "kernel/start/board_tree.hpp"
#include "kernel/start/frame_window.hpp"
#include "kernel/start/memory.hpp"
#include "kernel/start/other_cores.hpp"
#include "kernel/start/peripherals.hpp"
#include "kernel/start/report.hpp"
#include "kernel/start/serial.hpp"
#include "kernel/start/successor.hpp"
#include "shell/holdings.hpp"
#include "shell/machine.hpp"
#include "shell/session.hpp"

#include <cstddef>
#include <optional>

namespace {

constexpr std::uint64_t kRetiredWords = 2048;  // One for each frame that can be listed.
constexpr std::size_t kHoldingsWords = shell::Holdings::storage_words(shell::Holdings::kLeastRoom);

/// Whoever says something of memory.
struct Sources {
    boot::Handover const& handover;
    kernel::Board const& board;
    start::BoardTree const& tree;
    std::optional<start::Firmware>& firmware;
    kernel::BootArguments const& arguments;
};

/// Fills `memory` and says how much there is. Without any RAM to hand out, says that, and stops.
void describe_memory(mm::MemoryMap& memory, kernel::TextOutput& out, Sources const& sources) {
    kernel::Result<kernel::PhysRange> granted = kernel::Error::DeviceTimeout;
    if (sources.firmware) {
        granted = sources.firmware->arm_memory();
    }
    bool const is_builtin = sources.tree.loader_refused.has_value();
    auto const origin = is_builtin ? mm::TreeOrigin::BuiltIn : mm::TreeOrigin::Loader;
    auto const agreed =
        mm::describe_memory(memory, sources.board,
                            {sources.handover.image, mm::memory_limit(granted, origin),
                             sources.arguments.bad_ram.items()});
    if (!agreed) {
        kernel::print(out, "error: memory: {}\n", describe(agreed.error()));
        stop_here();
    }
    start::report_memory(out, memory);
    if (is_builtin && !granted) {
        start::report_silent_firmware(out);
    } else if (!is_builtin && !*agreed) {
        start::report_dispute(out, *granted);
    }
}

}  // namespace

/// The whole kernel, in order. Entered from boot/start.S at EL1 on the core that boots, with .bss
/// cleared, the early map on and interrupts masked.
///
/// Everything that lives as long as the machine runs lives in this frame. A part that needs another
/// takes it as a constructor argument, so an order that cannot work does not compile.
void kernel_main(boot::Handover const& handover) {
    arch::Core core;
    arch::Timer timer;
    start::Cores const cores{core, timer};
    boot::EarlyDevices devices;

    // The board decides all the rest.
    kernel::Board board;
    auto const tree = start::find_board(board, devices, handover);
    auto firmware = start::find_firmware(devices, board, handover, cores);
    start::Peripherals peripherals{devices, board, cores, handover.exception_level};
    start::Serial serial{start::registers_of(devices, board.uart->registers), cores};
    peripherals.route_serial();
    serial.start(firmware, board);
    kernel::Log log{serial.line()};
    start::report_board(log, board, tree, handover);
    auto const arguments = kernel::read_boot_arguments(board.bootargs);
    start::report_arguments(log, arguments);

    // What RAM there is, and the zone of the part that is mapped.
    mm::MemoryMap memory;
    describe_memory(memory, log, {handover, board, tree, firmware, arguments});
    mm::FaultPlan faults;
    start::EarlyMemory early{memory, handover, faults};

    // The final tables; on them the heap, in the heap the zone that nothing maps.
    arch::Tlb tlb;
    mm::PageTable pages{early.make_root(), early.frames_for_tables(), early.window(), tlb};
    start::map_for_good(pages, memory, devices, handover);
    start::KernelHeap heap{pages, early, memory, faults};
    start::LateMemory late{memory, early.window(), heap};
    mm::FrameAllocator frames{early.zone(), late.zone(), &faults};
    start::report_zones(log, early, late);

    // Addresses for late frames, and for a look at any physical page.
    mm::VirtualSpace space = start::late_addresses(early, faults);
    arch::RecoverableAccess access{pages, memory, start::kPeephole};
    start::FrameWindow window{pages, early.window(), start::kFramePages, core};
    mm::RetiredFrames retired{early.take_words(kRetiredWords)};
    mm::Poison poison{frames, window, retired, serial.line()};

    // From here on the line interrupts, and the other cores run.
    peripherals.listen_to(serial.line(), board);
    core.open_interrupts();
    start::OtherCores others({board, memory, early, pages, peripherals, frames, heap}, log);
    shell::Holdings holdings{early.take_words(kHoldingsWords)};
    arch::Crashes crashes{pages, start::kPeephole};
    auto const plan = start::mapping_plan(early.window());
    auto const& irqs = peripherals.interrupts();
    start::Successor successor({handover, board, pages, others.cores(), peripherals});
    shell::Machine machine{serial.line(),  timer,          core,     peripherals.power(),
                           successor,      others.cores(), access,   log,
                           board,          tree.tree,      irqs,     memory,
                           early.window(), frames,         pages,    space,
                           heap.heap(),    plan,           crashes,  window,
                           retired,        poison,         holdings, faults};
    shell::Session session{machine};
    kernel::print(log, "ready   {} ms after power-on, type help\n", timer.microseconds() / 1000);
    start::obey(arguments, session);
    session.run();
}
