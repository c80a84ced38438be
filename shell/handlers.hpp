// SPDX-License-Identifier: MIT
#pragma once

#include "shell/command.hpp"

/// What the rows of shell/command_table.cpp run.
namespace shell {

// shell/frames
Outcome alloc(Call& call);
Outcome set_faults(Call& call);
Outcome frame(Call& call);
Outcome free_blocks(Call& call);
Outcome list(Call& call);
Outcome poison(Call& call);

// shell/zones
Outcome buddyinfo(Call& call);
Outcome heap(Call& call);
Outcome map(Call& call);
Outcome meminfo(Call& call);
Outcome memmap(Call& call);
Outcome memtest(Call& call);
Outcome verify(Call& call);
Outcome zones(Call& call);

// shell/access
Outcome dump(Call& call);
Outcome fill(Call& call);
Outcome mapva(Call& call);
Outcome mmu(Call& call);
Outcome pagetable(Call& call);
Outcome peek(Call& call);
Outcome poke(Call& call);
Outcome unmapva(Call& call);
Outcome unsafe(Call& call);

// shell/bench
Outcome run_bench(Call& call);
Outcome latency(Call& call);

// shell/load
Outcome load(Call& call);

// shell/selftest
Outcome selftest(Call& call);

// shell/stress
Outcome stress(Call& call);

// shell/system
Outcome clear(Call& call);
Outcome color(Call& call);
Outcome cpus(Call& call);
Outcome crash(Call& call);
Outcome dmesg(Call& call);
Outcome drain(Call& call);
Outcome dt(Call& call);
Outcome echo(Call& call);
Outcome help(Call& call);
Outcome history(Call& call);
Outcome irq(Call& call);
Outcome run_on(Call& call);
Outcome poweroff(Call& call);
Outcome reboot(Call& call);
Outcome uptime(Call& call);
Outcome version(Call& call);

}  // namespace shell
