# SPDX-License-Identifier: MIT
"""Runs the programs of the benchmark, and says what they measured."""

import re
import subprocess

COUNTED = ["qemu-aarch64", "-plugin", "build/host/call_probe.so", "build/counted"]
TIMED = "build/fast/timed"
FRAGMENTATION = "build/fast/fragmentation"

# What has to do with single frames, set-up aside: the worst call is the worst of all of these.
SINGLE = ("warm", "fresh", "batch", "one block", "fill", "free in order", "free at random",
          "fill again", "free elsewhere")
PROBE = re.compile(r"(\w+) (\d+) (\d+) (\d+)")


def run(command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} ended with status {done.returncode}:\n{done.stdout}")
    return done.stdout


class Calls:
    """Instructions of all calls of one kind in one measure."""

    def __init__(self, calls=0, instructions=0, most=0):
        self.calls = calls
        self.instructions = instructions
        self.most = most

    def add(self, other):
        self.calls += other.calls
        self.instructions += other.instructions
        self.most = max(self.most, other.most)

    @property
    def average(self):
        return self.instructions / self.calls if self.calls else 0.0


def counts(*only):
    """Of all rows, of `ours` or of `floors`: {row: {measure: {"allocate", "free", "begin": Calls}}}"""
    rows = {}
    measures = calls = None
    for line in run([*COUNTED, *only]).splitlines():
        word, _, rest = line.partition(" ")
        if word == "row":
            measures = rows.setdefault(rest, {})
        elif word == "measure":
            calls = measures.setdefault(rest, {})
        elif word == "probe:":
            for kind, *numbers in PROBE.findall(rest):
                calls.setdefault(kind, Calls()).add(Calls(*map(int, numbers)))
        else:
            raise RuntimeError(f"{' '.join(COUNTED)} says: {line}")
    return rows


def instructions(measures):
    """What one row costs: {measure: (of an allocation, of a free)}, of averages, of the worst calls
    under `worst call`; and of `set-up` alone."""
    figures = {}
    for name, calls in measures.items():
        if not name.startswith("before ") and not name.startswith("set-up"):
            figures[name] = (calls["allocate"].average, calls["free"].average)
    worst = [calls for name, calls in measures.items() if name.removeprefix("before ") in SINGLE]
    figures["worst call"] = tuple(max(calls[kind].most for calls in worst)
                                  for kind in ("allocate", "free"))
    figures["set-up"] = (measures["set-up"]["begin"].average,)
    return figures


def together(figures):
    """The same as one number each: an allocation and a free, the worse of the worst calls."""
    return {measure: max(parts) if measure == "worst call" else sum(parts)
            for measure, parts in figures.items()}


def figures_of(program, *arguments):
    """{row: {measure: number}}, as the program prints them."""
    rows = {}
    for line in run([program, *arguments]).splitlines():
        row, measure, value = line.split("\t")
        rows.setdefault(row, {})[measure] = float(value)
    return rows
