// SPDX-License-Identifier: MIT
#include "kernel/mm/page_table.hpp"
#include "shell/frames/frame_words.hpp"
#include "shell/handlers.hpp"
#include "shell/json.hpp"
#include "shell/machine.hpp"

namespace shell {
namespace {

void print_words(Call& call, mm::ZoneId id, mm::ZoneStatistics const& zone) {
    if (zone.span.empty()) {
        kernel::print(call.out, "{:5} no memory\n", zone_name(id));
        return;
    }
    kernel::print(call.out, "{:5} {}..{} {} in {} frames, {}\n", zone_name(id),
                  zone.span.first.address(), last_byte(zone.span),
                  kernel::Size{zone.frames * mm::kFrameBytes}, zone.frames,
                  id == mm::ZoneId::Early ? "mapped since boot" : "mapped only by mapva");
}

void write_json(Json& json, mm::ZoneId id, mm::ZoneStatistics const& zone) {
    json.open_object();
    json.text("name", zone_name(id));
    json.number("first_frame", zone.span.first.raw());
    json.number("end_frame", zone.span.end.raw());
    json.number("frames", zone.frames);
    json.boolean("mapped", id == mm::ZoneId::Early);
    json.close_object();
}

}  // namespace

Outcome zones(Call& call) {
    mm::FrameAllocator const& frames = call.machine.frames;
    if (!call.wants_json()) {
        for (mm::ZoneId const id : kZones) {
            print_words(call, id, frames.zone(id).statistics());
        }
        return Outcome::Success;
    }
    Json json{call.out};
    json.open_object().key("zones").open_array();
    for (mm::ZoneId const id : kZones) {
        write_json(json, id, frames.zone(id).statistics());
    }
    json.close_array().close_object().end_line();
    return Outcome::Success;
}

}  // namespace shell
