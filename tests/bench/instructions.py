# SPDX-License-Identifier: MIT
"""What our allocators cost in instructions must not rise unnoticed: instructions.txt has what is
accepted.

    python3 tests/bench/instructions.py     accepts what is counted now (`make instructions`)
"""

import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
sys.path[1:1] = [str(ROOT / folder) for folder in ("tests/bench", "tests/qemu", "tools")]

from limits import INSTRUCTIONS, OPEN, holds  # noqa: E402  (the path comes first)
from measured import counts, instructions, together  # noqa: E402
from support import expect, expect_equal  # noqa: E402

ACCEPTED = Path(__file__).parent / "instructions.txt"
MOST_RISE = 0.05
HEAD = """\
# Instructions of our allocators, from entry to return: of an allocation and a free together, on
# average; of the worst call; of the set-up of 1 GiB. A test fails when one rises by more than 5 %.
# Written by `make instructions`, after a change that is meant to cost or save some.
"""


def counted():
    """{"ROW: MEASURE": instructions}"""
    return {f"{row}: {measure}": round(count, 2)
            for row, measures in counts("ours").items()
            for measure, count in together(instructions(measures)).items()}


def accepted():
    figures = {}
    for line in ACCEPTED.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, _, count = line.rpartition(" ")
            figures[name.rstrip()] = float(count)
    return figures


def test_counts_do_not_rise_by_more_than_5_per_cent():
    before, now = accepted(), counted()
    expect_equal(sorted(before), sorted(now), "what is counted is what instructions.txt lists; "
                 "if that is meant: make instructions")
    risen = [f"{name}: {now[name]} instructions, {before[name]} before"
             for name in now if now[name] > before[name] * (1 + MOST_RISE)]
    expect(not risen, "\n".join([*risen, "if that is meant: make instructions"]))
    changed = sum(now[name] != before[name] for name in now)
    return f"{len(now)} counts, {changed} of them not as accepted"


def test_limits_of_the_issue_hold_but_for_the_open_ones():
    now = counted()
    broken = {(row, measure) for row, measure, relation, limit in INSTRUCTIONS
              if not holds(now.get(f"{row}: {measure}"), relation, limit)}
    expect_equal(sorted(OPEN), sorted(broken), f"the limits that do not hold are OPEN in "
                 f"tests/bench/limits.py; counted: {now}")
    return f"{len(INSTRUCTIONS) - len(OPEN)} of {len(INSTRUCTIONS)} limits hold"


def main():
    figures = counted()
    width = max(map(len, figures)) + 2
    lines = "".join(f"{name:{width}}{count:>10}\n" for name, count in figures.items())
    ACCEPTED.write_text(HEAD + lines, encoding="utf-8")
    print(f"{ACCEPTED}: {len(figures)} counts")


if __name__ == "__main__":
    main()
