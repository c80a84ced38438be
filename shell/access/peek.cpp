// SPDX-License-Identifier: MIT
#include "shell/access/access_arguments.hpp"
#include "shell/handlers.hpp"
#include "shell/machine.hpp"

namespace shell {

Outcome peek(Call& call) {
    auto const arguments = parse_access(call);
    if (!arguments) {
        return Outcome::Failure;
    }
    if (!arguments->rest.empty()) {
        return usage(call);
    }
    MemoryPort port{call.machine, arguments->space, arguments->width};
    auto const value = port.read(arguments->address);
    if (!value) {
        return fail_access(call, *arguments, arguments->address, value.error());
    }
    print_content(call, *arguments, *value);
    return Outcome::Success;
}

}  // namespace shell
