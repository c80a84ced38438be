# SPDX-License-Identifier: MIT
"""What our allocators cost in instructions must not rise unnoticed: instructions.txt has what is
accepted.

    python3 tests/bench/instructions.py     accepts what is counted now (`make instructions`)
"""

import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
sys.path[1:1] = [str(ROOT / folder) for folder in ("tests/bench", "tests/qemu", "tools")]

from measured import counts, instructions  # noqa: E402  (the path comes first)
from support import expect, expect_equal  # noqa: E402

ACCEPTED = Path(__file__).parent / "instructions.txt"
MOST_RISE = 0.05
HEAD = """\
# Instructions of our allocators, call and return included: of an allocation and a free together, on
# average; of the worst call; of the set-up of 1 GiB. A test fails when one rises by more than 5 %.
# Written by `make instructions`, after a change that is meant to cost or save some.
"""


def counted():
    """{"ROW: MEASURE": instructions}"""
    figures = {}
    for row, measures in counts(only_ours=True).items():
        for measure, parts in instructions(measures).items():
            total = max(parts) if measure == "worst call" else sum(parts)
            figures[f"{row}: {measure}"] = round(total, 2)
    return figures


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


def main():
    figures = counted()
    width = max(map(len, figures)) + 2
    lines = "".join(f"{name:{width}}{count:>10}\n" for name, count in figures.items())
    ACCEPTED.write_text(HEAD + lines, encoding="utf-8")
    print(f"{ACCEPTED}: {len(figures)} counts")


if __name__ == "__main__":
    main()
