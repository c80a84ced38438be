// SPDX-License-Identifier: MIT
#include "kernel/mm/fault_plan.hpp"
#include "kernel/mm/memory_map.hpp"
#include "kernel/units.hpp"
#include "shell/frames/alloc_request.hpp"
#include "shell/frames/frame_words.hpp"
#include "shell/handlers.hpp"
#include "shell/machine.hpp"

#include <algorithm>
#include <array>

namespace shell {
namespace {

using kernel::Error;

bool may_use(AllocRequest const& request, mm::ZoneId zone) {
    return request.frames.zone.value_or(zone) == zone;
}

// No more blocks than this can be had, whatever `-n` says: how often one fits into the free ones.
std::uint64_t most_blocks(mm::FrameAllocator const& frames, AllocRequest const& request) {
    std::uint64_t most = 0;
    for (mm::ZoneId const zone : kZones) {
        if (!may_use(request, zone)) {
            continue;
        }
        mm::BuddyAllocator const& buddies = frames.zone(zone).buddies();
        if (!request.order) {
            most += buddies.free_frames_count() / std::max<std::uint64_t>(request.frames.count, 1);
            continue;
        }
        auto const free_blocks = buddies.free_blocks();
        for (unsigned order = request.order->value(); order <= mm::Order::kMax; ++order) {
            most += free_blocks[order] << (order - request.order->value());
        }
    }
    return most;
}

std::optional<mm::Order> largest_free(mm::FrameAllocator const& frames,
                                      AllocRequest const& request) {
    std::optional<mm::Order> largest;
    for (mm::ZoneId const zone : kZones) {
        if (may_use(request, zone)) {
            largest = std::max(largest, frames.zone(zone).buddies().largest_free());
        }
    }
    return largest;
}

std::uint64_t free_frames(mm::FrameAllocator const& frames, AllocRequest const& request) {
    std::uint64_t sum = 0;
    for (mm::ZoneId const zone : kZones) {
        sum += may_use(request, zone) ? frames.zone(zone).buddies().free_frames_count() : 0;
    }
    return sum;
}

// Prints why memory ran out, after the reason: what is left.
Outcome fail_for_lack(Call& call, AllocRequest const& request, Reason why) {
    mm::FrameAllocator const& frames = call.machine.frames;
    auto const largest = largest_free(frames, request);
    if (!largest) {
        return fail(call, request.operand, why, "nothing is free");
    }
    if (call.machine.faults.struck() != call.struck_before) {
        return fail(call, request.operand, why);
    }
    if (request.bus) {
        return fail(call, request.operand, why, kOnlyBelow, request.frames.below.address());
    }
    if (request.frames.count <= largest->frame_count()) {
        return fail_because(call, request.alignment_word,
                            "no {} are free at a multiple of that; a smaller one may do",
                            kernel::Size{request.frames.count * mm::kFrameBytes});
    }
    if (*largest == mm::Order::of(mm::Order::kMax)) {
        return fail(call, request.operand, why, "{} is free, in blocks of at most {}",
                    kernel::Size{free_frames(frames, request) * mm::kFrameBytes},
                    size_of(*largest));
    }
    return fail(call, request.operand, why, "the largest is order {} ({})", largest->value(),
                size_of(*largest));
}

// Prints why not even all memory would do: no zone is large enough, or not the one that was named.
Outcome fail_for_size(Call& call, AllocRequest const& request, std::uint64_t got) {
    mm::FrameAllocator const& frames = call.machine.frames;
    mm::ZoneId zone = request.frames.zone.value_or(mm::ZoneId::Early);
    for (mm::ZoneId const other : kZones) {
        bool const is_larger =
            frames.zone(other).statistics().frames > frames.zone(zone).statistics().frames;
        zone = may_use(request, other) && is_larger ? other : zone;
    }
    std::array<char, 32> storage{};  // A zero is left behind the text.
    kernel::TextBuffer why{storage};
    kernel::print(why, "larger than {}{}", request.frames.zone ? "zone " : "any zone",
                  request.frames.zone ? zone_name(zone) : "");
    if (request.blocks > 1) {
        return fail_because(call, request.operand, "{}: got {} of {}", why.text(), got,
                            request.blocks);
    }
    std::uint64_t const free = frames.zone(zone).buddies().free_frames_count();
    return fail(call, request.operand, storage.data(), "{} is free in zone {}",
                kernel::Size{free * mm::kFrameBytes}, zone_name(zone));
}

// Prints what is in the way of the frames that `-@` names.
Outcome fail_for_place(Call& call, AllocRequest const& request, Error error) {
    mm::FrameNumber const first = *request.frames.at;
    std::string_view const word = request.place_word;
    for (std::uint64_t offset = 0; offset < request.frames.count; ++offset) {
        mm::FrameNumber const frame = first + offset;
        mm::FrameInfo const info = call.machine.frames.inspect(frame);
        if (info.state.kind == mm::FrameKind::Free) {
            continue;
        }
        if (!info.is_ram) {
            return fail(call, word, Error::NotRam, "the first frame that is not is {}",
                        frame.address());
        }
        if (info.state.kind == mm::FrameKind::Reserved) {
            return fail(call, word, "reserved", "{} is kept for: {}", frame.address(),
                        reason_for(call.machine, frame));
        }
        auto const holding = call.machine.holdings.containing(frame);
        if (holding) {
            return fail(call, word, Error::NotFree, "{} belongs to #{}", frame.address(),
                        holding->number);
        }
        return fail(call, word, Error::NotFree, "{} belongs to the kernel", frame.address());
    }
    if (error != Error::TooLarge) {
        return fail(call, word, error);
    }
    mm::ZoneId const zone = *call.machine.frames.inspect(first).zone;
    mm::FrameRange const rest{first, call.machine.frames.zone(zone).span().end};
    return fail_because(call, word, "zone {} ends at {}; {} fit before that", zone_name(zone),
                        last_byte(rest), size_of(rest));
}

kernel::Result<mm::Allocation> allocate_one(mm::FrameAllocator& frames,
                                            AllocRequest const& request) {
    mm::FrameRequest const& wanted = request.frames;
    bool const is_plain_block = request.order && !wanted.at && !request.bus &&
                                wanted.alignment == request.order->frame_count();
    return is_plain_block ? frames.allocate(*request.order, wanted.zone) : frames.allocate(wanted);
}

void print_bus_address(kernel::TextOutput& out, AllocRequest const& request,
                       mm::FrameNumber first) {
    if (request.bus) {
        kernel::print(out, " bus {}", first.address() + *request.bus);
    }
}

Outcome explain(Call& call, AllocRequest const& request, Error error, std::uint64_t got) {
    if (request.blocks > 1 && error == Error::OutOfMemory) {
        fail_because(call, request.operand, "got {} of {}", got, request.blocks);
        return Outcome::Failure;
    }
    if (request.frames.at && error == Error::OtherZone) {
        std::string_view const zone =
            zone_name(*call.machine.frames.inspect(*request.frames.at).zone);
        return fail_because(call, request.place_word, "in zone {}; -z {} takes it", zone, zone);
    }
    if (request.frames.at && (error == Error::NotRam || error == Error::TooLarge ||
                              error == Error::Reserved || error == Error::NotFree)) {
        return fail_for_place(call, request, error);
    }
    if (error == Error::OutOfMemory) {
        return fail_for_lack(call, request, error);
    }
    if (error == Error::TooLarge) {
        return fail_for_size(call, request, got);
    }
    return fail(call, request.operand, error);
}

}  // namespace

Outcome alloc(Call& call) {
    auto const request = parse_alloc(call);
    if (!request) {
        return Outcome::Failure;
    }
    Machine& machine = call.machine;
    // Records are reserved before the frames: a request that may outgrow the room takes nothing.
    std::uint64_t const room = machine.holdings.room_left();
    bool const is_one = request->blocks == 1;
    if (request->blocks > room && (is_one || most_blocks(machine.frames, *request) > room)) {
        return fail_because(call, is_one ? request->operand : request->blocks_word,
                            "the shell has room for {} more blocks; {}", room,
                            room == 0 ? "free some first" : "larger ones need fewer");
    }
    for (std::uint64_t got = 0; got < request->blocks; ++got) {
        if (got != 0 && is_interrupted(call)) {
            return interrupted(call);
        }
        auto const allocation = allocate_one(machine.frames, *request);
        if (!allocation) {
            return explain(call, *request, allocation.error(), got);
        }
        Holding const holding =
            machine.holdings.add(*allocation, request->order.has_value(), request->tag);
        print_holding(call.out, holding);
        print_bus_address(call.out, *request, allocation->frames.first);
        call.out.write("\n");
    }
    return Outcome::Success;
}

}  // namespace shell
