// SPDX-License-Identifier: MIT
#include "kernel/mm/health/poison.hpp"

#include "shell/handlers.hpp"
#include "shell/machine.hpp"
#include "shell/numbers.hpp"

#include <new>

namespace shell {
namespace {

kernel::Size records_size(mm::Poison const& poison) {
    return {poison.table_words() * sizeof(std::uint64_t)};
}

void print_state(Call& call) {
    mm::Poison const& poison = call.machine.poison;
    if (!poison.is_on()) {
        call.out.write("poison is off: freed frames are not looked at\n");
        return;
    }
    mm::PoisonCounts const& counts = poison.counts();
    kernel::print(call.out, "poison is on: {} frames filled, {} checked, {} damaged; records {}\n",
                  counts.filled, counts.checked, counts.damaged, records_size(poison));
}

Outcome turn_on(Call& call) {
    mm::Poison& poison = call.machine.poison;
    auto* const table = new (std::nothrow) std::uint64_t[poison.table_words()];
    if (table == nullptr) {
        return fail(call, call.arguments.front(), "the heap has no room for the records of owners",
                    "they take {}", records_size(poison));
    }
    poison.turn_on({table, poison.table_words()});
    return Outcome::Success;
}

}  // namespace

Outcome poison(Call& call) {
    bool const was_on = call.machine.poison.is_on();
    auto const is_on = call.arguments.empty() ? was_on : parse_switch(call.arguments.front());
    if (!is_on) {
        return usage(call);
    }
    Outcome outcome = Outcome::Success;
    if (*is_on != was_on) {
        if (*is_on) {
            outcome = turn_on(call);
        } else {
            delete[] call.machine.poison.turn_off().data();
        }
    }
    if (outcome == Outcome::Success) {
        print_state(call);
    }
    return outcome;
}

}  // namespace shell
