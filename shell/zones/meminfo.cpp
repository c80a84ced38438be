// SPDX-License-Identifier: MIT
#include "kernel/mm/heap.hpp"
#include "shell/frames/frame_words.hpp"
#include "shell/handlers.hpp"
#include "shell/json.hpp"
#include "shell/machine.hpp"

namespace shell {
namespace {

kernel::Size in_bytes(std::uint64_t frames) { return {frames * mm::kFrameBytes}; }

// What the allocators of both zones keep about their frames, caches of cores included.
struct Metadata {
    std::uint64_t bytes = 0;
    std::uint64_t frames = 0;

    // In units of 1 / `parts`, rounded to the nearest.
    std::uint64_t bits_per_frame(std::uint64_t parts) const {
        return frames == 0 ? 0 : (bytes * 8 * parts + frames / 2) / frames;
    }
};

Metadata metadata_of(mm::FrameAllocator const& frames) {
    Metadata metadata;
    for (mm::ZoneId const id : kZones) {
        mm::ZoneStatistics const zone = frames.zone(id).statistics();
        metadata.bytes += mm::BuddyAllocator::metadata_words(zone.span) * sizeof(std::uint64_t);
        metadata.frames += zone.frames;
        if (mm::SharedBuddies const* const shared = frames.zone(id).shared()) {
            metadata.bytes += shared->cached().metadata_bytes();
        }
    }
    return metadata;
}

void print_frames(Call& call, std::string_view label, std::uint64_t frames) {
    kernel::print(call.out, "  {:8} {:>8} frames {:>11}\n", label, frames, in_bytes(frames));
}

void print_zone(Call& call, mm::ZoneId id, mm::ZoneStatistics const& zone) {
    if (zone.span.empty()) {
        kernel::print(call.out, "{} no memory\n", zone_name(id));
        return;
    }
    kernel::print(call.out, "{} {}..{}\n", zone_name(id), zone.span.first.address(),
                  last_byte(zone.span));
    print_frames(call, "total", zone.frames);
    print_frames(call, "reserved", zone.reserved);
    print_frames(call, "free", zone.free);
    print_frames(call, "used", zone.used);
    print_frames(call, "cached", zone.cached);
    if (zone.largest) {
        kernel::print(call.out, "  largest free block: order {} ({})\n", zone.largest->value(),
                      size_of(*zone.largest));
    } else {
        call.out.write("  nothing is free\n");
    }
}

void write_zone(Json& json, mm::ZoneId id, mm::ZoneStatistics const& zone) {
    json.open_object();
    json.text("name", zone_name(id));
    json.number("first_frame", zone.span.first.raw());
    json.number("end_frame", zone.span.end.raw());
    json.number("frames", zone.frames);
    json.number("reserved", zone.reserved);
    json.number("free", zone.free);
    json.number("used", zone.used);
    json.number("cached", zone.cached);
    json.key("largest_order");
    zone.largest ? json.number(zone.largest->value()) : json.negative(1);
    json.key("free_blocks").open_array();
    for (std::uint64_t const count : zone.free_blocks) {
        json.number(count);
    }
    json.close_array().close_object();
}

Outcome print_json(Call& call) {
    Machine const& machine = call.machine;
    Json json{call.out};
    json.open_object().key("zones").open_array();
    for (mm::ZoneId const id : kZones) {
        write_zone(json, id, machine.frames.zone(id).statistics());
    }
    json.close_array();
    mm::HeapStatistics const heap = machine.heap.statistics();
    json.key("heap").open_object();
    json.number("window", heap.window);
    json.number("mapped", heap.mapped);
    json.number("used", heap.used);
    json.close_object();
    Metadata const metadata = metadata_of(machine.frames);
    json.key("metadata").open_object();
    json.number("bytes", metadata.bytes);
    json.key("bits_per_frame").millionths(metadata.bits_per_frame(1'000'000));
    json.close_object().close_object().end_line();
    return Outcome::Success;
}

}  // namespace

Outcome meminfo(Call& call) {
    if (call.wants_json()) {
        return print_json(call);
    }
    Machine const& machine = call.machine;
    for (mm::ZoneId const id : kZones) {
        print_zone(call, id, machine.frames.zone(id).statistics());
    }
    mm::HeapStatistics const heap = machine.heap.statistics();
    kernel::print(call.out, "heap {} window, {} mapped, {} used\n", kernel::Size{heap.window},
                  kernel::Size{heap.mapped}, kernel::Size{heap.used});
    Metadata const metadata = metadata_of(machine.frames);
    std::uint64_t const bits = metadata.bits_per_frame(100);
    kernel::print(call.out, "metadata {}, {}.{:02} bits per frame\n", kernel::Size{metadata.bytes},
                  bits / 100, bits % 100);
    return Outcome::Success;
}

}  // namespace shell
