// SPDX-License-Identifier: MIT
#include "shell/frames/frame_words.hpp"

#include "kernel/mm/health/retired_frames.hpp"
#include "kernel/mm/memory_map.hpp"
#include "kernel/require.hpp"
#include "shell/machine.hpp"

namespace shell {

char const* zone_name(mm::ZoneId zone) {
    switch (zone) {
        case mm::ZoneId::Early: return "early";
        case mm::ZoneId::Late: return "late";
    }
    kernel::unreachable("ZoneId is one of its enumerators");
}

std::optional<mm::ZoneId> zone_named(std::string_view word) {
    for (mm::ZoneId const zone : kZones) {
        if (word == zone_name(zone)) {
            return zone;
        }
    }
    return std::nullopt;
}

kernel::PhysAddr last_byte(mm::FrameRange frames) {
    return frames.first.address() + (frames.count() * mm::kFrameBytes - 1);
}

kernel::Size size_of(mm::FrameRange frames) { return {frames.count() * mm::kFrameBytes}; }

kernel::Size size_of(mm::Order order) { return {order.bytes()}; }

mm::Order order_of(Holding const& holding) {
    auto const order = mm::Order::covering(holding.allocation.frames.count());
    kernel::require(holding.is_block && order, "a block has an order");
    return *order;
}

void print_block(kernel::TextOutput& out, mm::Block const& block) {
    kernel::print(out, "{}..{} order {} {}", block.first.address(), last_byte(block.range()),
                  block.order.value(), size_of(block.order));
}

void print_holding(kernel::TextOutput& out, Holding const& holding) {
    mm::FrameRange const frames = holding.allocation.frames;
    kernel::print(out, "#{} {}..{} ", holding.number, frames.first.address(), last_byte(frames));
    if (holding.is_block) {
        kernel::print(out, "order {}", order_of(holding).value());
    } else {
        kernel::print(out, "{} frame{}", frames.count(), frames.count() == 1 ? "" : "s");
    }
    kernel::print(out, " {} {}", size_of(frames), zone_name(holding.allocation.zone));
    if (holding.mapped_at) {
        kernel::print(out, " at {}", *holding.mapped_at);
    }
    if (!holding.tag.empty()) {
        kernel::print(out, " [{}]", holding.tag.text());
    }
}

std::string_view reason_for(Machine const& machine, mm::FrameNumber frame) {
    auto const region = machine.memory_map.find(frame);
    if (!region || !region->is_usable()) {
        return region ? region->reason : "not RAM";
    }
    auto const why = machine.retired.find(frame);
    return why ? describe(*why) : "bad: not listed";
}

}  // namespace shell
