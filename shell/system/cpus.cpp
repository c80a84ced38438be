// SPDX-License-Identifier: MIT
// The cores, and commands on another one.
#include "kernel/cores.hpp"
#include "kernel/cpu.hpp"
#include "kernel/mm/frame_allocator.hpp"
#include "shell/dispatch.hpp"
#include "shell/handlers.hpp"
#include "shell/json.hpp"
#include "shell/machine.hpp"
#include "shell/numbers.hpp"

namespace shell {
namespace {

using kernel::CoreState;

char const* describe(CoreState state) {
    switch (state) {
        case CoreState::Absent: return "absent";
        case CoreState::NotStarted: return "not started";
        case CoreState::Silent: return "silent";
        case CoreState::Sleeps: return "sleeps";
        case CoreState::Works: return "works";
        case CoreState::Stopped: return "stopped";
    }
    kernel::unreachable("a state is one of its enumerators");
}

/// A command on its way to another core.
class CommandWork final : public kernel::Work {
public:
    CommandWork(Call& call, std::span<std::string_view> words) : call_{call}, words_{words} {}

    void run() override { outcome_ = run_command(call_.machine, call_.history, words_); }
    Outcome outcome() const { return outcome_; }

private:
    Call& call_;
    std::span<std::string_view> words_;
    Outcome outcome_ = Outcome::Failure;
};

// Of both zones.
struct Kept {
    std::uint64_t frames = 0;
    std::uint64_t allocations = 0;
};

Kept kept_by(mm::FrameAllocator const& frames, unsigned core) {
    Kept kept;
    for (mm::ZoneId const zone : {mm::ZoneId::Early, mm::ZoneId::Late}) {
        if (mm::SharedBuddies const* const shared = frames.zone(zone).shared()) {
            mm::CoreCache const& cache = shared->cached().caches()[core];
            kept.frames += shared->cached().frames_in(cache);
            kept.allocations += cache.allocations();
        }
    }
    return kept;
}

}  // namespace

Outcome cpus(Call& call) {
    kernel::Cores const& cores = call.machine.cores;
    Json json{call.out};
    if (call.wants_json()) {
        json.open_object().key("cores").open_array();
    } else {
        call.out.write("core  state        allocations  cached frames  interrupts\n");
    }
    for (unsigned core = 0; core < kernel::kMostCores; ++core) {
        CoreState const state = cores.state(core);
        if (state == CoreState::Absent) {
            continue;
        }
        Kept const kept = kept_by(call.machine.frames, core);
        if (call.wants_json()) {
            json.open_object().number("core", core).text("state", describe(state));
            json.number("allocations", kept.allocations).number("cached", kept.frames);
            json.number("interrupts", cores.interrupts(core)).close_object();
        } else {
            kernel::print(call.out, "{:>4}  {:11}  {:>11}  {:>13}  {:>10}\n", core, describe(state),
                          kept.allocations, kept.frames, cores.interrupts(core));
        }
    }
    if (call.wants_json()) {
        json.close_array().close_object().end_line();
    }
    return Outcome::Success;
}

Outcome run_on(Call& call) {
    kernel::Cores& cores = call.machine.cores;
    std::string_view const word = call.arguments.front();
    auto const number = parse_value(word);
    if (!number || *number >= kernel::kMostCores ||
        cores.state(static_cast<unsigned>(*number)) == CoreState::Absent) {
        return fail(call, word, "no such core; cpus lists them");
    }
    auto const core = static_cast<unsigned>(*number);
    CommandWork work{call, call.arguments.subspan(1)};
    CoreState const state = cores.state(core);
    if (core == call.machine.cpu.core()) {
        // Each would take its share of the same stack.
        if (call.arguments[1] == call.command.name) {
            return fail(call, word, "runs this already");
        }
        work.run();
    } else if (state == CoreState::Sleeps) {
        cores.start(core, work);
        cores.wait_for(core);
    } else if (state == CoreState::Works) {
        return fail(call, word, "waits for this command to end");
    } else {
        return fail(call, word, "does not run; cpus lists those that sleep or work");
    }
    return work.outcome();
}

}  // namespace shell
