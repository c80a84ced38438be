# SPDX-License-Identifier: MIT
"""No input, of any length or content, is lost silently, hangs or kills the kernel."""

import random

from support import booted, everyday_or, expect, expect_equal

KIB = 1024
SEED = 1981


def lines_of(total):
    """Numbered lines that together have `total` characters, line ends included."""
    lines = []
    length = 0
    while True:
        line = f"echo line {len(lines):05}"
        if length + 2 * (len(line) + 1) > total:
            break
        lines.append(line)
        length += len(line) + 1
    return lines + ["echo " + "x" * (total - length - len("echo ") - 1)]


def test_64_kib_at_once_are_executed_to_the_last_line_in_order():
    with booted() as machine:
        lines = lines_of(64 * KIB)
        expect_equal(64 * KIB, sum(len(line) + 1 for line in lines), "characters")
        answers = machine.commands(lines)
        expect_equal([line.removeprefix("echo ") + "\n" for line in lines], answers, "answers")
    return f"{len(lines)} lines"


def test_a_paste_waits_while_a_command_runs():
    """verify takes its time; what arrives meanwhile is kept."""
    with booted() as machine:
        lines = ["verify"] + lines_of(64 * KIB)
        answers = machine.commands(lines)
        expect_equal([line.removeprefix("echo ") + "\n" for line in lines[1:]], answers[1:],
                     "answers")


def test_every_line_end_ends_a_line():
    with booted() as machine:
        for end in ("\r", "\n", "\r\n"):
            machine.send(f"echo one{end}echo two{end}")
            text = machine.wait_for_prompt() + machine.wait_for_prompt()
            expect_equal(["echo one", "one", "echo two", "two"], text.split("\n")[:4:1], f"{end!r}")


def test_a_line_that_is_too_long_is_one_error_and_the_next_one_runs():
    with booted() as machine:
        for length in (KIB, 4 * KIB, 64 * KIB):
            machine.send("echo " + "y" * length + "\recho after\r")
            said = machine.wait_for(r"\nafter\r?\n")
            expect("PANIC" not in said, said)
            machine.wait_for_prompt()


def test_random_bytes_do_no_harm():
    total = everyday_or(256 * KIB, 1024 * KIB)
    with booted() as machine:
        before = machine.json("meminfo --json")
        machine.send(random.Random(SEED).randbytes(total))
        machine.send("\r\r\x03\recho ok\r")
        said = machine.wait_for(r"\nok", timeout=300)
        machine.wait_for_prompt()
        expect("PANIC" not in said, said[-2000:])
        expect_equal("ok\n", machine.command("echo ok"), "`echo ok`")
        machine.command("free all")
        after = machine.json("meminfo --json")
        expect_equal(before["zones"], after["zones"], "the zones afterwards")
    return f"{total // KIB} KiB with seed {SEED}"


def test_ctrl_c_stops_what_runs():
    with booted() as machine:
        machine.send("dump 0xffffffff80100000 64M\r")
        machine.wait_for(r"80100000")
        machine.send("\x03")
        machine.wait_for_prompt()
        expect_equal("ok\n", machine.command("echo ok"), "`echo ok` after Ctrl-C")
