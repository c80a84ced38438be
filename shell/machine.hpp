// SPDX-License-Identifier: MIT
#pragma once

#include "shell/settings.hpp"

namespace kernel {
struct Board;
class Clock;
class Console;
class Cores;
class Cpu;
class Crashes;
class DeviceTree;
class InterruptController;
class Log;
class MemoryAccess;
class Power;
class Successor;
}  // namespace kernel

namespace mm {
class EarlyWindow;
class FaultPlan;
class FrameAllocator;
class FrameContents;
class Heap;
class MemoryMap;
class PageTable;
class Poison;
class RetiredFrames;
class VirtualSpace;
struct MappingPlan;
}  // namespace mm

namespace shell {

class Holdings;

/// Everything a command may ask or change. Built once by kernel_main; a handler includes the
/// headers of the parts it uses.
struct Machine {
    kernel::Console& console;
    kernel::Clock const& clock;
    kernel::Cpu& cpu;
    kernel::Power& power;
    kernel::Successor& successor;
    kernel::Cores& cores;
    kernel::MemoryAccess& memory;
    kernel::Log const& log;
    kernel::Board const& board;
    kernel::DeviceTree const& tree;
    kernel::InterruptController const& interrupts;
    mm::MemoryMap const& memory_map;
    mm::EarlyWindow const& early_window;
    mm::FrameAllocator& frames;
    mm::PageTable& pages;
    mm::VirtualSpace& virtual_space;
    mm::Heap& heap;
    mm::MappingPlan const& mapping_plan;
    kernel::Crashes& crashes;
    mm::FrameContents& contents;  ///< Of any frame, mapped or not.
    mm::RetiredFrames& retired;
    mm::Poison& poison;
    Holdings& holdings;     ///< The blocks that were taken from this shell.
    mm::FaultPlan& faults;  ///< Which allocations fail on purpose.
    Settings settings{};
};

}  // namespace shell
