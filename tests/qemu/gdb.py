# SPDX-License-Identifier: MIT
"""gdb on a stopped kernel prints the figures that the shell prints, and stops where it panics."""

import os
import re
import shutil
import socket
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

from qemu import Qemu
from support import ELF, expect, expect_equal, expect_success

TIMEOUT = 60
CROSS_GDB = os.environ.get("CROSS", "aarch64-linux-gnu-") + "gdb"
GDB = [shutil.which(CROSS_GDB) or "gdb-multiarch", "-q", "-nx", "-batch",
       "-iex", "set debuginfod enabled off", "-iex", "set width 0", ELF, "-x", "tools/gdb/beryl.py"]
AS_THE_SHELL = ("meminfo", "zones", "buddyinfo")


@contextmanager
def attachable(**options):
    """(machine, arguments of gdb that debug it)."""
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/gdb"
        with Qemu(extra=["-gdb", f"unix:{path},server=on,wait=off"], **options) as machine:
            yield machine, [*GDB, "-ex", f"target remote {path}"]


def gdb(arguments, commands):
    """What gdb prints for each of the commands. Then it lets the machine go on."""
    command = list(arguments)
    for each in commands:
        command += ["-ex", "echo \\n<<<\\n", "-ex", each, "-ex", "echo >>>\\n"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=TIMEOUT, check=False)
    found = re.findall(r"^<<<\n(.*?)^>>>$", done.stdout, re.M | re.S)
    expect_equal(len(commands), len(found), f"answers of gdb, which said:\n{done.stdout}")
    return found


def use_memory(machine, last):
    """Blocks and ranges of many kinds in both zones, and what the lines `last` take; the addresses of
    frames worth a look."""
    for line in ("alloc -t freed 3", "alloc 1", "alloc -z early 3", "alloc 24K", "alloc 9", "alloc 10",
                 "alloc -z early 20K", "free -t freed", *last):
        expect_success(machine, line)
    held = [int(first, 16) for first in re.findall(r"^#\d+ (0x\w+)\.\.", machine.command("list"), re.M)]
    addresses = [0, 0x8_0000, 0x4000_0000, 0x4008_0000, 0x1_0000_0000_0000]
    for first in held:
        addresses += [first - 4096, first, first + 4096, first + 5 * 4096 + 7, first + (2 << 20)]
    return addresses


def check_memory(machine, debugger, last):
    """Whatever there is to be seen is the same in the shell and in gdb. What that is, in sum."""
    addresses = use_memory(machine, last)
    shell = [expect_success(machine, line) for line in AS_THE_SHELL]
    frames = [expect_success(machine, f"frame 0x{address:x}") for address in addresses]
    looks = [f"beryl frame 0x{address:x}" for address in addresses]
    answers = gdb(debugger, [f"beryl {line}" for line in AS_THE_SHELL] + looks)
    for line, expected, actual in zip(AS_THE_SHELL, shell, answers):
        expect_equal(expected, actual, f"`beryl {line}` in gdb, `{line}` in the shell")
    for look, expected, actual in zip(looks, frames, answers[len(AS_THE_SHELL):]):
        # The shell knows besides who holds it, or why it is reserved, and its neighbours.
        known = "".join(line + "\n" for line in expected.splitlines() if line[:6] in ("frame ", "zone  "))
        expect_equal(re.sub(r"reserved: .*", "reserved", known), actual, f"`{look}` in gdb, and the shell's")
    expect_equal(shell[0], expect_success(machine, "meminfo"), "memory after gdb has looked")
    expect_success(machine, "verify")
    return f"{len(looks)} frames", "".join(answers)


def test_it_prints_the_figures_of_the_shell():
    with attachable() as (machine, debugger):
        machine.wait_for_prompt()

        # Core 2 keeps what it has not handed out, and what core 0 frees of what it has.
        fact, seen = check_memory(machine, debugger,
                                  ["on 2 alloc 1", "on 2 alloc 1", "free #8", "alloc -n 60 0"])

        for state in ("free, kept by core 0, block", "free, kept by core 2, block", "allocated, block",
                      "free, block", "reserved", "not RAM", "order 0 ", "order 10 "):
            expect(state in seen, f"no frame was `{state}`:\n{seen}")
    return fact


def test_it_prints_them_where_ram_begins_elsewhere():
    with attachable(machine="virt", memory="3G") as (machine, debugger):
        machine.wait_for_prompt()
        return check_memory(machine, debugger, ["alloc 0"])[0]


def test_it_lists_free_blocks_and_refuses_with_words():
    with attachable(paused=True) as (machine, debugger):
        early, *_ = gdb(debugger, ["beryl meminfo"])
        expect("the kernel has no zones yet" in early, f"before the first instruction:\n{early}")
        machine.wait_for_prompt()
        counts = machine.json("buddyinfo --json")["zones"]
        wrong, blocks, threads, far = gdb(debugger, ["beryl blocks 11", "beryl blocks 3", "info threads",
                                                     "thread 4"])
        expect("usage: beryl blocks <order>" in wrong, f"an order that there is none of:\n{wrong}")
        lines = blocks.splitlines()
        for zone in counts:
            expect(any(line.startswith(f"{zone['name']} {zone['free_blocks'][3]} free block")
                       for line in lines), f"{zone} in:\n{blocks}")
        firsts = [int(line.split("..")[0], 16) for line in lines if line.startswith("  0x")]
        expect_equal(sum(zone["free_blocks"][3] for zone in counts), len(firsts), "blocks listed")
        for first in firsts:
            found = machine.json(f"frame 0x{first:x} --json")
            expect_equal(("free", {"address": first, "order": 3}), (found["state"], found["block"]),
                         f"what the shell says of 0x{first:x}")
        expect_equal(4, threads.count("arch::Core::wait_for_interrupt"), f"cores that sleep in\n{threads}")
        expect("thread 4" in far, f"a core can be chosen:\n{far}")


def stopped_by(line, *wanted):
    """What gdb says of the callers where the shell's line stops the kernel."""
    with attachable(paused=True) as (machine, debugger):
        stops = [f"break {name}" for name in ("kernel::broken_promise", "arch::fatal_exception")]
        commands = [*stops, "continue", "backtrace", "beryl meminfo"]
        command = [*debugger, *(word for each in commands for word in ("-ex", each))]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, text=True)
        try:
            machine.wait_for_prompt()
            memory = expect_success(machine, "meminfo")
            machine.send(line + "\r")
            said, _ = process.communicate(timeout=TIMEOUT)
        finally:
            process.kill()
    for each in (*wanted, "shell::crash", "shell::Session::run", "in kernel_main", memory):
        expect(each in said, f"`{line}`: gdb says `{each}`, and it said:\n{said}")


def test_it_stops_at_a_panic_and_sees_the_callers():
    stopped_by("crash broken-promise", "hit Breakpoint 1, kernel::broken_promise")
    # Through the exception, by what vectors.S says of the registers.
    stopped_by("crash null-read", "hit Breakpoint 2, arch::fatal_exception", "<signal handler called>",
               "read_null")


def test_make_debug_does_all_that():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "MFLAGS"))}
    typed = "set pagination off\ninfo breakpoints\ntbreak shell::Session::run\ncontinue\nberyl zones\nkill\n"
    done = subprocess.run(["make", "-s", "debug", f"PORT={port}"], input=typed, env=environment,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=TIMEOUT,
                          check=False)
    for each in ("in kernel::broken_promise", "in arch::fatal_exception", "late  0x08000000..0x3bffffff"):
        expect(each in done.stdout, f"make debug: gdb says `{each}`, and it said:\n{done.stdout}")
    left = [path for path in Path("/proc").glob("[0-9]*/cmdline")
            if f"127.0.0.1:{port},".encode() in safely(path)]
    expect_equal([], left, "processes left behind")


def safely(path):
    """What is in it, if it is still there."""
    try:
        return path.read_bytes()
    except OSError:
        return b""
