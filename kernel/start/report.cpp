// SPDX-License-Identifier: MIT
#include "kernel/start/report.hpp"

#include "kernel/version.hpp"

namespace start {
namespace {

std::uint64_t ram_frames(mm::MemoryMap const& memory) {
    std::uint64_t frames = 0;
    for (mm::Region const& region : memory.regions()) {
        frames += region.frames.count();
    }
    return frames;
}

kernel::PhysAddr last_byte(kernel::PhysRange range) {
    return kernel::PhysAddr{range.end.raw() - 1};
}

void report_zone(kernel::TextOutput& out, mm::Zone const& zone) {
    if (zone.span().empty()) {
        kernel::print(out, "{:7} none\n", zone.name());
        return;
    }
    kernel::PhysRange const range{zone.span().first.address(), zone.span().end.address()};
    kernel::print(out, "{:7} {}..{}, {} free\n", zone.name(), range.begin, last_byte(range),
                  kernel::Size{zone.buddies().free_frames_count() * mm::kFrameBytes});
}

}  // namespace

void report_board(kernel::TextOutput& out, kernel::Board const& board, BoardTree const& tree,
                  boot::Handover const& handover) {
    kernel::print(out, "\nBeryl {}\n", kernel::kVersion);
    kernel::print(out, "board   {}, {} cores, started at EL{}\n", board.model, board.cores.size(),
                  handover.exception_level);
    if (tree.loader_refused) {
        kernel::print(out, "tree    built in; what x0 = 0x{:x} points to: {}\n", handover.x0,
                      describe(*tree.loader_refused));
    } else {
        kernel::print(out, "tree    {} of the loader's\n",
                      kernel::Size{handover.device_tree->size()});
    }
}

void report_memory(kernel::TextOutput& out, mm::MemoryMap const& memory) {
    std::uint64_t const frames = ram_frames(memory);
    kernel::print(out, "memory  {} of RAM, {} frames\n", kernel::Size{frames * mm::kFrameBytes},
                  frames);
}

void report_dispute(kernel::TextOutput& out, kernel::PhysRange granted) {
    kernel::print(out, "memory  below 1 GiB the firmware grants {}..{}; the tree says otherwise\n",
                  granted.begin, last_byte(granted));
}

void report_silent_firmware(kernel::TextOutput& out) {
    out.write("memory  the firmware does not say how much: only what every Pi has is used\n");
}

void report_zones(kernel::TextOutput& out, EarlyMemory& early, LateMemory& late) {
    report_zone(out, early.zone());
    report_zone(out, late.zone());
    if (!late.is_whole()) {
        out.write("late    the RAM beyond needs more metadata than there is room for\n");
    }
}

}  // namespace start
