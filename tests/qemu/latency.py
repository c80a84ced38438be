# SPDX-License-Identifier: MIT
"""What a call of the frame allocator costs, counted by the core itself."""

from support import booted, expect, expect_equal

LINE = "latency --json -n 8"


def counted():
    """With -icount the cycle counter counts instructions."""
    with booted(extra=["-icount", "shift=0"]) as machine:
        return machine.json(LINE)["latency"]


def test_instructions_of_each_call_are_counted_exactly():
    rows = counted()
    expect_equal([(operation, order) for order in range(11) for operation in ("allocate", "free")],
                 [(row["operation"], row["order"]) for row in rows], "a row for each")
    for row in rows:
        expect_equal(128, row["calls"], row)
        expect(10 < row["min"] <= row["median"] <= row["p99"] <= row["max"] < 5000, row)
    expect_equal(rows, counted(), "the same in a second run")
    single = next(row for row in rows if row["operation"] == "free")
    return f"free 0: {single['median']} instructions, {single['max']} at most"
