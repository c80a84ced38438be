// SPDX-License-Identifier: MIT
#include "kernel/mm/heap.hpp"
#include "kernel/mm/page_table.hpp"
#include "kernel/mm/virtual_space.hpp"
#include "shell/frames/frame_words.hpp"
#include "shell/handlers.hpp"
#include "shell/json.hpp"
#include "shell/machine.hpp"

#include <array>

namespace shell {
namespace {

using kernel::Error;
using kernel::Result;

// Of the blocks that the shell holds.
struct HeldReport {
    std::uint64_t blocks = 0;
    std::uint64_t frames = 0;
};

// What has been gone through.
struct Report {
    std::array<mm::VerifyReport, kZones.size()> zones{};
    mm::HeapReport heap;
    std::uint64_t ranges = 0;
    HeldReport held;
};

// A holding is made of whole allocated blocks of its zone.
bool is_allocated(mm::FrameAllocator const& frames, mm::Allocation const& allocation) {
    mm::FrameNumber at = allocation.frames.first;
    while (at < allocation.frames.end) {
        mm::FrameInfo const info = frames.inspect(at);
        bool const is_whole = info.zone == allocation.zone && info.is_ram &&
                              info.state.kind == mm::FrameKind::Allocated &&
                              info.state.block.first == at;
        if (!is_whole) {
            return false;
        }
        at = info.state.block.range().end;
    }
    return at == allocation.frames.end;
}

// A mapped holding is found, page by page, where it was mapped.
bool is_mapped_right(mm::PageTable const& pages, Holding const& holding) {
    if (!holding.mapped_at) {
        return true;
    }
    mm::FrameRange const frames = holding.allocation.frames;
    for (std::uint64_t offset = 0; offset < frames.count() * mm::kFrameBytes;
         offset += mm::kFrameBytes) {
        if (pages.translate(*holding.mapped_at + offset).to != frames.first.address() + offset) {
            return false;
        }
    }
    return true;
}

Result<HeldReport> verify_held(Machine const& machine) {
    HeldReport report;
    Holdings const& holdings = machine.holdings;
    for (auto next = holdings.at_or_after(0); next; next = holdings.at_or_after(next->number + 1)) {
        if (!is_allocated(machine.frames, next->allocation) ||
            !is_mapped_right(machine.pages, *next)) {
            return Error::Corrupt;
        }
        ++report.blocks;
        report.frames += next->allocation.frames.count();
    }
    return report.blocks == holdings.count() ? Result{report} : Error::Corrupt;
}

// Goes through everything; the first that is damaged ends it, with an error.
Outcome verify_all(Call& call, Report& report) {
    Machine const& machine = call.machine;
    for (mm::ZoneId const zone : kZones) {
        auto const found = machine.frames.zone(zone).verify();
        if (!found) {
            return fail(call, zone_name(zone), found.error());
        }
        report.zones[static_cast<std::size_t>(zone)] = *found;
    }
    auto const heap = machine.heap.verify();
    if (!heap) {
        return fail(call, "heap", heap.error());
    }
    report.heap = *heap;
    auto const space = machine.virtual_space.verify();
    if (!space) {
        return fail(call, "virtual space", space.error());
    }
    report.ranges = machine.virtual_space.allocated_ranges();
    auto const held = verify_held(machine);
    if (!held) {
        return fail(call, "held blocks", held.error());
    }
    report.held = *held;
    return Outcome::Success;
}

void print_words(Call& call, Report const& report) {
    for (mm::ZoneId const zone : kZones) {
        mm::VerifyReport const& found = report.zones[static_cast<std::size_t>(zone)];
        kernel::print(call.out, "{}: {} frames, {} runs, {} blocks: ok\n", zone_name(zone),
                      found.frames, found.runs, found.blocks);
    }
    kernel::print(call.out, "heap: {} pages, {} objects: ok\n", report.heap.pages,
                  report.heap.objects);
    kernel::print(call.out, "virtual space: {} ranges: ok\n", report.ranges);
    kernel::print(call.out, "held: {} blocks, {} frames: ok\n", report.held.blocks,
                  report.held.frames);
}

void print_json(Call& call, Report const& report) {
    Json json{call.out};
    json.open_object().key("zones").open_array();
    for (mm::ZoneId const zone : kZones) {
        mm::VerifyReport const& found = report.zones[static_cast<std::size_t>(zone)];
        json.open_object().text("name", zone_name(zone));
        json.number("frames", found.frames);
        json.number("runs", found.runs);
        json.number("blocks", found.blocks);
        json.close_object();
    }
    json.close_array().key("heap").open_object();
    json.number("pages", report.heap.pages);
    json.number("objects", report.heap.objects);
    json.close_object().key("virtual_space").open_object();
    json.number("ranges", report.ranges);
    json.close_object().key("held").open_object();
    json.number("blocks", report.held.blocks);
    json.number("frames", report.held.frames);
    json.close_object().close_object().end_line();
}

}  // namespace

Outcome verify(Call& call) {
    Report report;
    Outcome const outcome = verify_all(call, report);
    if (outcome == Outcome::Success) {
        call.wants_json() ? print_json(call, report) : print_words(call, report);
    }
    return outcome;
}

}  // namespace shell
