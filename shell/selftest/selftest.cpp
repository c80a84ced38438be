// SPDX-License-Identifier: MIT
#include "kernel/mm/fault_plan.hpp"
#include "kernel/mm/frame_allocator.hpp"
#include "kernel/mm/heap.hpp"
#include "kernel/mm/virtual_space.hpp"
#include "kernel/numbers.hpp"
#include "shell/handlers.hpp"
#include "shell/machine.hpp"
#include "shell/selftest/trials.hpp"

#include <array>

namespace shell {
namespace {

// The state of everything that hands out memory.
std::array<std::uint64_t, 4> state_of(Machine const& machine) {
    return {machine.frames.zone(mm::ZoneId::Early).buddies().hash(),
            machine.frames.zone(mm::ZoneId::Late).buddies().hash(), machine.heap.hash(),
            machine.virtual_space.hash()};
}

Outcome run_trials(Call& call) {
    for (Handler const trial : {try_model, try_zones, try_heap, try_mappings, try_rights}) {
        Outcome const outcome = trial(call);
        if (outcome != Outcome::Success) {
            return outcome;
        }
    }
    return Outcome::Success;
}

// `soak <operations> [<seed>]`.
Outcome run_soak(Call& call) {
    if (call.arguments.front() != "soak" || call.arguments.size() < 2) {
        return usage(call);
    }
    std::array<std::uint64_t, 2> numbers{0, 1};
    for (std::size_t i = 0; i + 1 < call.arguments.size(); ++i) {
        auto const number = kernel::parse_count(call.arguments[i + 1]);
        if (!number) {
            return fail(call, call.arguments[i + 1], number.error());
        }
        numbers[i] = *number;
    }
    return soak(call, numbers[0], numbers[1]);
}

}  // namespace

Outcome selftest(Call& call) {
    { mm::AllCachesClosed const drained{call.machine.frames}; }
    auto const before = state_of(call.machine);
    Outcome const outcome = call.arguments.empty() ? run_trials(call) : run_soak(call);
    if (outcome != Outcome::Success) {
        return outcome;
    }
    { mm::AllCachesClosed const drained{call.machine.frames}; }
    if (state_of(call.machine) != before) {
        return fail(call, "selftest", "memory is not as it was before");
    }
    if (call.machine.faults.struck() != call.struck_before) {
        return fail(call, "selftest", kernel::Error::OutOfMemory);
    }
    call.out.write("memory is as it was before\n");
    return Outcome::Success;
}

}  // namespace shell
