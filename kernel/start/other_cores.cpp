// SPDX-License-Identifier: MIT
#include "kernel/start/other_cores.hpp"

#include "kernel/arch/core.hpp"
#include "kernel/arch/core_stacks.hpp"
#include "kernel/arch/per_core.hpp"
#include "kernel/arch/timer.hpp"
#include "kernel/field.hpp"
#include "kernel/require.hpp"
#include "kernel/start/uncached_page.hpp"

namespace start {
namespace {

using kernel::CoreState;

// Affinity fields, in MPIDR_EL1 and in `reg` of the core's node.
using Aff0 = kernel::Field<7, 0>;
using Aff1 = kernel::Field<15, 8>;
using MT = kernel::Field<24>;

kernel::PhysAddr physical(mm::EarlyWindow const& window, kernel::VirtAddr address) {
    return window.physical().begin + (address - window.pages().begin);
}

std::string_view what_is_with(CoreState state) {
    return state == CoreState::Silent ? "did not come" : "is not started";
}

}  // namespace

// What is a thread's number on a Pi 5 is a core's elsewhere.
std::uint64_t number_of(kernel::Core const& core) {
    std::uint64_t mpidr = 0;
    asm("mrs %0, mpidr_el1" : "=r"(mpidr));
    return MT::in(mpidr) != 0 ? Aff1::in(core.mpidr) : Aff0::in(core.mpidr);
}

OtherCores::OtherCores(Machine const& machine, kernel::TextOutput& out)
    : machine_{machine},
      entry_{physical(machine.early.window(),
                      arch::Cores::prepare_entry(machine.pages.root().address()))},
      cores_{machine.peripherals.listen_to_messages(alarm_), alarm_},
      caches_{machine.frames, cores_} {
    for (kernel::Core const& core : machine.board.cores) {
        consider(core);
    }
    wait_for_all();
    caches_.share();
    machine.heap.heap().set_lock(heap_lock_);
    report(out);
}

void OtherCores::consider(kernel::Core const& core) {
    std::uint64_t const number = number_of(core);
    if (number >= kernel::kMostCores) {
        ++left_alone_;
        return;
    }
    auto const id = static_cast<unsigned>(number);
    if (cores_.state(id) != CoreState::Absent) {
        return;  // The one that boots, or named twice.
    }
    if (core.start != kernel::Core::Start::Unknown) {
        map_stacks(id);
    }
    cores_.note(id, CoreState::Silent);
    if (!release(core)) {
        cores_.note(id, CoreState::NotStarted);
    }
}

bool OtherCores::release(kernel::Core const& core) {
    switch (core.start) {
        case kernel::Core::Start::SpinTable: return release_from_table(core.release);
        case kernel::Core::Start::Psci: return release_by_firmware(core);
        case kernel::Core::Start::Unknown: return false;
    }
    kernel::unreachable("a way to start a core is one of its enumerators");
}

bool OtherCores::release_by_firmware(kernel::Core const& core) {
    auto& psci = machine_.peripherals.psci();
    if (!psci) {
        return false;
    }
    auto const started = psci->start_core(core.mpidr, entry_);
    if (!started) {
        refused_[number_of(core)] = started.error();
    }
    return static_cast<bool>(started);
}

/// Writes where to enter into the word that the core watches with its caches off, and wakes it.
/// False if a tree says that the word is where no firmware lives.
bool OtherCores::release_from_table(kernel::PhysAddr word) {
    auto const region = machine_.memory.find(mm::FrameNumber::containing(word));
    bool const is_firmwares = region && !region->is_usable() && !region->is_kernels_own();
    if (!is_firmwares || !kernel::is_aligned(word.raw(), sizeof(std::uint64_t))) {
        return false;
    }
    UncachedPage{machine_.pages, word}.word(word.raw()) = entry_.raw();
    asm volatile("dsb sy\n\tsev" : : : "memory");
    return true;
}

void OtherCores::map_stacks(unsigned core) {
    arch::CoreStacks const stacks{core};
    std::uint64_t const bytes = stacks.exceptions().bytes() + stacks.own().bytes();
    auto const frames = machine_.early.zone().buddies().allocate_frames(bytes / mm::kFrameBytes);
    bool is_mapped{frames};
    kernel::PhysAddr to = is_mapped ? frames->first.address() : kernel::PhysAddr{0};
    for (kernel::VirtRange const stack : {stacks.exceptions(), stacks.own()}) {
        constexpr mm::Attributes kData{mm::MemoryType::Normal, mm::Access::ReadWrite};
        is_mapped = is_mapped && machine_.pages.map_pages(stack.begin, to, stack.bytes(), kData);
        to = to + stack.bytes();
    }
    kernel::require(is_mapped, "the early zone holds the stacks of all cores");
}

void OtherCores::wait_for_all() {
    std::uint64_t const deadline = arch::counter_ticks() + arch::Timer{}.ticks_per_second() / 2;
    arch::Core core;
    alarm_.set_at(deadline);
    while (is_any_silent() && arch::counter_ticks() < deadline) {
        kernel::InterruptsMasked const masked{core};
        if (is_any_silent()) {
            cores_.messages().wait();
        }
    }
    alarm_.cancel();
}

bool OtherCores::is_any_silent() const {
    bool is_any = false;
    for (unsigned core = 0; core < kernel::kMostCores; ++core) {
        is_any = is_any || cores_.state(core) == CoreState::Silent;
    }
    return is_any;
}

void OtherCores::report(kernel::TextOutput& out) const {
    unsigned there = left_alone_;
    unsigned running = 0;
    for (unsigned core = 0; core < kernel::kMostCores; ++core) {
        CoreState const state = cores_.state(core);
        there += state == CoreState::Absent ? 0 : 1;
        running += state == CoreState::Sleeps || state == CoreState::Works ? 1 : 0;
    }
    kernel::print(out, "cores   {} of {} run", running, there);
    for (unsigned core = 0; core < kernel::kMostCores; ++core) {
        CoreState const state = cores_.state(core);
        if (state == CoreState::Silent || state == CoreState::NotStarted) {
            kernel::print(out, ", {} {}", core, what_is_with(state));
        }
        if (refused_[core]) {
            kernel::print(out, ": {}", kernel::describe(*refused_[core]));
        }
    }
    if (left_alone_ != 0) {
        kernel::print(out, ", {} more than this kernel can use", left_alone_);
    }
    out.write("\n");
}

}  // namespace start
