# SPDX-License-Identifier: MIT
"""All cores allocate and free at once, and interrupts on each of them; afterwards all is as before."""

import re

from cores import with_cores
from support import (booted, everyday_or, expect, expect_equal, expect_failure, expect_success,
                     interrupted)
from trees import started_with

OPERATIONS = everyday_or(20_000, 1_000_000)
SECONDS = 300
ROW = re.compile(r"^ +(\d) +(\d+) +(\d+) +(\d+) +(\d+)$", re.M)
ENDS_WELL = r"^(\d+) operations on (\d) cores in [\d.]+ s with seed \d+: nothing lost, nothing given"


def stressed(machine, line):
    """The rows of its table: core, operations, refused, passed on, interrupts. The memory is as it
    was before."""
    before = machine.json("meminfo --json")
    answer = machine.command(line, timeout=SECONDS)
    expect(re.search(ENDS_WELL, answer, re.M), f"`{line}` ends well, and printed:\n{answer}")
    expect_success(machine, "mmu audit")
    expect_equal(before, machine.json("meminfo --json"), f"meminfo after `{line}`")
    return [[int(figure) for figure in row] for row in ROW.findall(answer)]


def test_on_all_cores():
    with booted() as machine:
        rows = stressed(machine, f"stress -c 4 -n {OPERATIONS} 5")
    expect_equal([0, 1, 2, 3], [row[0] for row in rows], "the cores")
    for core, operations, _, passed, interrupts in rows:
        expect_equal(OPERATIONS // 4, operations, f"operations on core {core}")
        expect(passed > 0 and interrupts > 0, f"core {core} finds blocks, is interrupted: {rows}")
    refused, interrupts = (sum(row[figure] for row in rows) for figure in (2, 4))
    return f"{OPERATIONS} operations, {refused} of them refused, and {interrupts} in interrupts"


def test_from_another_core_and_for_a_time():
    with booted() as machine:
        rows = stressed(machine, "on 2 stress -c 2 -s 1")
        expect_equal([2, 1], [row[0] for row in rows], "the cores: core 0 waits for the command")
        expect(all(row[1] > 1000 for row in rows), f"each does something: {rows}")


def test_is_stopped_by_ctrl_c():
    with booted() as machine:
        before = machine.json("meminfo --json")
        for line in ("stress -n 1_000_000_000", "on 3 stress -s 1000", "stress -c 1 -s 1000"):
            answer = interrupted(machine, line, 0.3)
            expect("error: stress: stopped by Ctrl-C" in answer, f"it says so:\n{answer}")
            expect_success(machine, "verify")
            expect_equal(before, machine.json("meminfo --json"), f"meminfo after `{line}`")
        expect("sleeps" in machine.command("cpus"), "the other cores have nothing to do")


def test_while_allocations_fail():
    with booted() as machine:
        machine.command("fail after 0")
        expect_failure(machine, "stress -n 100", "stress: no free block is large enough")
        machine.command("fail after 3")
        expect_failure(machine, "stress -n 100", "stress: no free block is large enough")
        machine.command("fail rate 30")
        machine.command("stress -n 100")
        machine.command("fail off")
        expect_success(machine, "verify")


def test_with_poison():
    with booted() as machine:
        expect_success(machine, "poison on")
        answer = expect_success(machine, "stress -c 2 -n 500")
        expect("poison is on: interrupts have allocated nothing\n" in answer, answer)
        expect(" 0 damaged" in expect_success(machine, "poison off; poison on"), "no frame is damaged")


def test_where_nothing_interrupts():
    """No driver for the interrupt controller, which this tree does not name."""
    with started_with(with_cores([0xd8, 0xe0, 0xe8])) as machine:
        machine.wait_for_prompt()
        rows = stressed(machine, "stress -n 2000")
        expect_equal([0, 0, 0], [row[4] for row in rows], "interrupts on each core")
