# SPDX-License-Identifier: MIT
"""What the QEMU tests share. A test is a function `test_...` without arguments; it raises
AssertionError or QemuError when it fails, NotRun when it cannot be run here, and may return a fact
worth reading."""

import mmap
import os
import subprocess
from pathlib import Path

from qemu import Qemu

DEPTH = os.environ.get("BERYL_DEPTH", "everyday")
TREES = Path(os.environ.get("BERYL_DTB_DIR", "../shared/dtb"))
PI3_DOWNSTREAM = "bcm2710-rpi-3-b.dtb"
PI3_UPSTREAM = "bcm2837-rpi-3-b.dtb"
ELF = "build/kernel8.elf"


class NotRun(Exception):
    """Something outside the project is not there; the text says what."""


def tree(name):
    """The path of a board's device tree, which the project does not carry."""
    path = TREES / name
    if not path.exists():
        raise NotRun(f"no {path}")
    return path


def everyday_or(everyday, thorough):
    """The smaller figure at everyday depth, the other one in CI."""
    return everyday if DEPTH == "everyday" else thorough


def booted(**options):
    """A machine at its first prompt, its tables audited. Use it in a `with`."""
    machine = Qemu(**options)
    try:
        machine.boot_text = machine.wait_for_prompt()
        expect_success(machine, "mmu audit")
    except BaseException:
        machine.close()
        raise
    return machine


def interrupted(machine, line, seconds):
    """What the machine says until its next prompt, Ctrl-C coming so long after the line."""
    machine.send(f"{line}\r")
    machine.read_for(seconds)
    machine.send("\x03")
    return machine.wait_for_prompt()


class SharedRam:
    """The RAM of a raspi3b, which the test may read and write at any time: `bytes`."""

    BYTES = 1 << 30

    def __init__(self):
        self._file = os.memfd_create("ram")
        os.truncate(self._file, self.BYTES)
        self.bytes = mmap.mmap(self._file, self.BYTES)

    def boot(self):
        backend = ("memory-backend-file,id=shared,size=1G,share=on,"
                   f"mem-path=/proc/self/fd/{self._file}")
        return booted(options=["memory-backend=shared"], extra=["-object", backend],
                      inherited=[self._file])


def expect(holds, words):
    """Like assert, but also under `python3 -O`, and with words."""
    if not holds:
        raise AssertionError(words)


def expect_equal(expected, actual, words):
    expect(expected == actual, f"{words}:\n  expected {expected}\n  actual   {actual}")


def expect_success(machine, line):
    """Types a line that must succeed, and returns what it printed."""
    answer = machine.command(line)
    expect(not failures(answer), f"`{line}` failed:\n{answer}")
    return answer


def expect_failure(machine, line, reason=""):
    """Types a line that must fail with exactly one error line that contains `reason`."""
    answer = machine.command(line)
    found = failures(answer)
    expect(len(found) == 1, f"`{line}` must print one error line, and printed:\n{answer}")
    expect(reason in found[0], f"`{line}` must say `{reason}`, and said:\n{answer}")
    expect_equal("1\n", machine.command("echo $?"), f"outcome after `{line}`")
    return answer


def failures(text):
    """The lines that say that something went wrong."""
    return [line for line in text.splitlines() if line.startswith(("error:", "usage:", "PANIC"))]


def zones(machine):
    """The two zones of `meminfo --json`, with the sum that must always hold checked."""
    found = machine.json("meminfo --json")["zones"]
    expect_equal(["early", "late"], [zone["name"] for zone in found], "the zones' names")
    for zone in found:
        parts = sum(zone[part] for part in ("reserved", "free", "used", "cached"))
        expect_equal(zone["frames"], parts, f"frames = reserved + free + used + cached in {zone}")
        in_blocks = sum(count << order for order, count in enumerate(zone["free_blocks"]))
        expect_equal(zone["free"], in_blocks, f"the free blocks hold the free frames in {zone}")
    return found


def symbol(name):
    """The link address of a function of the kernel, given as nm -C prints it."""
    prefix = os.environ.get("CROSS", "aarch64-linux-gnu-")
    listing = subprocess.run([prefix + "nm", "-C", ELF], capture_output=True, text=True, check=True)
    for line in listing.stdout.splitlines():
        address, _, text = line.split(" ", 2)
        if text == name or text.startswith(name + "("):
            return int(address, 16)
    raise AssertionError(f"{ELF} has no symbol {name}")
