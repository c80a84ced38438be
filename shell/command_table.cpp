// SPDX-License-Identifier: MIT
#include "shell/command_table.hpp"

#include "shell/handlers.hpp"

#include <algorithm>

namespace shell {
namespace {

constexpr Command kCommands[] = {
    {.name = "clear",
     .arguments = "",
     .summary = "clear the terminal",
     .example = "clear",
     .topic = Topic::Shell,
     .arity = {0, 0},
     .run = clear   },
    {.name = "color",
     .arguments = "on|off",
     .summary = "allow ANSI colours in the output, or keep every byte plain",
     .example = "color on",
     .topic = Topic::Shell,
     .arity = {1, 1},
     .run = color   },
    {.name = "dmesg",
     .arguments = "",
     .summary = "print again what the boot printed",
     .example = "dmesg",
     .topic = Topic::System,
     .arity = {0, 0},
     .run = dmesg   },
    {.name = "dt",
     .arguments = "[<path>]",
     .summary = "show a node of the device tree: its properties and children",
     .example = "dt /memory",
     .topic = Topic::System,
     .arity = {0, 1},
     .run = dt      },
    {.name = "echo",
     .arguments = "[<word> ...]",
     .summary = "print the words; $? is 0 after a success, 1 after a failure",
     .example = "echo $?",
     .topic = Topic::Shell,
     .arity = {0, kAnyNumber},
     .run = echo    },
    {.name = "help",
     .arguments = "[<command>]",
     .summary = "list the commands, or explain one",
     .example = "help version",
     .topic = Topic::Shell,
     .arity = {0, 1},
     .run = help    },
    {.name = "history",
     .arguments = "",
     .summary = "list the lines that were typed last",
     .example = "history",
     .topic = Topic::Shell,
     .arity = {0, 0},
     .run = history },
    {.name = "irq",
     .arguments = "",
     .summary = "count interrupts by source, and what the serial line met",
     .example = "irq",
     .topic = Topic::System,
     .arity = {0, 0},
     .run = irq     },
    {.name = "poweroff",
     .arguments = "",
     .summary = "stop the machine",
     .example = "poweroff",
     .topic = Topic::System,
     .arity = {0, 0},
     .run = poweroff},
    {.name = "reboot",
     .arguments = "",
     .summary = "start the machine anew",
     .example = "reboot",
     .topic = Topic::System,
     .arity = {0, 0},
     .run = reboot  },
    {.name = "uptime",
     .arguments = "",
     .summary = "print the time since power-on",
     .example = "uptime",
     .topic = Topic::System,
     .arity = {0, 0},
     .run = uptime  },
    {.name = "version",
     .arguments = "",
     .summary = "print the version and how it was built",
     .example = "version",
     .topic = Topic::System,
     .arity = {0, 0},
     .run = version },
};

static_assert(std::ranges::is_sorted(kCommands, {}, &Command::name));
static_assert(std::ranges::adjacent_find(kCommands, {}, &Command::name) ==
              std::ranges::end(kCommands));

}  // namespace

std::span<Command const> commands() { return kCommands; }

}  // namespace shell
