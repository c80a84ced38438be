# SPDX-License-Identifier: MIT
"""peek, poke, dump and fill survive any address, and answer each."""

import random
import re
from collections import Counter

from support import booted, expect, expect_equal, expect_success, failures

SEED = 4096
RANDOM_ADDRESSES = 10_000
AT_ONCE = 2_000  # Lines typed in one go.
# Who reads the UART's data register takes what was typed ahead: nothing is typed behind such a line.
DATA_REGISTER = range(0x3f20_1000 - 16, 0x3f20_1000 + 16)
DEVICES = range(0x3f00_0000, 0x4004_0000)


def edges(machine):
    """The ends of every region that memmap and the layout of the virtual addresses name."""
    found = {0, 1 << 38, 1 << 39, 1 << 40, 1 << 48, 1 << 52, 1 << 56, 1 << 63, 0x4000_0000,
             0x4004_0000, 0x8000_0000, 1 << 32, 0x3f00_0000, 0x3f20_1000, 0x3f00_b880,
             0xffff_ff80_0000_0000, 0xffff_ffff_8000_0000, 0xffff_ffff_8008_0000,
             0xffff_ffff_8800_0000, 0xffff_ffff_8900_0000, 0xffff_ffff_9000_0000,
             0xffff_ffff_c000_0000}
    for match in re.finditer(r"0x([0-9a-f]+)\.\.0x([0-9a-f]+)", machine.command("memmap")):
        found |= {int(match[1], 16), int(match[2], 16) + 1}
    found |= {(0xffff_ffff_8000_0000 + address) for address in found if address < 0x0800_0000}
    return sorted({(address + step) % (1 << 64)
                   for address in found for step in (-8, -4, -3, -1, 0, 1, 3, 4, 7, 8)})


def random_addresses():
    """Half of them anywhere, half in the kernel's half or in the window; and of both, half aligned,
    so that they are not refused for that."""
    generator = random.Random(SEED)
    for number in range(RANDOM_ADDRESSES):
        address = (generator.getrandbits(64), 0xffff_ff80_0000_0000 + generator.getrandbits(39),
                   generator.getrandbits(64), 0xffff_ffff_8000_0000 + generator.getrandbits(28)
                   )[number % 4]
        yield address if number % 8 < 4 else address & ~7


def answered(machine, lines, at_once=AT_ONCE):
    """Types the lines; each must print something. Returns how many failed, and with which words."""
    reasons = Counter()
    for at in range(0, len(lines), at_once):
        batch = lines[at:at + at_once]
        for line, answer in zip(batch, machine.commands(batch)):
            found = failures(answer)
            expect(len(found) <= 1, f"`{line}` printed more than one error line:\n{answer}")
            expect(found or answer or line.startswith(("poke", "fill")),
                   f"`{line}` printed nothing")
            for failure in found:
                expect(not failure.startswith("PANIC"), f"`{line}`: {failure}")
                reason = failure.split(": ", 2)[-1].split(";")[0]
                reasons[reason] += 1
    return reasons


def alive(machine, before):
    expect_success(machine, "verify")
    expect_equal(before, machine.json("meminfo --json"), "meminfo afterwards")


def summary(count, reasons):
    words = ", ".join(f"{reason} {number}" for reason, number in
                      sorted(reasons.items(), key=lambda item: -item[1])[:6])
    return f"{count} lines answered ({words})"


def at_random_addresses(command):
    with booted() as machine:
        before = machine.json("meminfo --json")
        lines = [command.format(f"0x{address:x}") for address in random_addresses()]
        reasons = answered(machine, lines)
        alive(machine, before)
    return summary(len(lines), reasons)


def test_peek_at_random_addresses():
    return at_random_addresses("peek {}")


def test_dump_at_random_addresses():
    return at_random_addresses("dump {} 8")


def test_poke_at_random_addresses():
    return at_random_addresses("poke {} 0")


def test_all_edges():
    """With every width, virtual and physical; nothing is written where the shell refuses it."""
    with booted() as machine:
        before = machine.json("meminfo --json")
        lines, alone = [], []
        for address in edges(machine):
            chosen = alone if address in DATA_REGISTER else lines
            chosen += [f"peek {options}0x{address:x}" for options in
                      ("", "-b ", "-h ", "-x ", "-p ", "-p -b ", "-p -x ")]
            chosen += [f"dump 0x{address:x} 16", f"dump -p 0x{address:x} 16"]
            chosen += [f"poke 0x{address:x} 0", f"fill 0x{address:x} 16 0"]
        expect(alone, "one of the edges is the UART's")
        reasons = answered(machine, lines) + answered(machine, alone, at_once=1)
        alive(machine, before)
    return summary(len(lines) + len(alone), reasons)


def test_ranges_that_wrap_are_errors():
    with booted() as machine:
        for line in ("dump 0xffffffffffffff00 0x1000", "fill 0xffffffffffffff00 0x1000 0",
                     "dump -p 0xffffffffffffff00 0x1000", "dump 0 0xffffffffffffffff",
                     "fill 0x1000 0xffffffffffffffff 0"):
            expect(failures(machine.command(line)), f"`{line}` must fail")


def test_what_the_kernel_lives_on_is_refused():
    with booted() as machine:
        for line in ("poke 0xffffffff80080000 0", "fill 0xffffffff80080000 16 0",
                     "poke -p 0x80000 0", "fill -p 0x80000 16 0", "poke 0xffffffffc0000000 0",
                     "poke -p 0x3f201030 0"):
            expect(failures(machine.command(line)), f"`{line}` must fail")
        expect_success(machine, "verify")
