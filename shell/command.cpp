// SPDX-License-Identifier: MIT
#include "shell/command.hpp"

#include "kernel/console.hpp"
#include "shell/machine.hpp"

namespace shell {

Outcome fail(Call& call, std::string_view word, Reason why) {
    kernel::print(call.out, "error: {}: {}\n", word, why.words());
    return Outcome::Failure;
}

Outcome usage(Call& call) {
    kernel::print(call.out, "usage: {}{}{}\n", call.command.name,
                  call.command.arguments.empty() ? "" : " ", call.command.arguments);
    return Outcome::Failure;
}

bool is_interrupted(Call& call) { return call.machine.console.take_interrupt(); }

Outcome interrupted(Call& call) {
    fail(call, call.command.name, "stopped by Ctrl-C");
    return Outcome::Interrupted;
}

}  // namespace shell
