# SPDX-License-Identifier: MIT
"""Tests the tests: makes thousands of small changes to the scope, one at a time, and has the unit
tests find each.

    python3 tools/mutate.py prepare                           # writes the sources with mutants
    python3 tools/mutate.py run [--changed] [--seed S] [FILE...]

`--changed` takes lines that differ from CI_BASE, or from the last merge, and at most 60 mutants of
them, drawn with the seed. What was judged is kept in build/mutate/state.json, so that a run that was
stopped goes on; it is forgotten when a source or a test changes. tests/equivalent_mutants.txt lists
mutants that change nothing that could be seen. Ends with `killed K of M, E equivalent`.
"""

import argparse
import concurrent.futures
import hashlib
import json
import os
import random
import re
import subprocess
import sys
from pathlib import Path

from scope import scope

BUILD = Path("build/mutate")
PROGRAM = BUILD / "unit_tests"
MUTANTS = BUILD / "mutants.json"
PROFILE = BUILD / "profile.txt"
STATE = BUILD / "state.json"
EQUIVALENT = Path("tests/equivalent_mutants.txt")
MOST_IN_CI = 60
AT_A_TIME = 2
AT_ONCE = 40  # Mutants for each call of the program.


def prepare():
    """The copies of the sources, and the list of the mutants in them."""
    import mutants
    import schemata
    paths = scope()
    found, constant = mutants.find(paths)
    for number, mutant in enumerate(found, 1):
        mutant.number = number
    compiled = schemata.write_tree(paths, found)
    listed = [{"number": mutant.number, "key": mutant.key(), "path": str(mutant.path),
               "lines": [mutant.line, mutant.last_line]} for mutant in compiled]
    MUTANTS.write_text(json.dumps({"mutants": listed, "refused": len(found) - len(compiled),
                                   "constant": constant}, indent=1))


def equivalents():
    """{key: reason}. An entry is a key, and below it, indented, the reason."""
    found, key = {}, None
    for line in EQUIVALENT.read_text(encoding="utf-8").splitlines():
        if line.startswith("#") or not line.strip():
            continue
        if not line.startswith(" "):
            key = line.strip()
            found[key] = ""
        elif key is None:
            sys.exit(f"error: {EQUIVALENT}: a reason without a mutant: {line}")
        else:
            found[key] = f"{found[key]} {line.strip()}".strip()
    for key, reason in found.items():
        if len(reason.split()) < 3:
            sys.exit(f"error: {EQUIVALENT}: no reason for {key}")
    return found


def git(*words):
    return subprocess.run(["git", *words], capture_output=True, text=True, check=True).stdout


def changed_lines(paths):
    """(where from, {path: set of lines}) since CI_BASE, or else the last merge."""
    base = os.environ.get("CI_BASE", "")
    if base and subprocess.run(["git", "cat-file", "-e", f"{base}^{{commit}}"], check=False,
                               stderr=subprocess.DEVNULL).returncode != 0:
        print(f"CI_BASE is no commit of this clone: {base}")
        base = ""
    base = base or git("log", "--merges", "-1", "--format=%H").strip()
    if not base:
        return "the beginning", {str(path): None for path in paths}
    lines, path = {}, None
    for line in git("diff", "-U0", base, "--", *map(str, paths)).splitlines():
        if line.startswith("+++ "):
            path = line[6:]
        elif match := re.match(r"@@ -\S+ \+(\d+)(?:,(\d+))? @@", line):
            first, count = int(match[1]), int(match[2] or 1)
            lines.setdefault(path, set()).update(range(first, first + count))
    return base[:12], lines


def in_lines(mutant, changed):
    if mutant["path"] not in changed:
        return False
    lines = changed[mutant["path"]]
    first, last = mutant["lines"]
    return lines is None or any(line in lines for line in range(first, last + 1))


def profile(digest):
    """Which test comes by which mutant; kept until a source or a test changes."""
    mark = f"digest {digest}\n"
    if PROFILE.exists() and PROFILE.open().readline() == mark:
        return
    done = subprocess.run([PROGRAM, "profile"], stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, errors="replace", check=True)
    failed = [" ".join(line.split()[2:4]) for line in done.stdout.splitlines()
              if line.startswith("failed")]
    if failed:
        sys.exit("error: these fail without any mutant: " + ", ".join(failed))
    PROFILE.write_text(mark + done.stdout)


class State:
    """What was judged, on disk after every step."""

    def __init__(self, digest):
        self.digest = digest
        self.verdicts = {}
        if STATE.exists():
            old = json.loads(STATE.read_text())
            if old["digest"] == digest:
                self.verdicts = old["verdicts"]

    def add(self, verdicts):
        self.verdicts.update(verdicts)
        scratch = STATE.with_suffix(".new")
        scratch.write_text(json.dumps({"digest": self.digest, "verdicts": self.verdicts}))
        scratch.replace(STATE)


def judge(numbers):
    """{number: verdict}"""
    done = subprocess.run([PROGRAM, "judge", PROFILE, *map(str, numbers)],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                          errors="replace", check=True)
    return dict(line.split(" ", 1) for line in done.stdout.splitlines())


def judge_all(chosen, state):
    waiting = [mutant["number"] for mutant in chosen if str(mutant["number"]) not in state.verdicts]
    random.Random(1).shuffle(waiting)  # The slow ones of a file are not all in one call.
    calls = [waiting[at:at + AT_ONCE] for at in range(0, len(waiting), AT_ONCE)]
    with concurrent.futures.ThreadPoolExecutor(AT_A_TIME) as workers:
        for done in concurrent.futures.as_completed([workers.submit(judge, call) for call in calls]):
            state.add(done.result())
            print(f"\r{len(state.verdicts)} judged", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)


def report(chosen, state, known, is_whole):
    """True if every mutant was killed, but for those that are known to change nothing."""
    killed = [mutant for mutant in chosen
              if state.verdicts[str(mutant["number"])].startswith("killed")]
    alive = [mutant for mutant in chosen if mutant not in killed]
    findings = [f"{mutant['path']}:{mutant['lines'][0]}: survives: {mutant['key']}"
                for mutant in alive if mutant["key"] not in known]
    findings += [f"{EQUIVALENT}: is killed: {mutant['key']}" for mutant in killed
                 if mutant["key"] in known]
    if is_whole:
        keys = {mutant["key"] for mutant in chosen}
        findings += [f"{EQUIVALENT}: there is no such mutant: {key}" for key in known
                     if key not in keys]
    print("\n".join(findings))
    equivalent = len([mutant for mutant in alive if mutant["key"] in known])
    score = f" ({100 * len(killed) / len(chosen):.1f} %)" if chosen else ""
    print(f"killed {len(killed)} of {len(chosen)}{score}, {equivalent} equivalent")
    return not findings


def choose(arguments, mutants):
    paths = {str(path) for path in scope(arguments.files)}
    chosen = [mutant for mutant in mutants if mutant["path"] in paths]
    if not arguments.changed:
        return chosen
    base, lines = changed_lines(sorted(map(Path, paths)))
    chosen = [mutant for mutant in chosen if in_lines(mutant, lines)]
    drawn = random.Random(arguments.seed).sample(chosen, min(MOST_IN_CI, len(chosen)))
    print(f"{len(chosen)} mutants in lines changed since {base}; {len(drawn)} of them run, drawn "
          f"with seed {arguments.seed}, {len(chosen) - len(drawn)} not run")
    return drawn


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("step", choices=["prepare", "run"])
    parser.add_argument("--changed", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("files", nargs="*", metavar="FILE")
    arguments = parser.parse_args()
    if arguments.step == "prepare":
        prepare()
        return
    listed = json.loads(MUTANTS.read_text())
    print(f"{len(listed['mutants'])} mutants; {listed['refused']} more do not compile, "
          f"{listed['constant']} more stand where the compiler evaluates by itself: not generated")
    known = {key: reason for key, reason in equivalents().items() if "memory_order_" not in key}
    chosen = choose(arguments, listed["mutants"])
    digest = hashlib.sha256(PROGRAM.read_bytes() + MUTANTS.read_bytes()).hexdigest()
    if chosen:
        profile(digest)
    state = State(digest)
    judge_all(chosen, state)
    is_whole = not arguments.changed and not arguments.files
    sys.exit(0 if report(chosen, state, known, is_whole) else 1)


if __name__ == "__main__":
    main()
