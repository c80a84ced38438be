// SPDX-License-Identifier: MIT
#include "kernel/mm/memory_map.hpp"
#include "shell/frames/frame_words.hpp"
#include "shell/handlers.hpp"
#include "shell/json.hpp"
#include "shell/machine.hpp"
#include "shell/numbers.hpp"

namespace shell {
namespace {

// All that is known of one frame.
struct Finding {
    mm::FrameNumber frame;
    mm::FrameInfo info;
    std::optional<Holding> holding;
    std::string_view reason;  // Of a reserved one.

    std::string_view state() const {
        if (!info.is_ram) {
            return "not RAM";
        }
        switch (info.state.kind) {
            case mm::FrameKind::Outside: return "not RAM";
            case mm::FrameKind::Reserved: return "reserved";
            case mm::FrameKind::Free: return "free";
            case mm::FrameKind::Allocated: return "allocated";
        }
        kernel::unreachable("FrameKind is one of its enumerators");
    }
    bool is_reserved() const { return info.is_ram && info.state.kind == mm::FrameKind::Reserved; }
    bool is_in_block() const {
        return info.state.kind == mm::FrameKind::Free ||
               info.state.kind == mm::FrameKind::Allocated;
    }
};

Finding find(Machine const& machine, mm::FrameNumber frame) {
    return {frame, machine.frames.inspect(frame), machine.holdings.containing(frame),
            reason_for(machine, frame)};
}

void print_finding(Call& call, std::string_view label, Finding const& finding) {
    kernel::print(call.out, "{} {} {}", label, finding.frame.address(), finding.state());
    if (finding.is_reserved()) {
        kernel::print(call.out, ": {}", finding.reason);
    }
    if (finding.info.keeper) {
        kernel::print(call.out, ", kept by core {}", *finding.info.keeper);
    }
    if (finding.is_in_block()) {
        call.out.write(", block ");
        print_block(call.out, finding.info.state.block);
    }
    call.out.write("\n");
}

void print_neighbours(Call& call, mm::Block const& block) {
    if (block.order < mm::Order::of(mm::Order::kMax)) {
        // Blocks are aligned to their size, so the buddy differs in exactly one bit.
        mm::FrameNumber const buddy{block.first.raw() ^ block.order.frame_count()};
        print_finding(call, "buddy", find(call.machine, buddy));
    }
    if (block.first.raw() != 0) {
        print_finding(call, "below", find(call.machine, mm::FrameNumber{block.first.raw() - 1}));
    }
    if (block.range().end.raw() < mm::FrameNumber::kLimit) {
        print_finding(call, "above", find(call.machine, block.range().end));
    }
}

void print_words(Call& call, Finding const& finding) {
    print_finding(call, "frame", finding);
    if (finding.info.is_ram) {
        kernel::print(call.out, "zone  {}\n", zone_name(*finding.info.zone));
    }
    if (finding.holding) {
        call.out.write("owner ");
        print_holding(call.out, *finding.holding);
        call.out.write("\n");
    } else if (finding.info.state.kind == mm::FrameKind::Allocated) {
        call.out.write("owner the kernel\n");
    }
    print_neighbours(call, finding.info.state.block);
}

void print_json(Call& call, Finding const& finding) {
    Json json{call.out};
    json.open_object();
    json.number("address", finding.frame.address().raw());
    json.text("state", finding.state());
    json.key("zone");
    finding.info.is_ram ? json.text(zone_name(*finding.info.zone)) : json.null();
    json.key("reserved_for");
    finding.is_reserved() ? json.text(finding.reason) : json.null();
    json.key("block");
    if (finding.is_in_block()) {
        mm::Block const& block = finding.info.state.block;
        json.open_object();
        json.number("address", block.first.address().raw());
        json.number("order", block.order.value());
        json.close_object();
    } else {
        json.null();
    }
    json.key("kept_by");
    finding.info.keeper ? json.number(*finding.info.keeper) : json.null();
    json.key("handle");
    finding.holding ? json.number(finding.holding->number) : json.null();
    json.text("tag", finding.holding ? finding.holding->tag.text() : "");
    json.close_object().end_line();
}

}  // namespace

Outcome frame(Call& call) {
    auto const address = parse_value(call.arguments.front());
    if (!address) {
        return fail(call, call.arguments.front(), address.error());
    }
    Finding const finding =
        find(call.machine, mm::FrameNumber::containing(kernel::PhysAddr{*address}));
    call.wants_json() ? print_json(call, finding) : print_words(call, finding);
    return Outcome::Success;
}

}  // namespace shell
