// SPDX-License-Identifier: MIT
#include "shell/frames/frame_words.hpp"
#include "shell/handlers.hpp"
#include "shell/json.hpp"
#include "shell/machine.hpp"

namespace shell {

Outcome buddyinfo(Call& call) {
    mm::FrameAllocator const& frames = call.machine.frames;
    if (call.wants_json()) {
        Json json{call.out};
        json.open_object().key("zones").open_array();
        for (mm::ZoneId const id : kZones) {
            json.open_object().text("name", zone_name(id)).key("free_blocks").open_array();
            for (std::uint64_t const count : frames.zone(id).buddies().free_blocks()) {
                json.number(count);
            }
            json.close_array().close_object();
        }
        json.close_array().close_object().end_line();
        return Outcome::Success;
    }
    auto const early = frames.zone(mm::ZoneId::Early).buddies().free_blocks();
    auto const late = frames.zone(mm::ZoneId::Late).buddies().free_blocks();
    kernel::print(call.out, "order  {:>8}  {:>8}  {:>8}\n", "block", zone_name(mm::ZoneId::Early),
                  zone_name(mm::ZoneId::Late));
    for (unsigned order = 0; order <= mm::Order::kMax; ++order) {
        kernel::print(call.out, "{:>5}  {:>8}  {:>8}  {:>8}\n", order,
                      size_of(mm::Order::of(order)), early[order], late[order]);
    }
    return Outcome::Success;
}

}  // namespace shell
