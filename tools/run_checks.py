# SPDX-License-Identifier: MIT
"""What `make check` does: format, clang-tidy, layers, sizes. Ends with `N passed, N failed`.

    python3 tools/run_checks.py

clang-tidy takes seconds for each file, most of them for the headers: so it is asked of many files
at once, by a file that includes them, two times at a time. (Its analyzer then follows a call from
one of them into another, and does not look at what is called once more by itself.) A file that
passed is not asked again before it, a header it includes, or the configuration has changed. What
passed is remembered for all clones of this user, in ~/.cache/beryl/tidy or below XDG_CACHE_HOME.
"""

import concurrent.futures
import functools
import hashlib
import itertools
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import jumbo
from check_includes import sources

AT_A_TIME = 2
# So many files are asked about at once: more would leave a processor without work at the end.
TOGETHER = 28
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "beryl" / "tidy"
BATCHES = Path("build/tidy")
# That nobody else includes sources, and that what `using` names is used, says check_includes.py.
OF_MANY = "-bugprone-suspicious-include,-misc-unused-using-decls"
# The analyzer gives a function up that it has not understood in so many steps; of its own it would go on
# for 11 times as many in the kernel, and 45 times in tests, and take most of CI's time. (The tests do
# run, under AddressSanitizer.)
KERNEL_STEPS, TEST_STEPS = 20000, 5000


def bounded(steps):
    return ["-Xclang", "-analyzer-config", "-Xclang", f"max-nodes={steps}"]


# Else what is included is not analyzed.
AND_INCLUDED = ["-Xclang", "-analyzer-opt-analyze-headers"]
HOST_FLAGS = ["-std=c++20", "-I.", *bounded(TEST_STEPS)]
KERNEL_FLAGS = ["-std=c++20", "-I.", *bounded(KERNEL_STEPS), "--target=aarch64-linux-gnu", "-ffreestanding",
                "-fno-exceptions"]


def run(command):
    """(passed, output)"""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
    return done.returncode == 0, done.stdout


@functools.cache
def configuration():
    """What else a finding depends on."""
    texts = [path.read_bytes() for path in sorted(Path(".").glob("**/.clang-tidy"))
             if path.parts[0] != "build"]
    return b"".join([*texts, run(["clang-tidy", "--version"])[1].encode(),
                     repr((HOST_FLAGS, KERNEL_FLAGS, OF_MANY, AND_INCLUDED)).encode()])


def is_test(path):
    return path.parts[0] == "tests"


def ask(path, checks, flags):
    """(passed, what clang-tidy said)"""
    passed, output = run(["clang-tidy", "--quiet", f"--checks={checks}", str(path), "--", *flags])
    # It counts what it does not show: everything in headers that are not ours.
    return passed, re.sub(r"^\d+ warnings? generated\.\n", "", output, flags=re.M)


def flags_for(path):
    return HOST_FLAGS if is_test(path) else KERNEL_FLAGS


@functools.cache
def mark(path):
    """What exists if the file has passed as it is when this is first asked."""
    digest = hashlib.sha256(configuration())
    for file in jumbo.files_behind(path):
        digest.update(str(file).encode() + b"\0" + file.read_bytes())
    return CACHE / digest.hexdigest()


def batch_file(batch):
    """A file that includes all of the batch."""
    # Below the folder's own configuration.
    folder = BATCHES / batch[0].parts[0]
    folder.mkdir(parents=True, exist_ok=True)
    own = Path(batch[0].parts[0], ".clang-tidy")
    if own.exists():
        shutil.copy(own, folder)
    file = folder / f"{hashlib.sha256(repr(batch).encode()).hexdigest()[:16]}.cpp"
    file.write_text(jumbo.including(batch), encoding="utf-8")
    return file


def in_the_way(batch, said):
    """Those whose names some other file of the batch has, too; half of it, if it cannot be told."""
    named = {Path(name) for name in re.findall(r"^(\S+?):\d+:\d+: error: .*clang-diagnostic-error", said, re.M)}
    found = [path for path in batch if path in named]
    return found if 0 < len(found) < len(batch) else batch[len(batch) // 2:]


def tidy(batch):
    """[(path, passed, what clang-tidy said)]"""
    if len(batch) == 1:
        passed, output = ask(batch[0], "", flags_for(batch[0]))
    else:
        passed, output = ask(batch_file(batch), OF_MANY, [*flags_for(batch[0]), *AND_INCLUDED])
        if not passed:
            # They do not go together; or one of them alone says where it is; or none does, and it was
            # only seen in what they share.
            is_sound = "[clang-diagnostic-error]" not in output
            apart = batch[len(batch) // 2:] if is_sound else in_the_way(batch, output)
            return tidy([path for path in batch if path not in apart]) + tidy(apart)
    if passed:
        for path in batch:
            mark(path).touch()
    return [(path, passed, output) for path in batch]


def batches(units):
    """The large ones first: the small ones fill what is left at the end."""
    kinds = {}
    for path in units:
        kinds.setdefault(path.parts[0], []).append(path)
    found = [batch for paths in kinds.values() for batch in jumbo.batches(paths, TOGETHER)]
    return sorted(found, key=len, reverse=True)


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
    shutil.rmtree(BATCHES, ignore_errors=True)
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
    left = [path for path in units if not mark(path).exists()]
    total.passed += len(units) - len(left)
    with concurrent.futures.ThreadPoolExecutor(AT_A_TIME) as workers:
        for path, passed, output in itertools.chain.from_iterable(workers.map(tidy, batches(left))):
            total.add(f"clang-tidy {path}", passed, output)
    print(f"{len(units)} files tidied, {len(units) - len(left)} of them in an earlier run; "
          f"{len(files)} formatted; {time.monotonic() - start:.0f} s")
    print(f"{total.passed} passed, {total.failed} failed")
    sys.exit(1 if total.failed else 0)


if __name__ == "__main__":
    main()
