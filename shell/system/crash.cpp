// SPDX-License-Identifier: MIT
#include "kernel/crash.hpp"

#include "shell/handlers.hpp"
#include "shell/machine.hpp"

namespace shell {
namespace {

Outcome list_kinds(Call& call, kernel::Crashes const& crashes) {
    for (std::size_t number = 0; number < crashes.count(); ++number) {
        auto const kind = crashes.kind(number);
        kernel::print(call.out, "{:15} {}\n", kind.name, kind.what);
    }
    return Outcome::Success;
}

}  // namespace

Outcome crash(Call& call) {
    using Place = kernel::Crashes::Place;
    kernel::Crashes& crashes = call.machine.crashes;
    if (call.arguments.empty()) {
        return list_kinds(call, crashes);
    }
    bool const is_inside = call.arguments.front() == "-i";
    if (call.arguments.size() != (is_inside ? 2 : 1)) {
        return usage(call);
    }
    std::string_view const word = call.arguments.back();
    for (std::size_t number = 0; number < crashes.count(); ++number) {
        if (crashes.kind(number).name == word) {
            crashes.crash(number, is_inside ? Place::Exception : Place::Kernel);
            return fail(call, word, "this machine went on all the same");
        }
    }
    return fail(call, word, "no such kind; crash alone lists them");
}

}  // namespace shell
