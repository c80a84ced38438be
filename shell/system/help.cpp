// SPDX-License-Identifier: MIT
#include "shell/color.hpp"
#include "shell/command_search.hpp"
#include "shell/command_table.hpp"
#include "shell/handlers.hpp"
#include "shell/machine.hpp"

#include <array>

namespace shell {
namespace {

constexpr std::array kTopics{Topic::Frames, Topic::Zones, Topic::Access, Topic::System,
                             Topic::Shell};

constexpr std::string_view heading(Topic topic) {
    switch (topic) {
        case Topic::Frames: return "Taking frames and giving them back";
        case Topic::Zones: return "What the memory is used for";
        case Topic::Access: return "Reading and writing memory";
        case Topic::System: return "The machine";
        case Topic::Shell: return "This shell";
    }
    kernel::unreachable("Topic is one of its enumerators");
}

void list(Call& call, Topic topic) {
    Settings const& settings = call.machine.settings;
    kernel::print(call.out, "{}{}{}\n", paint(settings, Color::Bold), heading(topic),
                  paint(settings, Color::Plain));
    for (Command const& command : commands()) {
        if (command.topic == topic) {
            kernel::print(call.out, "  {:10} {}\n", command.name, command.summary);
        }
    }
}

bool has_commands(Topic topic) {
    for (Command const& command : commands()) {
        if (command.topic == topic) {
            return true;
        }
    }
    return false;
}

}  // namespace

Outcome help(Call& call) {
    if (call.arguments.empty()) {
        for (Topic const topic : kTopics) {
            if (has_commands(topic)) {
                list(call, topic);
            }
        }
        call.out.write(
            "help <command> explains one; Tab completes words, Ctrl-C stops what runs\n");
        return Outcome::Success;
    }
    std::string_view const name = call.arguments[0];
    Command const* const command = find_command(name);
    if (command == nullptr) {
        return fail(call, name, "no such command", "help lists them");
    }
    print_usage(call.out, "", *command);
    kernel::print(call.out, "  {}\n  example: {}\n", command->summary, command->example);
    return Outcome::Success;
}

}  // namespace shell
