// SPDX-License-Identifier: MIT
#include "shell/dispatch.hpp"

#include "kernel/console.hpp"
#include "kernel/mm/fault_plan.hpp"
#include "shell/command_search.hpp"
#include "shell/machine.hpp"

#include <algorithm>

namespace shell {
namespace {

Outcome refuse_unknown(kernel::TextOutput& out, std::string_view name) {
    Command const* const nearest = nearest_command(name);
    if (nearest != nullptr) {
        kernel::print(out, "error: {}: no such command; did you mean {}\n", name, nearest->name);
    } else {
        kernel::print(out, "error: {}: no such command; help lists them\n", name);
    }
    return Outcome::Failure;
}

// Takes `--json` out of the arguments, and tells how often it was there.
std::size_t take_json(std::span<std::string_view>& arguments) {
    auto const json = std::remove(arguments.begin(), arguments.end(), "--json");
    auto const rest = static_cast<std::size_t>(json - arguments.begin());
    std::size_t const taken = arguments.size() - rest;
    arguments = arguments.first(rest);
    return taken;
}

bool fits(Arity arity, std::size_t count) {
    return count >= arity.least && (count <= arity.most || arity.most == kAnyNumber);
}

}  // namespace

Outcome run_command(Machine& machine, History const& history, std::span<std::string_view> words) {
    Command const* const command = find_command(words.front());
    if (command == nullptr) {
        return refuse_unknown(machine.console, words.front());
    }
    std::span<std::string_view> arguments = words.subspan(1);
    std::size_t const jsons = command->offers_json() ? take_json(arguments) : 0;
    Style const style = jsons == 0 ? Style::Words : Style::Json;
    Call call{machine, machine.console,        *command, arguments, history,
              style,   machine.faults.struck()};
    if (jsons > 1) {
        return fail(call, "--json", "given twice");
    }
    return fits(command->arity, arguments.size()) ? command->run(call) : usage(call);
}

}  // namespace shell
