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
EXPLORED = Path("build/explored")  # What runs under it: scenarios, and parts of the kernel.
SCENARIOS = EXPLORED / "tests/concurrency"
FOUND = re.compile(r"^FAILED (.*?): (.*), after (\d+) executions", re.M)
LONGEST_SECONDS = 120


class Failure(Exception):
    """What went wrong, in words."""


def depends_on(listing, path):
    return str(path) in listing.read_text(encoding="utf-8").split()


def scenarios_with(path):
    """The names of the files of scenarios that include a header, or that of a part of the kernel."""
    header = path.with_suffix(".hpp")
    if path != header and not (EXPLORED / f"{path}.o").exists():
        return []
    return sorted(listing.name.split(".")[0] for listing in SCENARIOS.glob("*.d")
                  if depends_on(listing, header))


def changed_sources(copy, scenarios):
    """Of those scenarios, and of the parts of the kernel, the sources that what is in `copy` changes."""
    changed = [path.relative_to(copy) for path in copy.rglob("*.[hc]pp")]
    listings = [SCENARIOS / f"{scenarios}.cpp.d", *sorted(EXPLORED.glob("kernel/**/*.d"))]
    return [str(listing.relative_to(EXPLORED))[:-len(".d")] for listing in listings
            if any(depends_on(listing, path) for path in changed)]


def build(copy, scenarios):
    """The explorer, with what `copy` changes of those scenarios and of the kernel compiled from there,
    and what it does not from here."""
    sources = changed_sources(copy, scenarios)
    compiled = [copy / "objects" / f"{source}.o" for source in sources]
    for source, target in zip(sources, compiled):
        target.parent.mkdir(parents=True, exist_ok=True)
        here = copy / source if (copy / source).exists() else source
        run(["g++", *FLAGS, f"-I{copy}", "-I.", "-c", str(here), "-o", str(target)])
    others = [path for path in sorted(EXPLORED.rglob("*.o"))
              if str(path.relative_to(EXPLORED))[:-len(".o")] not in sources]
    program = copy / f"explore_{scenarios}"
    # The first of several copies of a function is linked.
    run(["g++", *map(str, [*EXPLORER.glob("*.o"), *compiled, *others]), "-o", str(program)])
    return program


def run(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failure(f"does not compile:\n{done.stderr}")


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
