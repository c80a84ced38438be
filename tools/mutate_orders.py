# SPDX-License-Identifier: MIT
"""Tests the scenarios of the explorer: weakens each memory order in what they share, one at a time,
and has one of them find it.

    python3 tools/mutate_orders.py [--changed] [FILE...]

`--changed` takes lines that differ from CI_BASE, or from the last merge. No test on this machine
would notice: its processor orders more than C++ promises. tests/equivalent_mutants.txt lists those
that change nothing that could be seen. Ends with `orders: killed K of M, E equivalent`.
"""

import argparse
import concurrent.futures
import shutil
import sys
from pathlib import Path

import explored
import mutants
from mutate import EQUIVALENT, changed_lines, equivalents, in_lines

BUILD = Path("build/mutate_orders")
AT_A_TIME = 2
FOLDERS = ("kernel", "drivers")


def find(only):
    """Every order to be weakened in what scenarios run."""
    paths = [path for folder in FOLDERS for path in sorted(Path(folder).rglob("*.[hc]pp"))
             if "memory_order_" in path.read_text(encoding="utf-8") and explored.scenarios_with(path)]
    strangers = set(only) - set(map(str, paths))
    if only and len(strangers) == len(only):
        return []
    return mutants.find_orders([path for path in paths if not only or str(path) in only])


def judge(numbered):
    """The finding that kills it, or None."""
    number, mutant = numbered
    copy = BUILD / str(number)
    shutil.rmtree(copy, ignore_errors=True)
    (copy / mutant.path).parent.mkdir(parents=True)
    text = mutant.path.read_text(encoding="latin-1")
    (copy / mutant.path).write_text(text[:mutant.begin] + mutant.new + text[mutant.end:],
                                    encoding="latin-1")
    for scenarios in explored.scenarios_with(mutant.path):
        if found := explored.finding(copy, scenarios):
            return found
    return None


def report(verdicts, known, is_whole):
    """True if every mutant was killed, but for those that are known to change nothing."""
    findings, killed, equivalent = [], 0, 0
    for mutant, found in verdicts:
        key = mutant.key()
        killed += found is not None
        equivalent += found is None and key in known
        if found is None and key not in known:
            findings.append(f"{mutant.path}:{mutant.line}: survives: {key}")
        elif found is not None and key in known:
            findings.append(f"{EQUIVALENT}: is killed: {key}")
        elif found is not None:
            print(f"{mutant.path}:{mutant.line}: {mutant.old} -> {mutant.new}: {found[1]}, after "
                  f"{found[2]} executions of `{found[0]}`")
    if is_whole:
        keys = {mutant.key() for mutant, _ in verdicts}
        findings += [f"{EQUIVALENT}: there is no such mutant: {key}" for key in known
                     if "memory_order_" in key and key not in keys]
    print("\n".join(findings))
    print(f"orders: killed {killed} of {len(verdicts)}, {equivalent} equivalent")
    return not findings


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--changed", action="store_true")
    parser.add_argument("files", nargs="*", metavar="FILE")
    arguments = parser.parse_args()
    chosen = find(arguments.files)
    if arguments.changed:
        _, lines = changed_lines(sorted({mutant.path for mutant in chosen}))
        chosen = [mutant for mutant in chosen
                  if in_lines({"path": str(mutant.path), "lines": [mutant.line, mutant.last_line]}, lines)]
    with concurrent.futures.ThreadPoolExecutor(AT_A_TIME) as workers:
        verdicts = list(zip(chosen, workers.map(judge, enumerate(chosen))))
    is_whole = not arguments.changed and not arguments.files
    sys.exit(0 if report(verdicts, equivalents(), is_whole) else 1)


if __name__ == "__main__":
    main()
