# SPDX-License-Identifier: MIT
"""The serial line itself: what is wrong with it is counted, what is edited on it is what runs."""

import re

from support import booted, expect, expect_equal, failures

MOST_MASKED = 20.0  # Microseconds; a board may take 25 times as long.


def counted(machine, what):
    """A row of `irq`."""
    match = re.search(rf"^ *(\d+) +{what}$", machine.command("irq"), re.M)
    expect(match is not None, f"irq counts {what}")
    return int(match[1])


def test_breaks_are_counted_and_spoil_only_their_line():
    """The only line fault that QEMU can make."""
    with booted(monitor=True) as machine:
        for number in range(1, 21):
            machine.send("echo bro")
            machine.wait_for("echo bro")
            machine.monitor("chardev-send-break", id="serial0")
            # The break has arrived once the machine has had time to hear it.
            machine.read_for(0.02)
            machine.send("ken\r")
            answer = machine.wait_for_prompt()
            expect_equal(1, len(failures(answer)), f"errors after break {number}: {answer}")
            expect_equal("whole\n", machine.command("echo whole"), "the next line")
        expect_equal(20, counted(machine, "breaks"), "breaks")
        expect_equal(0, counted(machine, "overruns"), "overruns")


def edited(machine, keys):
    """What `echo` prints after these keys."""
    machine.send(keys + "\r")
    return machine.wait_for_prompt().rstrip("\n").split("\n")[-1]


def test_editing_keys_do_what_they_are_known_for():
    with booted() as machine:
        for keys, printed in (
                ("echo abd\x08c", "abc"), ("echo abd\x7fc", "abc"),  # Both backspaces.
                ("cho hi\x01e\x05 you", "hi you"),  # ^A, ^E.
                ("cho hi\x1b[He\x1b[F you", "hi you"),  # Home, End.
                ("echo acd\x1b[D\x1b[Db\x1b[C\x1b[Ce", "abcde"),  # Left, Right.
                ("echo one two\x17three", "one three"),  # ^W.
                ("rubbish\x15echo clean", "clean"),  # ^U.
                ("echo left right\x1b[D\x1b[D\x1b[D\x1b[D\x1b[D\x0b", "left"),  # ^K.
                ("\x1b[A", "left"),  # Up.
                ("ech\ttabbed", "tabbed")):
            expect_equal(printed, edited(machine, keys).rstrip(), f"{keys!r}")


def test_ctrl_c_drops_what_was_typed():
    with booted() as machine:
        machine.send("vers\x03")
        expect_equal("vers^C\n", machine.wait_for_prompt(), "a line that was given up")
        expect_equal("ok\n", machine.command("echo ok"), "the next line")


def test_nothing_is_coloured_unless_asked_for():
    with booted() as machine:
        machine.send("meminfo; map; help\r")
        machine.wait_for_prompt()
        expect(b"\x1b[3" not in machine.said(), "no colour before `color on`")
        machine.command("color on")
        machine.command("map")
        expect(b"\x1b[3" in machine.said(), "colours after `color on`")
        machine.command("color off")
        before = len(machine.said())
        machine.command("map")
        expect(b"\x1b[" not in machine.said()[before:], "every byte plain after `color off`")


def test_interrupts_are_never_masked_for_long():
    """Counted in instructions: with -icount one is a nanosecond. Whatever walks far or waits does
    it with interrupts open; on a board 16 characters come in 1.4 ms."""
    with booted(extra=["-icount", "shift=0"]) as machine:
        paste = ["echo " + "x" * 70] * 20
        for line in ("verify", "map", "selftest", "alloc -n 200 0", "free all", *paste):
            machine.send(line + "\r")
        for _ in range(5 + len(paste)):
            machine.wait_for_prompt()
        match = re.search(r"^ *(\d+\.\d+)  microseconds with interrupts masked",
                          machine.command("irq"), re.M)
    expect(match is not None, "irq says how long interrupts were masked")
    longest = float(match[1])
    expect(0 < longest <= MOST_MASKED, f"{longest} us, and {MOST_MASKED} is the limit")
    return f"{longest} us with interrupts masked at the longest, at one instruction a ns"
