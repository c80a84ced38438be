// SPDX-License-Identifier: MIT
#include "shell/frames/frame_words.hpp"
#include "shell/machine.hpp"
#include "shell/selftest/trials.hpp"

#include <array>
#include <optional>

namespace shell {
namespace {

using kernel::Error;
using mm::Order;

using Blocks = std::array<std::optional<mm::Allocation>, Order::kMax + 1>;

bool is_refused(kernel::Result<void> const& outcome, Error expected) {
    return !outcome && outcome.error() == expected;
}

mm::ZoneId other(mm::ZoneId zone) {
    return zone == mm::ZoneId::Early ? mm::ZoneId::Late : mm::ZoneId::Early;
}

// One block of each order, as far as there are any. Counts them.
std::uint64_t take(mm::FrameAllocator& frames, mm::ZoneId zone, Blocks& blocks) {
    std::uint64_t taken = 0;
    for (unsigned order = 0; order <= Order::kMax; ++order) {
        auto const block = frames.allocate(Order::of(order), zone);
        if (block) {
            blocks[order] = *block;
            ++taken;
        }
    }
    return taken;
}

// Frees `block` in each wrong way, then rightly, then once more.
bool give_back(mm::FrameAllocator& frames, mm::Allocation const& block, Order order) {
    mm::FrameNumber const first = block.frames.first;
    Order const wrong = Order::of(order.value() == 0 ? 1 : order.value() - 1);
    bool is_right = is_refused(frames.free(block.zone, first, wrong), Error::WrongOrder);
    is_right =
        is_refused(frames.free(other(block.zone), first, order), Error::OtherZone) && is_right;
    if (order > Order{}) {
        is_right =
            is_refused(frames.free(block.zone, first + 1, order), Error::InsideBlock) && is_right;
    }
    is_right = frames.free(block.zone, first, order) && is_right;
    return is_refused(frames.free(block.zone, first, order), Error::AlreadyFree) && is_right;
}

}  // namespace

Outcome try_zones(Call& call) {
    mm::FrameAllocator& frames = call.machine.frames;
    for (mm::ZoneId const zone : kZones) {
        Blocks blocks;
        std::uint64_t const taken = take(frames, zone, blocks);
        bool is_right{frames.zone(zone).verify()};
        for (unsigned order = 0; order <= Order::kMax; ++order) {
            is_right =
                (!blocks[order] || give_back(frames, *blocks[order], Order::of(order))) && is_right;
        }
        if (!is_right) {
            return fail(call, zone_name(zone), "a block was not taken or given back as it must be");
        }
        kernel::print(call.out, "{}: {} blocks taken, given back wrongly and rightly: ok\n",
                      zone_name(zone), taken);
    }
    return Outcome::Success;
}

}  // namespace shell
