# SPDX-License-Identifier: MIT
"""All cores of the board run, and work for the shell; a panic on one of them stops the others."""

import re

from crash import LAST_LINE
from gdb_stub import PC, GdbStub
from support import (ELF, booted, expect, expect_equal, expect_failure, expect_success,
                     interrupted, symbol, zones)
from trees import board, started_with

CORES = range(4)
OTHERS = (1, 2, 3)
STACKS = 0xffff_ffff_8900_0000
STRIDE = 0x20000
STACK_GUARD, EXCEPTION_GUARD = 0x4000, 0x0000


def test_all_four_run():
    with booted() as machine:
        expect("cores   4 of 4 run\n" in machine.boot_text, f"it says so:\n{machine.boot_text}")
        for core in CORES:
            cores = machine.json(f"on {core} cpus --json")["cores"]
            states = [{key: each[key] for key in ("core", "state")} for each in cores]
            taken = int(machine.command(f"on {core} cpus").splitlines()[1 + core].split()[-1])
            expect(taken > 0, f"core {core} has taken what started it")
            working = {0, core}
            expect_equal([{"core": n, "state": "works" if n in working else "sleeps"}
                          for n in CORES], states, f"the cores, asked on {core}")


def test_what_one_allocates_another_frees():
    with booted() as machine:
        before = zones(machine)
        for core in CORES:
            for zone in ("early", "late"):
                expect_success(machine, f"on {core} alloc -z {zone} -t core{core} -n 3 2")
        for core in CORES:
            expect_success(machine, f"on {core} verify")
            expect_success(machine, f"on {(core + 1) % 4} free -t core{core}")
        expect_equal(before, zones(machine), "the zones afterwards")


def test_what_cores_keep_is_fetched_from_them():
    with booted() as machine:
        before = zones(machine)
        for core in CORES:
            expect_success(machine, f"on {core} alloc -z early -t core{core} -n 2 0")
            expect_success(machine, f"on {core} alloc -t core{core} 1")
        for core in (0, 1, 2):
            expect_success(machine, f"on 3 free #{3 * core + 1}")
        kept = [each["cached"] for each in machine.json("cpus --json")["cores"]]
        expect(min(kept) > 0, f"each core keeps some: {kept}")
        caches = sum(zone["cached"] for zone in zones(machine))
        expect_equal(sum(kept), caches, "frames that zones say are kept")
        expect_success(machine, "drain")
        expect_equal([0] * 4, [each["cached"] for each in machine.json("cpus --json")["cores"]],
                     "frames that cores keep when they were told not to")
        for core in CORES:
            expect_success(machine, f"on {core} alloc -t more 0")
        used = sum(zone["used"] for zone in zones(machine))
        said = expect_failure(machine, "alloc -t rest -n 10_000 9", "got ")
        expect_equal(used + 512 * said.count(" order 9 "),
                     sum(zone["used"] for zone in zones(machine)), "frames in use")
        expect_success(machine, "free all")
        expect_equal(before, zones(machine), "the zones afterwards")


def test_a_core_that_does_not_give_back_what_it_keeps_is_named():
    """Its mailbox does not interrupt it any more: who wants its frames panics after ten seconds."""
    with booted() as machine:
        expect_success(machine, "on 1 alloc 0; unsafe on; poke -p 0x40000054 0")
        machine.send("drain\r")
        said = machine.wait_for(LAST_LINE, timeout=60)
        expect("promise   core 1 gives back the frames that it keeps in time" in said,
               f"the panic names it:\n{said}")


def test_much_that_a_core_keeps_is_fetched_in_parts():
    """64 runs in an interrupt: then others have a turn, and the core calls itself for the rest."""
    runs = 1000
    for options in ({}, {"machine": "virt", "memory": "1G"}):
        with booted(**options) as machine:
            before = zones(machine)
            expect_success(machine, f"on 1 alloc -n {2 * runs + 1} 5")
            at_first = machine.json("cpus --json")["cores"][1]
            expect_equal(32, at_first["cached"], "frames that core 1 keeps")
            interrupts = interrupts_of(machine, 1)
            expect_success(machine, "drain")
            expect_equal(0, machine.json("cpus --json")["cores"][1]["cached"], "frames it keeps then")
            parts = interrupts_of(machine, 1) - interrupts
            expect(parts > runs // 64, f"{runs} runs came back in {parts} interrupts")
            expect_success(machine, "verify")
            expect_success(machine, "free all")
            expect_equal(before, zones(machine), "the zones afterwards")
    return f"{runs + 1} runs in {parts} interrupts"


def interrupts_of(machine, core):
    """How many it has had."""
    found = re.search(rf"^ +{core} .* (\d+)$", machine.command("cpus"), re.M)
    return int(found[1])


def test_ctrl_c_stops_a_command_elsewhere():
    with booted() as machine:
        said = interrupted(machine, "on 3 selftest soak 1_000_000_000", 0.2)
        expect("error: selftest: stopped by Ctrl-C" in said, f"it says so:\n{said}")
        expect_success(machine, "on 3 verify")


def test_a_core_that_waits_is_given_nothing():
    with booted() as machine:
        expect_failure(machine, "on 2 on 0 uptime", "waits for this command to end")
        expect_success(machine, "on 2 on 3 on 1 uptime")
        expect_failure(machine, "on 4 uptime", "no such core")
        expect_failure(machine, "on 2 " * 120 + "uptime", "runs this already")


def test_cores_that_do_not_come_are_done_without():
    """QEMU starts an ELF file on all cores at once: the others wait in the image, in no table."""
    with booted(kernel=ELF) as machine:
        expect("cores   1 of 4 run, 1 did not come, 2 did not come, 3 did not come\n"
               in machine.boot_text, f"the boot says so:\n{machine.boot_text}")
        expect_failure(machine, "on 2 uptime", "does not run")
        expect_failure(machine, "load", "a core that did not come may be anywhere")
        expect_equal("silent", machine.json("cpus --json")["cores"][2]["state"], "core 2")


def with_cores(release_addresses):
    """A tree whose cores wait at these addresses; None: nothing says how to start it."""
    made = board().begin("cpus").property("#address-cells", 1).property("#size-cells", 0)
    for number, address in enumerate(release_addresses):
        made.begin(f"cpu@{number}").property("device_type", "cpu").property("reg", number)
        if address is not None:
            made.property("enable-method", "spin-table").property("cpu-release-addr", 0, address)
        made.end()
    return made.end().end().blob()


def test_a_release_address_where_no_firmware_lives_is_not_written():
    """In the kernel, in memory that anybody may have, and beyond all RAM."""
    for address in (symbol("kernel_main") & 0x3fff_ffff & ~7, 0x1000_0000, 0x8000_0000, 0xe1):
        with started_with(with_cores([0xd8, address])) as machine:
            said = machine.wait_for_prompt()
            expect("cores   1 of 2 run, 1 is not started\n" in said, f"with {address:#x}: {said}")
            expect_success(machine, "mmu audit")


def test_cores_beyond_those_there_can_be_are_left_alone():
    with started_with(with_cores([0xd8, 0xe0, None, 0xf0, 0xe8, 0xe8])) as machine:
        said = machine.wait_for_prompt()
        expect("cores   3 of 6 run, 2 is not started, 2 more than this kernel can use\n" in said, said)
        expect_success(machine, "on 3 verify")


def crashed(core, line):
    with booted() as machine:
        machine.send(line + "\r")
        report = machine.wait_for(LAST_LINE)
        silence = machine.read_for(0.05).strip()
    expect(not silence, f"`{line}`: nothing follows the last line, and there was: {silence}")
    expect_equal(str(core), re.search(LAST_LINE, report, re.M)[1], f"`{line}`: the core")
    expect_equal(1, report.count("The kernel cannot go on"), f"`{line}`: one report\n{report}")
    expect("\n  others    3 of 3 cores stopped\n" in report, f"`{line}`: said\n{report}")
    return report


def test_a_panic_stops_all_cores():
    for core in CORES:
        expect("code=data-abort" in crashed(core, f"on {core} crash null-read"), "its code")
    # Two more wait for it.
    expect("code=broken-promise" in crashed(2, "on 1 on 3 on 2 crash broken-promise"), "its code")


def test_a_panic_stops_cores_that_only_an_event_wakes():
    """As on a Pi 4: no driver for the interrupt controller, which this tree does not name."""
    with started_with(with_cores([0xd8, 0xe0, 0xe8])) as machine:
        machine.wait_for_prompt()
        machine.send("on 1 on 2 crash null-read\r")
        report = machine.wait_for(LAST_LINE)
    expect("\n  others    2 of 2 cores stopped\n" in report, f"the report:\n{report}")


def test_of_panics_at_once_one_is_reported():
    """Cores that sleep cannot be sent anywhere: these wait for events, which QEMU does by looking."""
    with started_with(with_cores([0xd8, 0xe0, 0xe8])) as machine:
        machine.wait_for_prompt()
        stub = GdbStub(machine, stops=True)
        for core in (0, 1, 2):
            stub.request(f"Hg{core + 1}")
            stub.set_register(PC, symbol("arch::(anonymous namespace)::read_null"))
        stub.let_go()
        report = machine.wait_for(LAST_LINE)
        silence = machine.read_for(0.2).strip()
    expect(not silence, f"nothing follows the last line, and there was: {silence}")
    expect_equal(1, report.count("The kernel cannot go on"), f"one report\n{report}")
    expect("\n  others    2 of 2 cores stopped\n" in report, f"the report:\n{report}")


def test_each_stack_has_a_guard_of_its_own():
    for core in OTHERS:
        for inside, guard, name in (("", STACK_GUARD, "stack"),
                                    ("-i ", EXCEPTION_GUARD, "stack of exceptions")):
            report = crashed(core, f"on {core} crash {inside}stack-overflow")
            expect(f"that is the guard page below core {core}'s {name}\n" in report, report)
            far = int(re.search(LAST_LINE, report, re.M)[5], 16)
            expect_equal(STACKS + core * STRIDE + guard, far & ~0xfff, "the guard page")
