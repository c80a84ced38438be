// SPDX-License-Identifier: MIT
#include "shell/access/access_arguments.hpp"
#include "shell/handlers.hpp"
#include "shell/machine.hpp"

namespace shell {

Outcome poke(Call& call) {
    auto const arguments = parse_access(call);
    if (!arguments) {
        return Outcome::Failure;
    }
    if (arguments->rest.size() != 1) {
        return usage(call);
    }
    auto const value = parse_access_value(call, arguments->rest.front(), arguments->width);
    if (!value) {
        return Outcome::Failure;
    }
    MemoryPort port{call.machine, arguments->space, arguments->width};
    auto const outcome = port.write(arguments->address, *value);
    if (!outcome) {
        return fail_access(call, *arguments, arguments->address, outcome.error());
    }
    print_content(call, *arguments, *value);
    return Outcome::Success;
}

}  // namespace shell
