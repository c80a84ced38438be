// SPDX-License-Identifier: MIT
#include "shell/command.hpp"

#include "kernel/console.hpp"
#include "kernel/mm/fault_plan.hpp"
#include "shell/machine.hpp"
#include "shell/wrapped_output.hpp"

namespace shell {

bool blame_fault_plan(Call& call) {
    bool const is_to_blame = call.machine.faults.struck() != call.struck_before;
    if (is_to_blame) {
        call.out.write("; made to fail on purpose (fail off ends it)");
    }
    return is_to_blame;
}

Outcome fail(Call& call, std::string_view word, Reason why) {
    return fail_in_words(call, word, "{}", std::array{kernel::Argument{why.words()}}.data());
}

// NOLINTNEXTLINE(readability-function-size): as declared.
Outcome fail_hinting(Call& call, std::string_view word, Reason why, char const* hint,
                     kernel::Argument const* values) {
    kernel::print(call.out, "error: {}: {}", word, why.words());
    if (!blame_fault_plan(call)) {
        call.out.write("; ");
        kernel::print_arguments(call.out, hint, values);
    }
    call.out.write("\n");
    return Outcome::Failure;
}

Outcome fail_in_words(Call& call, std::string_view word, char const* why,
                      kernel::Argument const* values) {
    kernel::print(call.out, "error: {}: ", word);
    kernel::print_arguments(call.out, why, values);
    blame_fault_plan(call);
    call.out.write("\n");
    return Outcome::Failure;
}

void print_usage(kernel::TextOutput& out, std::string_view label, Command const& command) {
    WrappedOutput lines{out, label.size() + command.name.size() + 1};
    kernel::print(lines, "{}{} {}", label, command.name, command.arguments);
    lines.end_line();
}

Outcome usage(Call& call) {
    print_usage(call.out, "usage: ", call.command);
    return Outcome::Failure;
}

bool is_interrupted(Call& call) { return call.machine.console.take_interrupt(); }

Outcome interrupted(Call& call) {
    fail(call, call.command.name, "stopped by Ctrl-C");
    return Outcome::Interrupted;
}

}  // namespace shell
