# SPDX-License-Identifier: MIT
"""What `make check` does: format, clang-tidy, layers, sizes. Ends with `N passed, N failed`.

    python3 tools/run_checks.py

clang-tidy takes seconds for each file, so two run at a time, and a file that passed is not asked
again before it, a header it includes, or the configuration has changed. What passed is remembered
for all clones of this user, in ~/.cache/beryl/tidy or below XDG_CACHE_HOME.
"""

import concurrent.futures
import functools
import hashlib
import os
import re
import subprocess
import sys
import time
from pathlib import Path

from check_includes import includes, sources

AT_A_TIME = 2
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "beryl" / "tidy"
# The analyzer gives a function up that it has not understood in so many steps; of its own it would go on
# for eleven times as many, and take most of CI's time.
BOUNDED = ["-Xclang", "-analyzer-config", "-Xclang", "max-nodes=20000"]
HOST_FLAGS = ["-std=c++20", "-I.", *BOUNDED]
KERNEL_FLAGS = [*HOST_FLAGS, "--target=aarch64-linux-gnu", "-ffreestanding", "-fno-exceptions"]


def run(command):
    """(passed, output)"""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
    return done.returncode == 0, done.stdout


@functools.cache
def files_behind(path):
    """The file and every project header it includes, also through others."""
    found = {path}
    waiting = [path]
    while waiting:
        for _, project, _ in includes(waiting.pop()):
            if project is not None and Path(project).exists() and Path(project) not in found:
                found.add(Path(project))
                waiting.append(Path(project))
    return sorted(found)


@functools.cache
def configuration():
    """What else a finding depends on."""
    texts = [path.read_bytes() for path in sorted(Path(".").glob("**/.clang-tidy"))
             if path.parts[0] != "build"]
    return b"".join([*texts, run(["clang-tidy", "--version"])[1].encode(),
                     repr((HOST_FLAGS, KERNEL_FLAGS)).encode()])


def tidy(path):
    """(passed, what clang-tidy said, True if it was asked)"""
    digest = hashlib.sha256(configuration())
    for file in files_behind(path):
        digest.update(str(file).encode() + b"\0" + file.read_bytes())
    seen = CACHE / digest.hexdigest()
    if seen.exists():
        return True, "", False
    flags = HOST_FLAGS if path.parts[0] == "tests" else KERNEL_FLAGS
    passed, output = run(["clang-tidy", "--quiet", str(path), "--", *flags])
    if passed:
        seen.touch()
    # It counts what it does not show: everything in headers that are not ours.
    return passed, re.sub(r"^\d+ warnings? generated\.\n", "", output, flags=re.M), True


class Sum:
    """Counts, and prints what failed."""

    def __init__(self):
        self.passed = self.failed = 0

    def add(self, name, passed, output):
        if passed:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED {name}\n{output.strip()}", flush=True)


def main():
    start = time.monotonic()
    CACHE.mkdir(parents=True, exist_ok=True)
    total = Sum()
    files = list(sources())
    for script in ("check_includes", "check_sizes"):
        passed, output = run([sys.executable, f"tools/{script}.py"])
        total.add(script, passed, output)
        if passed:
            print(f"ok     {script}: {output.strip()}")
    total.add("format", *run(["clang-format", "--dry-run", "-Werror", *map(str, files)]))
    units = [path for path in files if path.suffix == ".cpp"]
    with concurrent.futures.ThreadPoolExecutor(AT_A_TIME) as workers:
        asked = 0
        for path, (passed, output, was_asked) in zip(units, workers.map(tidy, units)):
            total.add(f"clang-tidy {path}", passed, output)
            asked += was_asked
    print(f"{len(units)} files tidied, {len(units) - asked} of them in an earlier run; "
          f"{len(files)} formatted; {time.monotonic() - start:.0f} s")
    print(f"{total.passed} passed, {total.failed} failed")
    sys.exit(1 if total.failed else 0)


if __name__ == "__main__":
    main()
