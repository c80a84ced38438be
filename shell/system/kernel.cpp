// SPDX-License-Identifier: MIT
// What the kernel says of itself, and how it is ended.
#include "kernel/clock.hpp"
#include "kernel/log.hpp"
#include "kernel/power.hpp"
#include "kernel/version.hpp"
#include "shell/handlers.hpp"
#include "shell/machine.hpp"

namespace shell {
namespace {

#ifdef __clang__
constexpr std::string_view kCompiler = __VERSION__;  // It names itself.
#else
constexpr std::string_view kCompiler = "GCC " __VERSION__;
#endif

#ifdef __OPTIMIZE__
constexpr std::string_view kBuild = "optimised";
#else
constexpr std::string_view kBuild = "not optimised";
#endif

}  // namespace

Outcome version(Call& call) {
    kernel::print(call.out, "Beryl {}, {}, {}\n", kernel::kVersion, kCompiler, kBuild);
    return Outcome::Success;
}

Outcome uptime(Call& call) {
    std::uint64_t const milliseconds = call.machine.clock.microseconds() / 1000;
    std::uint64_t const seconds = milliseconds / 1000;
    kernel::print(call.out, "{}:{:02}:{:02}.{:03} since power-on\n", seconds / 3600,
                  seconds / 60 % 60, seconds % 60, milliseconds % 1000);
    return Outcome::Success;
}

Outcome dmesg(Call& call) {
    kernel::Log const& log = call.machine.log;
    call.out.write(log.text());
    if (!log.text().ends_with('\n') && !log.text().empty()) {
        call.out.write("\n");
    }
    if (log.lost() != 0) {
        kernel::print(call.out, "{} more bytes were printed and not kept\n", log.lost());
    }
    return Outcome::Success;
}

Outcome reboot(Call& call) {
    call.machine.power.reboot();
    return fail(call, call.command.name,
                "this board has no device that does it, or it did not obey");
}

Outcome poweroff(Call& call) {
    call.machine.power.power_off();
    return fail(call, call.command.name,
                "this board has no device that does it, or it did not obey");
}

}  // namespace shell
