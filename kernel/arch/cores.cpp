// SPDX-License-Identifier: MIT
#include "kernel/arch/cores.hpp"

#include "kernel/arch/core.hpp"
#include "kernel/arch/core_stacks.hpp"
#include "kernel/arch/per_core.hpp"
#include "kernel/arch/timer.hpp"
#include "kernel/require.hpp"

#include <atomic>
#include <cstdint>

extern "C" {
/// In boot/other_cores.S.
extern char const other_core_entry[];

/// Where boot/other_cores.S goes: on its own stack, MMU and caches on, interrupts masked.
[[noreturn]] void other_core_continue(std::uint64_t core);
}

/// Read by boot/other_cores.S.
constinit arch::OtherCoresStart other_cores_start{};

namespace arch {

namespace {

using kernel::CoreState;

constinit Cores* cores = nullptr;

constexpr unsigned kNobody = ~0U;
constinit std::atomic<unsigned> panicking{kNobody};

/// It runs, or did until just now.
bool has_run(CoreState state) { return state >= CoreState::Sleeps; }

[[noreturn]] void stop_for_good() {
    this_core().state.store(CoreState::Stopped, std::memory_order_release);
    for (;;) {
        asm volatile("msr daifset, #0xf\n\tdsb sy\n\twfi" : : : "memory");
    }
}

}  // namespace

Cores::Cores(kernel::CoreMessages& messages, kernel::Alarm& alarm)
    : messages_{messages}, alarm_{alarm}, boot_core_{this_core().number} {
    this_core().state.store(CoreState::Works, std::memory_order_relaxed);
    messages_.listen();
    cores = this;
}

CoreState Cores::state(unsigned core) const {
    return per_core(core).state.load(std::memory_order_acquire);
}

std::uint64_t Cores::interrupts(unsigned core) const {
    return per_core(core).interrupts.load(std::memory_order_relaxed);
}

void Cores::start(unsigned core, kernel::Work& work) {
    PerCore& worker = per_core(core);
    kernel::require(state(core) == CoreState::Sleeps, "only a core that sleeps is given work");
    worker.asked_by = this_core().number;
    worker.state.store(CoreState::Works, std::memory_order_relaxed);
    worker.work.store(&work, std::memory_order_release);
    messages_.send(core);
}

void Cores::wait_for(unsigned core) {
    while (state(core) == CoreState::Works) {
        doze_for(core);
    }
    obey_panic();  // Which may have stopped that one since this one woke up.
}

void Cores::doze_for(unsigned core) {
    {
        Core self;
        kernel::InterruptsMasked const masked{self};
        if (state(core) == CoreState::Works) {
            messages_.wait();
        }
    }
    obey_panic();  // Which may be what ended its work.
}

void Cores::note(unsigned core, CoreState state) {
    kernel::require(core != boot_core_, "the core that boots needs no release");
    per_core(core).state.store(state, std::memory_order_release);
}

kernel::VirtAddr Cores::prepare_entry(kernel::PhysAddr root) {
    CoreStacks const stacks{0};
    other_cores_start = {root.raw(), stacks.exceptions().end.raw(), stacks.own().end.raw(),
                         CoreStacks::kStride};
    kernel::VirtAddr const begin{reinterpret_cast<std::uint64_t>(&other_cores_start)};
    Core{}.clean_and_invalidate({begin, begin + sizeof(other_cores_start)});
    return kernel::VirtAddr{reinterpret_cast<std::uint64_t>(other_core_entry)};
}

void Cores::serve() {
    PerCore& me = this_core();
    Core self;
    messages_.listen();
    self.open_interrupts();
    unsigned tell = boot_core_;
    for (;;) {
        me.state.store(CoreState::Sleeps, std::memory_order_release);
        messages_.send(tell);
        kernel::Work* work = nullptr;
        while (work == nullptr) {
            kernel::InterruptsMasked const masked{self};
            work = me.work.load(std::memory_order_acquire);
            if (work == nullptr) {
                messages_.wait();
                obey_panic();
            }
        }
        work->run();
        tell = me.asked_by;
        me.work.store(nullptr, std::memory_order_relaxed);
    }
}

void CoreEvents::send(unsigned /*core*/) { asm volatile("dsb sy\n\tsev" : : : "memory"); }
void CoreEvents::wait() { asm volatile("wfe" : : : "memory"); }

void claim_panic() {
    unsigned const me = this_core().number;
    unsigned first = kNobody;
    if (!panicking.compare_exchange_strong(first, me) && first != me) {
        stop_for_good();
    }
}

void obey_panic() {
    unsigned const first = panicking.load(std::memory_order_acquire);
    if (first != kNobody && first != this_core().number) {
        stop_for_good();
    }
}

StoppedCores stop_other_cores() {
    StoppedCores count;
    for (unsigned core = 0; core < kernel::kMostCores && cores != nullptr; ++core) {
        if (core != this_core().number && has_run(cores->state(core))) {
            ++count.others;
            cores->messages().stop(core);
        }
    }
    // A counter that stands still ends it, too.
    std::uint64_t const deadline = counter_ticks() + Timer{}.ticks_per_second();
    unsigned looks = 100'000'000;
    while (count.stopped < count.others && counter_ticks() < deadline && --looks != 0) {
        count.stopped = 0;
        for (unsigned core = 0; core < kernel::kMostCores; ++core) {
            count.stopped += cores->state(core) == CoreState::Stopped ? 1U : 0U;
        }
    }
    return count;
}

}  // namespace arch

void other_core_continue(std::uint64_t core) {
    arch::become_core(static_cast<unsigned>(core));
    arch::cores->serve();
}
