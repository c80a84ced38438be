// SPDX-License-Identifier: MIT
#include "shell/handlers.hpp"
#include "shell/machine.hpp"
#include "shell/numbers.hpp"

namespace shell {

Outcome unsafe(Call& call) {
    auto const is_on = parse_switch(call.arguments.front());
    if (!is_on) {
        return usage(call);
    }
    call.machine.settings.is_unsafe = *is_on;
    kernel::print(
        call.out, "poke and fill {}\n",
        *is_on ? "write wherever they are told" : "refuse what was not taken from this shell");
    return Outcome::Success;
}

}  // namespace shell
