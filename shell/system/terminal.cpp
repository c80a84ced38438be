// SPDX-License-Identifier: MIT
// What has to do with the terminal and what was typed there.
#include "shell/handlers.hpp"
#include "shell/line/history.hpp"
#include "shell/machine.hpp"
#include "shell/numbers.hpp"

namespace shell {

Outcome clear(Call& call) {
    call.out.write("\x1b[2J\x1b[H");
    return Outcome::Success;
}

Outcome color(Call& call) {
    auto const is_on = parse_switch(call.arguments[0]);
    if (!is_on) {
        return usage(call);
    }
    call.machine.settings.is_coloured = *is_on;
    return Outcome::Success;
}

Outcome echo(Call& call) {
    std::string_view blank;
    for (std::string_view const word : call.arguments) {
        kernel::print(call.out, "{}{}", blank, word);
        blank = " ";
    }
    call.out.write("\n");
    return Outcome::Success;
}

Outcome history(Call& call) {
    for (std::size_t age = call.history.count(); age != 0; --age) {
        if (is_interrupted(call)) {
            return interrupted(call);
        }
        kernel::print(call.out, "{:>5} {}\n", call.history.total() - age + 1,
                      call.history.entry(age).value_or(""));
    }
    return Outcome::Success;
}

}  // namespace shell
