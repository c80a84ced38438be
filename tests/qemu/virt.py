# SPDX-License-Identifier: MIT
"""QEMU's `virt` stands in for what a Pi 4 and 5 have and a Pi 3 lacks: a GIC, and firmware that is
called to start cores and to end it all. `virt-secure` shows the GIC as these boards do."""

import re
import subprocess
import tempfile
from pathlib import Path

from crash import LAST_LINE
from gdb_stub import PC, GdbStub
from qemu import DEFAULT_KERNEL, Qemu, words_of
from support import (booted, everyday_or, expect, expect_equal, expect_failure, expect_success,
                     symbol)
from trees import Tree, started_with

RAM = 0x4000_0000
VIRT = ("virt", "virt-secure", "virt-el2")
MESSAGE, TIMER, LINE = 0, 30, 33


def taken(machine, number):
    """How often that interrupt was taken."""
    found = re.search(rf"^ *(\d+)  +{number} ", expect_success(machine, "irq"), re.M)
    return int(found[1]) if found else None


def test_all_cores_run_and_interrupt_each_other():
    some = {"virt-secure": (4,), "virt-el2": (2,)}
    every = {name: (1, 2, 4) for name in VIRT}
    for name, numbers in everyday_or(some, every).items():
        for cores in numbers:
            with booted(machine=name, cores=cores) as machine:
                expect(f"cores   {cores} of {cores} run\n" in machine.boot_text, machine.boot_text)
                line, messages = taken(machine, LINE), taken(machine, MESSAGE)
                expect(line > 0, f"the line interrupts on {name}")
                for core in range(1, cores):
                    expect_success(machine, f"on {core} alloc 0")
                    expect(int(machine.command("cpus").splitlines()[1 + core].split()[-1]) > 0,
                           f"core {core} of {name} has taken what started its work")
                expect_success(machine, "drain; free all")
                expect(taken(machine, LINE) > line, "each line that is typed interrupts")
                expect(cores == 1 or taken(machine, MESSAGE) > messages, "so do messages")
                expect_success(machine, f"stress -c {cores} -n {2000 * cores} 3")
                expect(taken(machine, TIMER) > 0, "so do the timers")


def test_of_eight_cores_four_are_used():
    with booted(machine="virt", cores=8) as machine:
        expect("cores   4 of 8 run, 4 more than this kernel can use\n" in machine.boot_text,
               f"it says so:\n{machine.boot_text}")
        expect_success(machine, "on 3 verify")


def test_with_the_cores_of_a_pi_4_and_5():
    for cpu in ("cortex-a72", "cortex-a76"):
        with booted(machine="virt-secure", cpu=cpu) as machine:
            expect("cores   4 of 4 run\n" in machine.boot_text, f"{cpu}:\n{machine.boot_text}")
            expect_success(machine, "on 3 verify")


def with_tree_of(name, *changes):
    """The machine `name`, which says of itself what it does, but for words of its tree's source."""
    with tempfile.TemporaryDirectory() as folder:
        blob, source = Path(folder, "dtb"), Path(folder, "dts")
        subprocess.run(["qemu-system-aarch64", *words_of(name, f"dumpdtb={blob}")],
                       check=True, capture_output=True)
        subprocess.run(["dtc", "-q", "-O", "dts", "-o", source, blob], check=True)
        text = source.read_text()
        for before, after in changes:
            expect(before in text, f"the tree of {name} has `{before}`:\n{text}")
            text = text.replace(before, after, 1)
        source.write_text(text)
        subprocess.run(["dtc", "-q", "-O", "dtb", "-o", blob, source], check=True)
        return started_with(blob.read_bytes(), name, RAM)


def test_a_core_that_the_firmware_refuses_is_done_without():
    for name in ("virt", "virt-el2"):
        with with_tree_of(name, ("reg = <0x02>", "reg = <0x10002>")) as machine:
            said = machine.wait_for_prompt()
            expect("cores   3 of 4 run, 2 is not started: the firmware knows no such core\n" in said,
                   f"it says so:\n{said}")
            expect_failure(machine, "on 2 uptime", "does not run")
            expect_success(machine, "on 3 uptime")


def test_no_firmware_is_called_that_cannot_be_there():
    """What hvc calls at EL2 is the kernel itself. Nothing ends such a machine."""
    with with_tree_of("virt-el2", ('method = "smc"', 'method = "hvc"')) as machine:
        said = machine.wait_for_prompt()
        expect("cores   1 of 4 run, 1 is not started, 2 is not started, 3 is not started\n" in said,
               said)
        expect_failure(machine, "poweroff")


def test_where_the_interrupts_have_no_driver_the_line_is_polled():
    """The firmware starts the cores, and events wake them."""
    with with_tree_of("virt", ('"arm,cortex-a15-gic"', '"arm,gic-v9"')) as machine:
        said = machine.wait_for_prompt()
        expect("cores   4 of 4 run\n" in said, said)
        expect_equal(None, taken(machine, LINE), "interrupts of the line")
        expect_success(machine, "on 3 verify")
        report = crashed(machine, "on 1 on 2 crash null-read")
        expect("\n  others    3 of 3 cores stopped\n" in report, report)


def test_at_el3_interrupts_stay_the_secure_sides():
    """Nobody gave them away, and who leaves EL3 cannot take them any more. Nor is there firmware.
    Without a kernel QEMU starts at EL3 and puts its tree where RAM begins."""
    image = f"loader,file={DEFAULT_KERNEL},addr={RAM + 0x20_0000:#x},cpu-num=0"
    with Qemu(machine="virt-secure", kernel=None, gdb=True, paused=True,
              extra=["-device", image]) as machine:
        stub = GdbStub(machine)
        stub.set_register(0, RAM)
        stub.let_go()
        said = machine.wait_for_prompt()
        expect("started at EL3\n" in said, said)
        expect("cores   1 of 4 run, 1 is not started, 2 is not started, 3 is not started\n" in said,
               said)
        expect_equal(None, taken(machine, LINE), "interrupts of the line")
        expect_success(machine, "verify")


def test_a_line_that_is_a_pi_5s_by_name_is_started():
    """Its clock is another one, which QEMU does not mind; its mailbox is not asked."""
    with with_tree_of("virt", ('"linux,dummy-virt"', '"brcm,bcm2712"')) as machine:
        said = machine.wait_for_prompt()
        expect("cores   4 of 4 run\n" in said, said)
        expect_success(machine, "verify")


def test_a_pi_3_never_calls_by_smc():
    """It would be undefined, and in QEMU end in nowhere, whatever a tree says."""
    made = Tree().begin("").property("compatible", "brcm,bcm2837")
    made.property("#address-cells", 1).property("#size-cells", 1)
    made.begin("psci").property("compatible", "arm,psci-1.0").property("method", "smc").end()
    made.begin("memory@0").property("device_type", "memory").property("reg", 0, 0x3c00_0000).end()
    made.begin("serial").property("compatible", "arm,pl011").property("reg", 0x3f20_1000, 0x200)
    made.end().begin("cpus").property("#address-cells", 1).property("#size-cells", 0)
    for core in (0, 1):
        made.begin(f"cpu@{core}").property("device_type", "cpu").property("reg", core)
        made.property("enable-method", "psci").end()
    with started_with(made.end().end().blob()) as machine:
        said = machine.wait_for_prompt()
        expect("cores   1 of 2 run, 1 is not started\n" in said, said)
        expect_failure(machine, "reboot")


def test_a_stray_smc_is_reported_where_the_firmware_is_called_by_smc():
    for name in ("virt-el2", "virt-secure"):
        for kind in ("smc", "hvc"):
            with booted(machine=name) as machine:
                expect(f" code={kind} " in crashed(machine, f"crash {kind}"), f"its code on {name}")


def test_what_only_ones_own_el2_can_raise_comes_back_without_it():
    with booted(machine="virt") as machine:
        for kind in ("hvc", "serror", "fiq"):
            expect_failure(machine, f"crash {kind}", "this machine went on all the same")


def crashed(machine, line):
    machine.send(line + "\r")
    report = machine.wait_for(LAST_LINE)
    silence = machine.read_for(0.05).strip()
    expect(not silence, f"`{line}`: nothing follows the last line, and there was: {silence}")
    expect_equal(1, report.count("The kernel cannot go on"), f"`{line}`: one report\n{report}")
    return report


def test_a_panic_stops_all_cores():
    for name in VIRT:
        for line in ("on 2 crash null-read", "on 1 on 3 on 2 crash broken-promise"):
            with booted(machine=name) as machine:
                report = crashed(machine, line)
                expect("\n  others    3 of 3 cores stopped\n" in report, report)


def test_a_panic_stops_a_core_that_masks_interrupts_where_a_fiq_can_be_sent():
    """A core that sleeps with IRQs masked never lets them in again: it is sent to a loop."""
    for name, stopped in (("virt", 3), ("virt-el2", 3), ("virt-secure", 2)):
        with Qemu(machine=name, gdb=True) as machine:
            machine.wait_for_prompt()
            stub = GdbStub(machine, stops=True)
            stub.request("Hg2")
            stub.set_register(PC, symbol("stop_here"))
            stub.let_go()
            report = crashed(machine, "crash null-read")
            expect(f"\n  others    {stopped} of 3 cores stopped\n" in report, report)


def test_a_panic_stops_a_core_at_work_by_whatever_interrupt_there_is():
    """The core that waits for it is the one that panics, as soon as a character wakes it."""
    for name in ("virt", "virt-secure"):
        with Qemu(machine=name, gdb=True) as machine:
            machine.wait_for_prompt()
            machine.send("on 1 selftest soak 1_000_000_000\r")
            machine.read_for(0.3)
            stub = GdbStub(machine, stops=True)
            stub.set_register(PC, symbol("arch::(anonymous namespace)::read_null"))
            stub.let_go()
            report = crashed(machine, "x")
            expect("\n  others    3 of 3 cores stopped\n" in report, report)
