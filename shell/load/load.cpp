// SPDX-License-Identifier: MIT
#include "kernel/clock.hpp"
#include "kernel/console.hpp"
#include "kernel/cores.hpp"
#include "kernel/cpu.hpp"
#include "kernel/mm/early_window.hpp"
#include "kernel/mm/frame_allocator.hpp"
#include "kernel/successor.hpp"
#include "shell/handlers.hpp"
#include "shell/load/file_receiver.hpp"
#include "shell/load/kernel_file.hpp"
#include "shell/machine.hpp"

namespace shell {
namespace {

// Where a file waits: as large as a block can be, and as far up in the window as there is one, for
// the new kernel's place is at the bottom.
constexpr mm::Order kWaiting = mm::Order::of(mm::Order::kMax);

// A sender that did not hear that it is over is waited for so long at most.
constexpr std::uint64_t kLongestRest = 30'000'000;

kernel::Result<mm::Allocation> take_highest(Machine& machine) {
    auto const window = machine.early_window.physical();
    std::uint64_t at = kernel::align_down(window.end.raw(), kWaiting.bytes());
    while (at > window.begin.raw()) {
        at -= kWaiting.bytes();
        mm::FrameRequest const request{.count = kWaiting.frame_count(),
                                       .zone = mm::ZoneId::Early,
                                       .at = mm::FrameNumber::containing(kernel::PhysAddr{at})};
        if (auto const taken = machine.frames.allocate(request)) {
            return taken;
        }
    }
    return kernel::Error::OutOfMemory;
}

std::optional<std::uint8_t> next_byte(Machine& machine) {
    auto const received = machine.console.poll();
    return received ? std::optional{received->byte} : std::nullopt;
}

// What is still on its way is no command.
void drop_rest(Machine& machine) {
    std::uint64_t const begin = machine.clock.microseconds();
    std::uint64_t now = begin;
    for (std::uint64_t last = now;
         now - last < FileReceiver::kSilence && now - begin < kLongestRest;
         now = machine.clock.microseconds()) {
        if (next_byte(machine)) {
            last = now;
        }
    }
}

Outcome refuse(Call& call, char const* why) { return fail(call, call.command.name, why); }

Outcome receive_and_run(Call& call, kernel::VirtAddr begin, kernel::PhysRange waits) {
    Machine& machine = call.machine;
    std::span<std::uint8_t> const room{reinterpret_cast<std::uint8_t*>(begin.raw()),
                                       waits.bytes() - kernel::Successor::kRoomBehind};
    FileReceiver receiver{room};
    while (!receiver.is_over()) {
        if (char const* const answer =
                receiver.step(next_byte(machine), machine.clock.microseconds())) {
            machine.console.write(answer);
        }
    }
    drop_rest(machine);
    call.out.write("\n");  // What was said to the sender may stand before this.
    if (receiver.is_interrupted()) {
        return interrupted(call);
    }
    if (receiver.fault() != nullptr) {
        return refuse(call, receiver.fault());
    }
    auto const file = room.first(receiver.bytes());
    auto const found =
        place_kernel(file, {machine.memory_map, machine.early_window.physical().begin, waits});
    if (found.refusal != nullptr) {
        return refuse(call, found.refusal);
    }
    kernel::print(call.out, "{} bytes; the kernel there is run at {}\n", file.size(),
                  found.place.begin);
    machine.successor.run({
        {begin, begin + file.size()},
        found.place
    });
    return Outcome::Success;
}

}  // namespace

Outcome load(Call& call) {
    for (unsigned core = 0; core < kernel::kMostCores; ++core) {
        kernel::CoreState const state = call.machine.cores.state(core);
        // The one that booted never sleeps.
        if (state == kernel::CoreState::Works && core != call.machine.cpu.core()) {
            return refuse(call, "only for the core that booted");
        }
        if (state == kernel::CoreState::Silent) {
            return refuse(call, "a core that did not come may be anywhere; cpus lists them");
        }
    }
    auto const taken = take_highest(call.machine);
    if (!taken) {
        return fail(call, call.command.name, taken.error(), "it takes {} of the early zone",
                    kernel::Size{kWaiting.bytes()});
    }
    call.out.write("send a kernel by XMODEM-1K or YMODEM; Ctrl-C gives up\n");
    mm::EarlyWindow const& window = call.machine.early_window;
    kernel::PhysRange const waits{taken->frames.first.address(), taken->frames.end.address()};
    Outcome const outcome =
        receive_and_run(call, window.to_virtual(mm::EarlyFrame{taken->frames.first}), waits);
    bool const is_back{call.machine.frames.free(*taken, {.name = "load"})};
    kernel::require(is_back, "frames that were taken can be given back");
    return outcome;
}

}  // namespace shell
