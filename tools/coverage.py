# SPDX-License-Identifier: MIT
"""Runs the unit tests in the build made to measure them, and says which lines of the scope they
never reach and which ways out of a line they never take.

    python3 tools/coverage.py [FILE...]

The scope is tools/scope.txt; FILE narrows what is reported. A line that cannot be reached has
GCOVR_EXCL_LINE beside it, a way that cannot be taken GCOVR_EXCL_BR_LINE (START and STOP around
several), each followed by a colon and the reason. Ends with `lines A/B, branches C/D`.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

from scope import scope

BUILD = Path("build/coverage")
PROGRAM = BUILD / "unit_tests"
REPORT = BUILD / "coverage.json"
# What gcovr obeys. Without a reason it is refused; where a stretch stops there is none to give.
MARKER = re.compile(r"\b(?:GCOVR?|LCOV)_EXCL_(?:BR_)?(?:LINE|START|STOP)\b")
EXPLAINED = re.compile(r"// GCOVR_EXCL_(?:(?:BR_)?(?:LINE|START): \w+ \w+ \w|(?:BR_)?STOP$)")


def run_tests():
    """True if the tests passed; leaves their counts beside the objects."""
    for old in BUILD.rglob("*.gcda"):
        old.unlink()
    done = subprocess.run([PROGRAM], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
    if done.returncode != 0:
        print(f"{done.stdout[-4000:]}\nerror: {PROGRAM} ended with status {done.returncode}")
    return done.returncode == 0


def forget_others():
    """Removes what older builds have left: the tests have counted for each object that they are made of.
    gcovr would take the others' notes for these sources'."""
    for notes in BUILD.rglob("*.gcno"):
        if not notes.with_suffix(".gcda").exists():
            notes.unlink()
            notes.with_suffix(".o").unlink(missing_ok=True)


def measure(files):
    """What gcovr says of each file."""
    filters = [part for path in files for part in ("--filter", f"{re.escape(str(path))}$")]
    subprocess.run(["gcovr", "--root", ".", "--object-directory", str(BUILD), "-j", "2", *filters,
                    "--json", str(REPORT), str(BUILD)], check=True)
    return {Path(entry["file"]): entry["lines"]
            for entry in json.loads(REPORT.read_text())["files"]}


def unexplained(files):
    """Markers that do not say why."""
    for path in files:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if MARKER.search(line) and not EXPLAINED.search(line):
                yield f"{path}:{number}: what is left out needs `// GCOVR_EXCL_...: the reason`"


class Sum:
    """What was reached, of how much, and what was not."""

    def __init__(self):
        self.lines = self.lines_reached = self.branches = self.branches_taken = 0
        self.missed = []

    def add(self, path, lines):
        for line in lines:
            if line["gcovr/noncode"]:
                continue
            where = f"{path}:{line['line_number']}"
            self.lines += 1
            self.lines_reached += line["count"] > 0
            if line["count"] == 0:
                self.missed.append(f"{where}: never reached")
            taken = [branch["count"] > 0 for branch in line["branches"]]
            self.branches += len(taken)
            self.branches_taken += sum(taken)
            if line["count"] > 0 and not all(taken):
                missed = ", ".join(str(n) for n, was_taken in enumerate(taken) if not was_taken)
                self.missed.append(f"{where}: ways never taken: {missed} of 0 to {len(taken) - 1}")

    def is_whole(self):
        return not self.missed


def main(names):
    files = scope(names)
    if not run_tests():
        sys.exit(1)
    forget_others()
    measured = measure(files)
    total = Sum()
    for path in files:
        total.add(path, measured.get(path, []))
    findings = [*unexplained(files), *(f"{path}: no line of it was compiled" for path in files
                                       if path.suffix == ".cpp" and path not in measured)]
    print("\n".join(total.missed + findings))
    print(f"lines {total.lines_reached}/{total.lines}, "
          f"branches {total.branches_taken}/{total.branches}")
    sys.exit(0 if total.is_whole() and not findings else 1)


if __name__ == "__main__":
    main(sys.argv[1:])
