// SPDX-License-Identifier: MIT
#include "kernel/mm/fault_plan.hpp"
#include "shell/handlers.hpp"
#include "shell/machine.hpp"
#include "shell/numbers.hpp"

#include <algorithm>
#include <array>

namespace shell {
namespace {

using Rule = mm::FaultPlan::Rule;

// By rule.
constexpr std::array<std::string_view, 5> kWords{"off", "at", "every", "after", "rate"};

Outcome show(Call& call) {
    mm::FaultPlan const& faults = call.machine.faults;
    call.out.write(kWords[static_cast<unsigned>(faults.rule())]);
    if (faults.rule() != Rule::Off) {
        kernel::print(call.out, " {}", faults.number());
    }
    kernel::print(call.out, ": {} of {} allocations made to fail\n", faults.struck(),
                  faults.requests());
    return Outcome::Success;
}

}  // namespace

Outcome set_faults(Call& call) {
    if (call.arguments.empty()) {
        return show(call);
    }
    auto const* const word = std::ranges::find(kWords, call.arguments.front());
    auto const rule = static_cast<Rule>(word - kWords.begin());
    if (word == kWords.end() || (rule == Rule::Off) != (call.arguments.size() == 1)) {
        return usage(call);
    }
    if (rule == Rule::Off) {
        call.machine.faults.stop();
        return show(call);
    }
    auto const number = parse_count(call.arguments.back());
    if (!number) {
        return fail(call, call.arguments.back(), number.error());
    }
    if (!mm::FaultPlan::is_possible(rule, *number)) {
        return fail(call, call.arguments.back(),
                    rule == Rule::Rate ? "a rate is from 1 to 100 in 100" : "counted from 1");
    }
    call.machine.faults = mm::FaultPlan{rule, *number};
    return show(call);
}

}  // namespace shell
