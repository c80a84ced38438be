// SPDX-License-Identifier: MIT
// All cores allocate and free at once, and interrupts on each of them.
#include "kernel/cpu.hpp"
#include "kernel/mm/frame_allocator.hpp"
#include "kernel/mm/health/poison.hpp"
#include "shell/frames/frame_words.hpp"
#include "shell/handlers.hpp"
#include "shell/machine.hpp"
#include "shell/stress/stress_run.hpp"

#include <array>
#include <new>
#include <optional>

namespace shell {
namespace {

StressCores cores_of(Machine const& machine) {
    StressCores cores{{machine.cpu.core()}, 1};
    for (unsigned core = 0; core < kernel::kMostCores; ++core) {
        if (machine.cores.state(core) == kernel::CoreState::Sleeps) {
            cores.numbers[cores.count++] = core;
        }
    }
    return cores;
}

/// What must be as before when all has been freed.
class ZonesBefore {
public:
    explicit ZonesBefore(mm::FrameAllocator const& frames) {
        for (mm::ZoneId const id : kZones) {
            mm::BuddyAllocator const& buddies = frames.zone(id).buddies();
            zones_[static_cast<std::size_t>(id)] = {buddies.hash(), buddies.free_frames_count()};
        }
    }

    /// Prints what is not.
    Outcome compare(Call& call) const {
        ZonesBefore const after{call.machine.frames};
        for (mm::ZoneId const id : kZones) {
            Zone const& was = zones_[static_cast<std::size_t>(id)];
            Zone const& is = after.zones_[static_cast<std::size_t>(id)];
            if (is != was) {
                return fail_because(call, zone_name(id),
                                    "not as before: {} frames are free, and {} were", is.free,
                                    was.free);
            }
        }
        return Outcome::Success;
    }

private:
    struct Zone {
        std::uint64_t hash = 0;
        std::uint64_t free = 0;
        friend bool operator==(Zone const&, Zone const&) = default;
    };
    std::array<Zone, kZones.size()> zones_{};
};

void print_parts(Call& call, StressRun const& run) {
    call.out.write("core  operations   refused  passed on  interrupts\n");
    for (auto const& part : run.parts()) {
        kernel::print(call.out, "{:>4}  {:>10}  {:>8}  {:>9}", part->core(), part->operations(),
                      part->refused(), part->found());
        kernel::print(call.out, "  {:>10}\n", part->interrupts());
    }
    if (!run.is_interrupted()) {
        call.out.write("nothing interrupts the cores of this board\n");
    } else if (call.machine.poison.is_on()) {
        call.out.write("poison is on: interrupts have allocated nothing\n");
    }
}

std::string_view describe(StressFinding const& finding) {
    switch (finding.fault) {
        case StressFault::GivenTwice: return "given to it while somebody had it";
        case StressFault::FreedByOther: return "freed by somebody else";
        case StressFault::Overwritten: return "overwritten by somebody else";
        case StressFault::Refused: return kernel::describe(finding.error);
    }
    kernel::unreachable("a fault is one of its enumerators");
}

Outcome fail(Call& call, StressFinding const& finding) {
    mm::Block const block = finding.block.block();
    return fail_because(call, call.command.name, "core {}, {} order {}: {}",
                        StressWorker::number_of(finding.block.stamp()) / 2, block.first.address(),
                        block.order.value(), describe(finding));
}

Outcome work(Call& call, StressRun& run, StressRequest const& request) {
    ZonesBefore const before{call.machine.frames};
    run.work();
    std::uint64_t const tenths = run.microseconds() / 100'000;
    print_parts(call, run);
    if (run.finding()) {
        return fail(call, *run.finding());
    }
    Outcome outcome = verify(call);
    if (outcome == Outcome::Success) {
        outcome = before.compare(call);
    }
    if (outcome != Outcome::Success || run.is_stopped()) {
        return outcome == Outcome::Success ? interrupted(call) : outcome;
    }
    kernel::print(call.out, "{} operations on {} cores in {}.{} s", run.operations(), request.cores,
                  tenths / 10, tenths % 10);
    kernel::print(call.out, " with seed {}: nothing lost, nothing given twice\n", request.seed);
    return outcome;
}

}  // namespace

Outcome stress(Call& call) {
    StressCores const cores = cores_of(call.machine);
    auto const request = parse_stress(call, cores.count);
    if (!request) {
        return Outcome::Failure;
    }
    std::size_t const count = StressedMemory::words(call.machine.frames);
    auto* const words = new (std::nothrow) TakenFrames::Word[count]{};
    auto* const run = words == nullptr ? nullptr
                                       : new (std::nothrow) StressRun{
                                             call, cores, *request, {words, count}
    };
    Outcome const outcome = run == nullptr
                                ? fail(call, call.command.name, kernel::Error::OutOfMemory)
                                : work(call, *run, *request);
    delete run;
    delete[] words;
    // What the heap has given back last may be kept, too.
    mm::AllCachesClosed const drained{call.machine.frames};
    return outcome;
}

}  // namespace shell
