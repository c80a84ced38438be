# SPDX-License-Identifier: MIT
"""Scenarios of the explorer (tests/concurrency), compiled against sources that were changed.

What is not changed is what `make test` has built.
"""

import os
import re
import subprocess
from pathlib import Path

FLAGS = ["-std=c++20", "-O2", "-w", "-fsanitize=thread", "--param", "tsan-instrument-func-entry-exit=0"]
EXPLORER = Path("build/fast/tests/concurrency/explorer")
SCENARIOS = Path("build/explored/tests/concurrency")
FOUND = re.compile(r"^FAILED (.*?): (.*), after (\d+) executions", re.M)
LONGEST_SECONDS = 120


class Failure(Exception):
    """What went wrong, in words."""


def scenarios_with(path):
    """The names of the files of scenarios that include a file."""
    return sorted(listing.name.split(".")[0] for listing in SCENARIOS.glob("*.d")
                  if str(path) in listing.read_text(encoding="utf-8").split())


def build(copy, scenarios):
    """The explorer, with those scenarios compiled from what is in `copy`, and what is not there from
    here."""
    mine = copy / f"{scenarios}.o"
    others = [path for path in SCENARIOS.glob("*.o") if path.name != f"{scenarios}.cpp.o"]
    program = copy / f"explore_{scenarios}"
    # The first of several copies of a function is linked.
    objects = [*EXPLORER.glob("*.o"), mine, *others]
    for command in (["g++", *FLAGS, f"-I{copy}", "-I.", "-c", f"tests/concurrency/{scenarios}.cpp",
                     "-o", str(mine)],
                    ["g++", *map(str, objects), "-o", str(program)]):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Failure(f"does not compile:\n{done.stderr}")
    return program


def finding(copy, scenarios):
    """(scenario, what was found, after how many executions), or None."""
    program = build(copy, scenarios)
    try:
        done = subprocess.run([str(program), scenarios], capture_output=True, text=True, check=False,
                              env={**os.environ, "BERYL_DEPTH": "everyday"}, timeout=LONGEST_SECONDS)
    except subprocess.TimeoutExpired:
        raise Failure(f"{scenarios} do not end") from None
    found = FOUND.search(done.stdout)
    if done.returncode not in (0, 1) or (done.returncode == 1) != bool(found):
        raise Failure(f"{scenarios} end with status {done.returncode}:\n{done.stdout}")
    return (found[1], found[2], int(found[3])) if found else None
