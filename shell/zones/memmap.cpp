// SPDX-License-Identifier: MIT
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
    json.key("address").number(region.frames.first.address().raw());
    json.key("frames").number(region.frames.count());
    json.key("kind").text(kind(region));
    json.key("reason").text(region.reason);
    json.key("no_map").boolean(is_forbidden(region));
    json.close_object();
}

}  // namespace

Outcome memmap(Call& call) {
    if (call.wants_json()) {
        Json json{call.out};
        json.open_object().key("regions").open_array();
        for (mm::Region const& region : call.machine.memory_map.regions()) {
            write_json(json, region);
        }
        json.close_array().close_object().end_line();
        return Outcome::Success;
    }
    for (mm::Region const& region : call.machine.memory_map.regions()) {
        print_words(call, region);
    }
    return Outcome::Success;
}

}  // namespace shell
