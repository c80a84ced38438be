# SPDX-License-Identifier: MIT
"""The benchmark of the allocators: everything measured in one run, as data and as tables."""

from limits import ARRAY, FRAGMENTATION, INSTRUCTIONS, RATIOS, SPEED_UPS, holds
from measured import FRAGMENTATION as FRAGMENTATION_PROGRAM
from measured import TIMED, counts, figures_of, instructions, together

COUNTED = ("warm", "fresh", "one block", "order 9", "mixed", "worst call", "set-up")
TIMES = ("pair", "fill", "free in order", "free at random", "fill again", "free elsewhere")
KEPT = ("metadata", "single frames", "mixed on 2 GiB", "mixed on 4 GiB", "mixed on 8 GiB")
NONE = "-"


def measure():
    """{"instructions" | "fragmentation" | "nanoseconds" | "ratios" | "speed_ups": {row: {measure:
    value}}, "limits": [...]}; an allocation and a free apart where instructions are counted."""
    times = figures_of(TIMED)
    data = {
        "instructions": {row: instructions(measures) for row, measures in counts().items()},
        "fragmentation": figures_of(FRAGMENTATION_PROGRAM),
        "nanoseconds": times,
        "ratios": {row: {name: value / times[ARRAY][name] for name, value in figures.items()
                         if name in TIMES} for row, figures in times.items()},
        "speed_ups": {row: {name: figures[f"{name} by 1"] / figures[f"{name} by 2"]
                            for name in ("batches", "mixed") if f"{name} by 1" in figures}
                      for row, figures in times.items()},
    }
    return {**data, "limits": list(against_limits(data))}


def against_limits(data):
    """What is asked, and whether it holds; `value` is None of a row that there is not."""
    counted = {row: together(figures) for row, figures in data["instructions"].items()}
    for limits, figures in ((INSTRUCTIONS, counted), (FRAGMENTATION, data["fragmentation"]),
                            (RATIOS, data["ratios"]), (SPEED_UPS, data["speed_ups"])):
        for row, name, relation, limit in limits:
            value = figures.get(row, {}).get(name)
            yield {"row": row, "measure": name, "value": value, "relation": relation,
                   "limit": limit, "holds": holds(value, relation, limit)}


def show(title, heads, rows):
    """A table, its columns as wide as they must be."""
    lines = [heads, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
    print(f"\n{title}")
    for line in lines:
        cells = [cell.rjust(width) for cell, width in zip(line[1:], widths[1:])]
        print("  ".join([line[0].ljust(widths[0]), *cells]).rstrip())


def number(value):
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def show_instructions(figures):
    def cell(parts, name):
        if parts is None:
            return NONE
        if name == "worst call":
            return " / ".join(map(number, parts))
        return " + ".join(f"{part:,.0f}" for part in parts)

    show("Instructions of AArch64, from entry to return: allocate + free. Exact.",
         ["", "warm", "fresh 1 GiB", "4 MiB block", "order 9", "mixed 0..9", "worst call",
          "set-up of 1 GiB"],
         [[row, *(cell(measures.get(name), name) for name in COUNTED)]
          for row, measures in figures.items()])


def show_fragmentation(figures):
    def cell(measures, name):
        if name not in measures:
            return NONE
        if name == "metadata":
            return f"{measures[name]:.2f}"
        refused = measures.get(f"{name}, refused")
        return f"{measures[name]:.1%}" + ("" if refused is None else f" ({refused:.0f})")

    show("Metadata, and free memory that can be had as 2 MiB (allocations refused). Exact.",
         ["", "bits per frame", "single frames", "mixed 2 GiB", "mixed 4 GiB", "mixed 8 GiB"],
         [[row, *(cell(measures, name) for name in KEPT)] for row, measures in figures.items()])


def show_times(data):
    def cell(row, name):
        if name not in data["ratios"][row]:
            return NONE
        return f"{data['nanoseconds'][row][name]:.1f} ({data['ratios'][row][name]:.2f})"

    show("Nanoseconds for a pair or a frame, and as a multiple of the per-core array's: only these "
         "mean something.",
         ["", "pair", "take 1 GiB", "free in order", "free at random", "take again",
          "free elsewhere"],
         [[row, *(cell(row, name) for name in TIMES)] for row in data["instructions"]])


def show_threads(data):
    def cell(row, name):
        speed_up = data["speed_ups"][row].get(name)
        if speed_up is None:
            return NONE
        one, two = (1000 / data["nanoseconds"][row][f"{name} by {threads}"] for threads in (1, 2))
        return f"{one:.1f} -> {two:.1f} ({speed_up:.2f})"

    show("Million calls a second by one thread, by two, and how much more that is: this machine's "
         "limit is about the array's.",
         ["", "batches of 32", "mixed 0..9"],
         [[row, cell(row, "batches"), cell(row, "mixed")]
          for row in data["instructions"] if data["speed_ups"][row]])


def verdict(limit):
    if limit["value"] is None:
        return "no such row yet"
    return "holds" if limit["holds"] else "NOT REACHED"


def show_all(data):
    show_instructions(data["instructions"])
    show_fragmentation(data["fragmentation"])
    show_times(data)
    show_threads(data)
    show("What is asked of them.", ["", "", "is", "", "limit", ""],
         [[each["row"], each["measure"], NONE if each["value"] is None else number(each["value"]),
           each["relation"], number(each["limit"]), verdict(each)] for each in data["limits"]])
    print()
