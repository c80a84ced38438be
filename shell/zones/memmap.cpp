// SPDX-License-Identifier: MIT
#include "kernel/mm/health/retired_frames.hpp"
#include "kernel/mm/memory_map.hpp"
#include "shell/frames/frame_words.hpp"
#include "shell/handlers.hpp"
#include "shell/json.hpp"
#include "shell/machine.hpp"

namespace shell {
namespace {

std::string_view kind(mm::Region const& region) {
    return region.is_usable() ? "usable" : "reserved";
}

bool is_forbidden(mm::Region const& region) { return region.mappable == mm::Mappable::No; }

void print_words(Call& call, mm::Region const& region) {
    kernel::print(call.out, "{}..{} {:>11} {}", region.frames.first.address(),
                  last_byte(region.frames), size_of(region.frames), kind(region));
    if (!region.is_usable()) {
        kernel::print(call.out, " {}{}", region.reason,
                      is_forbidden(region) ? " (must not be mapped)" : "");
    }
    call.out.write("\n");
}

void write_json(Json& json, mm::Region const& region) {
    json.open_object();
    json.number("address", region.frames.first.address().raw());
    json.number("frames", region.frames.count());
    json.text("kind", kind(region));
    json.text("reason", region.reason);
    json.boolean("no_map", is_forbidden(region));
    json.close_object();
}

// Calls `visit` with each region. What was retired since boot is a region of its own.
template <typename Visit>
void for_each_region(Machine const& machine, Visit visit) {
    for (mm::Region region : machine.memory_map.regions()) {
        mm::FrameNumber const end = region.frames.end;
        while (auto const bad = machine.retired.next(region.frames.first)) {
            if (bad->frames.first >= end) {
                break;
            }
            region.frames.end = bad->frames.first;
            if (!region.frames.empty()) {
                visit(region);
            }
            visit(mm::Region{bad->frames, mm::RegionOwner::BadMemory, region.mappable,
                             describe(bad->why)});
            region.frames = {bad->frames.end, end};
        }
        if (!region.frames.empty()) {
            visit(region);
        }
    }
}

}  // namespace

Outcome memmap(Call& call) {
    if (!call.wants_json()) {
        for_each_region(call.machine,
                        [&call](mm::Region const& region) { print_words(call, region); });
        return Outcome::Success;
    }
    Json json{call.out};
    json.open_object().key("regions").open_array();
    for_each_region(call.machine, [&json](mm::Region const& region) { write_json(json, region); });
    json.close_array().close_object().end_line();
    return Outcome::Success;
}

}  // namespace shell
