# SPDX-License-Identifier: MIT
"""Free memory stays whole, and metadata small."""

import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
sys.path[1:1] = [str(ROOT / folder) for folder in ("tests/bench", "tests/qemu", "tools")]

from limits import FRAGMENTATION, holds  # noqa: E402  (the path comes first)
from measured import FRAGMENTATION as PROGRAM  # noqa: E402
from measured import figures_of  # noqa: E402
from support import expect, expect_equal  # noqa: E402


def test_free_memory_can_be_had_in_large_blocks():
    rows = {row for row, *_ in FRAGMENTATION}
    figures = figures_of(PROGRAM, *rows)
    expect_equal(sorted(rows), sorted(figures), "the rows that limits are set for")
    broken = [f"{row}: {measure} is {figures[row][measure]}, and the limit is {relation} {limit}"
              for row, measure, relation, limit in FRAGMENTATION
              if not holds(figures[row][measure], relation, limit)]
    expect(not broken, "\n".join(broken))
    return "; ".join(f"{row}: single frames {of['single frames']:.1%}, mixed on 8 GiB "
                     f"{of['mixed on 8 GiB']:.1%}, {of['metadata']:.2f} bits per frame"
                     for row, of in sorted(figures.items()))
