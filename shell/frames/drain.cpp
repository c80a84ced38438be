// SPDX-License-Identifier: MIT
#include "shell/frames/frame_words.hpp"
#include "shell/handlers.hpp"
#include "shell/machine.hpp"

namespace shell {

Outcome drain(Call& call) {
    for (mm::ZoneId const id : kZones) {
        mm::Zone& zone = call.machine.frames.zone(id);
        std::uint64_t const kept = zone.statistics().cached;
        zone.drain();
        kernel::print(call.out, "{}: {} frame{} given back\n", zone_name(id), kept,
                      kept == 1 ? "" : "s");
    }
    return Outcome::Success;
}

}  // namespace shell
