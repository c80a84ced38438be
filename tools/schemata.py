# SPDX-License-Identifier: MIT
"""Writes copies of the sources in which every mutant is there, and switched on by its number.

`a <= b` becomes `(mutation::is(17) ? (a < b) : (a <= b))`, so that one program serves for all. What
the compiler then refuses is no mutant: it is left out, and the rest is written again.
"""

import concurrent.futures
import re
import subprocess
from pathlib import Path

import jumbo

TREE = Path("build/mutate/src")
# Wide limits: what runs at compile time has more to evaluate here.
FLAGS = ["-std=c++20", f"-I{TREE}", "-I.", "-w", "-Wno-narrowing", "-fconstexpr-ops-limit=2000000000"]
ERROR = re.compile(rf"^{TREE}/([^:\n]+):(\d+):(\d+): error:|"
                   rf"^{TREE}/([^:\n]+):(\d+):(\d+):   required from", re.M)
INCLUDE = '#include "tests/mutate/mutant.hpp"\n'


class Spot:
    """A range of the text with the mutants that take its place."""

    def __init__(self, begin, end):
        self.begin, self.end = begin, end
        self.mutants = []
        self.drops = []
        self.inner = []


def nest(mutants, end):
    """The spots as a tree: one holds those inside it. One that lies across another is left out."""
    spots = {}
    for mutant in mutants:
        spot = spots.setdefault((mutant.begin, mutant.end), Spot(mutant.begin, mutant.end))
        (spot.drops if mutant.new is None else spot.mutants).append(mutant)
    whole = Spot(0, end)
    around = [whole]
    for spot in sorted(spots.values(), key=lambda spot: (spot.begin, -spot.end)):
        while spot.begin >= around[-1].end:
            around.pop()
        if spot.end <= around[-1].end:
            around[-1].inner.append(spot)
            around.append(spot)
    return whole


class Copy:
    """The text of one file with its mutants in it, and where each of them stands."""

    def __init__(self, text, mutants):
        self._text = text
        self._parts = []
        self._length = 0
        self.places = []  # (begin, end, mutant)
        self._write_inside(nest(mutants, len(text)))
        self.text = "".join(self._parts)

    def _put(self, text):
        self._parts.append(text)
        self._length += len(text)

    def _write_inside(self, spot):
        at = spot.begin
        for inner in spot.inner:
            self._put(self._text[at:inner.begin])
            self._write(inner)
            at = inner.end
        self._put(self._text[at:spot.end])

    def _write(self, spot):
        for mutant in spot.drops:
            begin = self._length
            self._put(f"if (!mutation::is({mutant.number})) ")
            self.places.append((begin, self._length, mutant))
        if spot.mutants:
            self._put("(")
            for mutant in spot.mutants:
                begin = self._length
                self._put(f"mutation::is({mutant.number}) ? ({mutant.new}) : ")
                self.places.append((begin, self._length, mutant))
            self._put(f"{self._cast(spot)}(")
        self._write_inside(spot)
        if spot.mutants:
            self._put("))")

    @staticmethod
    def _cast(spot):
        """Of a condition that a mutant negates, so that both are a bool: what could be made of one,
        as std::optional is, would else be made of the mutant."""
        is_condition = any(mutant.new.startswith("!static_cast<bool>(") for mutant in spot.mutants)
        return "static_cast<bool>" if is_condition else ""

    def at(self, line, column):
        """The mutant written there, or None."""
        starts = [0, *(match.end() for match in re.finditer("\n", self.text))]
        offset = starts[line - 1] + column - 1
        inside = [place for place in self.places if place[0] <= offset < place[1]]
        return min(inside, key=lambda place: place[1] - place[0])[2] if inside else None


def write(path, mutants):
    """Writes the copy of `path`; the file keeps its date if nothing in it has changed."""
    text = Path(path).read_text(encoding="latin-1")
    copy = Copy(text, mutants)
    head = INCLUDE if mutants else ""
    target = TREE / path
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists() or target.read_text(encoding="latin-1") != head + copy.text:
        target.write_text(head + copy.text, encoding="latin-1")
    return copy


def complaints(source):
    """What the compiler says of a copy: its errors' (file, line, column), and all its words."""
    done = subprocess.run(["g++", *FLAGS, "-fsyntax-only", "-fmax-errors=0", source],
                          capture_output=True, text=True, errors="replace", check=False)
    places = [(match[1] or match[4], int(match[2] or match[5]), int(match[3] or match[6]))
              for match in ERROR.finditer(done.stderr)]
    return done.returncode == 0, places, done.stderr


def write_tree(paths, mutants):
    """Writes a copy of every file. Returns the mutants that compile."""
    left = {path: [] for path in paths}
    for mutant in mutants:
        left[mutant.path].append(mutant)
    copies = {path: write(path, left[path]) for path in paths}
    headers = TREE / "every_header.cpp"
    headers.write_text("".join(f'#include "{path}"\n' for path in paths if path.suffix == ".hpp"))
    waiting = [headers]
    for number, batch in enumerate(jumbo.batches([path for path in paths if path.suffix == ".cpp"])):
        waiting.append(TREE / f"batch_{number}.cpp")
        waiting[-1].write_text(jumbo.including(batch))
    with concurrent.futures.ThreadPoolExecutor(2) as workers:
        while waiting:
            refused = set()
            again = []
            for source, (passed, places, words) in zip(waiting, workers.map(complaints, waiting)):
                if passed:
                    continue
                found = {copies[Path(name)].at(line - 1, column) for name, line, column in places
                         if Path(name) in copies} - {None}
                if not found:
                    raise RuntimeError(f"{source}: no mutant explains\n{words[:2000]}")
                refused |= found
                again.append(source)
            for path in {mutant.path for mutant in refused}:
                left[path] = [mutant for mutant in left[path] if mutant not in refused]
                copies[path] = write(path, left[path])
            waiting = again
    return [mutant for path in paths for mutant in left[path]]
