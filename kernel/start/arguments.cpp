// SPDX-License-Identifier: MIT
#include "kernel/start/arguments.hpp"

#include "shell/session.hpp"

#include <array>

namespace start {

void report_arguments(kernel::TextOutput& out, kernel::BootArguments const& arguments) {
    for (auto const& [name, value, why] : arguments.refused) {
        kernel::print(out, "bootargs {}={}: {}; passed over\n", name, value, describe(why));
    }
}

void obey(kernel::BootArguments const& arguments, shell::Session& session) {
    if (arguments.poison) {
        session.execute("poison on");
    }
    if (arguments.memtest) {
        std::array<char, 128> storage{};
        kernel::TextBuffer line{storage};
        kernel::print(line, "memtest {}", *arguments.memtest);
        session.execute(line.text());
    }
}

}  // namespace start
