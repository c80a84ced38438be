// SPDX-License-Identifier: MIT
#include "kernel/memory_access.hpp"
#include "kernel/mm/mapping_audit.hpp"
#include "shell/handlers.hpp"
#include "shell/holdings.hpp"
#include "shell/machine.hpp"

#include <optional>

namespace shell {
namespace {

std::uint64_t mapped_frames(Holdings const& holdings) {
    std::uint64_t frames = 0;
    for (auto next = holdings.at_or_after(0); next; next = holdings.at_or_after(next->number + 1)) {
        frames += next->mapped_at ? next->allocation.frames.count() : 0;
    }
    return frames;
}

bool is_there(Machine& machine, kernel::VirtAddr address) {
    auto const seen = machine.memory.read(address, kernel::Width::Byte);
    return seen || seen.error() != kernel::Error::TranslationFault;
}

// What nobody may reach, and somebody can.
std::optional<kernel::VirtAddr> reachable(Machine& machine) {
    for (kernel::VirtRange const guard : machine.mapping_plan.guards) {
        if (is_there(machine, guard.begin)) {
            return guard.begin;
        }
    }
    constexpr kernel::VirtAddr kNull{0};  // The lower half has no tables at all.
    return is_there(machine, kNull) ? std::optional{kNull} : std::nullopt;
}

}  // namespace

Outcome mmu(Call& call) {
    if (call.arguments.front() != "audit") {
        return usage(call);
    }
    Machine& machine = call.machine;
    mm::MappingAudit audit{
        {machine.memory_map, machine.mapping_plan, machine.frames}
    };
    machine.pages.visit(audit);
    if (auto const& breach = audit.breach()) {
        return fail_because(call, "mmu audit", "{} is mapped to {}, and {}", breach->at, breach->to,
                            describe(breach->rule));
    }
    std::uint64_t const known = mapped_frames(machine.holdings);
    if (audit.late_frames() != known) {
        return fail_because(call, "mmu audit", "{} late frames are mapped, and {} by their holders",
                            audit.late_frames(), known);
    }
    // The tables say so; the hardware shall, too.
    if (auto const address = reachable(machine)) {
        return fail_because(call, "mmu audit", "{} can be read", *address);
    }
    kernel::print(call.out, "{} pages, {} blocks, {} late frames: ok\n", audit.pages(),
                  audit.blocks(), audit.late_frames());
    call.out.write(
        "none both written and executed, with two memory types, free, nobody's, or a guard\n");
    return Outcome::Success;
}

}  // namespace shell
