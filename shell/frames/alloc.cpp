// SPDX-License-Identifier: MIT
#include "kernel/mm/memory_map.hpp"
#include "kernel/units.hpp"
#include "shell/frames/alloc_request.hpp"
#include "shell/frames/frame_words.hpp"
#include "shell/handlers.hpp"
#include "shell/machine.hpp"

#include <algorithm>

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
    if (request.frames.count <= largest->frame_count()) {
        return fail(call, request.operand, why, "none is free at a multiple of {}",
                    kernel::Size{request.frames.alignment * mm::kFrameBytes});
    }
    if (*largest == mm::Order::of(mm::Order::kMax)) {
        return fail(call, request.operand, why, "{} is free, in blocks of at most {}",
                    kernel::Size{free_frames(frames, request) * mm::kFrameBytes},
                    size_of(*largest));
    }
    return fail(call, request.operand, why, "the largest is order {} ({})", largest->value(),
                size_of(*largest));
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
            return fail(call, word, Error::Reserved, "{} is kept for: {}", frame.address(),
                        reason_for(call.machine.memory_map, frame));
        }
        auto const holding = call.machine.holdings.containing(frame);
        if (holding) {
            return fail(call, word, Error::NotFree, "{} belongs to #{}", frame.address(),
                        holding->number);
        }
        return fail(call, word, Error::NotFree, "{} belongs to the kernel", frame.address());
    }
    return fail(call, word,
                error == Error::TooLarge ? Reason{"not all of it is in one zone"} : error);
}

kernel::Result<mm::Allocation> allocate_one(mm::FrameAllocator& frames,
                                            AllocRequest const& request) {
    mm::FrameRequest const& wanted = request.frames;
    bool const is_plain_block =
        request.order && !wanted.at && wanted.alignment == request.order->frame_count();
    return is_plain_block ? frames.allocate(*request.order, wanted.zone) : frames.allocate(wanted);
}

Outcome explain(Call& call, AllocRequest const& request, Error error, std::uint64_t got) {
    if (request.blocks > 1 && error == Error::OutOfMemory) {
        fail_because(call, request.operand, "got {} of {}", got, request.blocks);
        return Outcome::Failure;
    }
    if (request.frames.at && error == Error::OtherZone) {
        return fail(call, request.place_word, error, "leave out -z, or name the other one");
    }
    if (request.frames.at && (error == Error::NotRam || error == Error::TooLarge ||
                              error == Error::Reserved || error == Error::NotFree)) {
        return fail_for_place(call, request, error);
    }
    if (error == Error::OutOfMemory) {
        return fail_for_lack(call, request, error);
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
        call.out.write("\n");
    }
    return Outcome::Success;
}

}  // namespace shell
