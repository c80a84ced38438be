# SPDX-License-Identifier: MIT
"""The target's own zones, worn out by random operations, are what they were."""

import re

from support import booted, everyday_or, expect, expect_equal, expect_success, interrupted

SEED = 20_261_127
SECONDS = 600


def soaked(operations):
    with booted() as machine:
        before = machine.json("meminfo --json")
        answer = machine.command(f"selftest soak {operations} {SEED}", timeout=SECONDS)
        match = re.search(r"^soak: (\d+) operations with seed \d+, (\d+) refused .*: ok$", answer,
                          re.M)
        expect(match is not None, f"the soak ends well, and printed:\n{answer}")
        expect_equal(operations, int(match[1]), "operations")
        expect(int(match[2]) > 0, "now and then a zone was full")
        expect_success(machine, "verify")
        expect_success(machine, "mmu audit")
        expect_equal(before, machine.json("meminfo --json"), "meminfo afterwards")
    return f"{operations} operations on the target, {match[2]} of them refused by a full zone"


def test_of_many_operations():
    return soaked(everyday_or(100_000, 10_000_000))


def test_is_stopped_by_ctrl_c():
    with booted() as machine:
        before = machine.json("meminfo --json")
        answer = interrupted(machine, "selftest soak 1_000_000_000", 0.3)
        expect("error: selftest: stopped by Ctrl-C" in answer, f"it says so:\n{answer}")
        expect_success(machine, "verify")
        expect_equal(before, machine.json("meminfo --json"), "meminfo afterwards")
