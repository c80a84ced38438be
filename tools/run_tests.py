# SPDX-License-Identifier: MIT
"""Runs the tests that `make test` has built, two at a time, and counts what really ran.

    python3 tools/run_tests.py [--depth everyday|ci|all] [NAME]

NAME is a group (`unit`, `boot`), one test of it (`boot/without_a_tree`) or one group of the unit
tests (`BuddyAllocator`). A test is a command: status 0 is passed, 77 not run (it says why), anything
else failed. The last line is `N passed, N failed`; a test that was not run is in neither number.
"""

import argparse
import concurrent.futures
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

from transcript import cores_needed

NOT_RUN = 77
LONGEST_SECONDS = {"everyday": 1500, "ci": 1500, "all": 6 * 3600}
AT_A_TIME = 2
UNIT_TESTS = "build/host/unit_tests"
SIMULATED_OPERATIONS = {"everyday": 20_000_000, "ci": 1_000_000_000, "all": 10_000_000_000}
TEBIBYTE_OPERATIONS = {"everyday": 1_000_000, "ci": 2_000_000, "all": 20_000_000}
RANDOM_OPERATIONS = {"everyday": 1_000_000, "ci": 10_000_000, "all": 100_000_000}
# "OK (12 tests, 12 ran, ..." or "Errors (2 failures, 12 tests, 11 ran, ...".
CPPUTEST_SUMMARY = re.compile(r"^(?:OK|Errors) \((?:(\d+) failures, )?\d+ tests, (\d+) ran", re.M)


class Test:
    """A command with a name. The name is also what repeats it: `make test T=name`. When it has
    passed, its last lines are facts worth reading."""

    def __init__(self, name, command, lines_shown=1):
        self.name = name
        self.command = command
        self.lines_shown = lines_shown

    def count(self, status, _output):
        """(passed, failed)"""
        if status == NOT_RUN:
            return 0, 0
        return (1, 0) if status == 0 else (0, 1)


class UnitTests(Test):
    """One program, many tests: they are counted from its closing line."""

    def count(self, status, output):
        summary = CPPUTEST_SUMMARY.search(output)
        if not summary:
            return 0, 1  # It died before the end, and so nothing is known of the rest.
        ran = int(summary[2])
        failed = min(int(summary[1] or 0), ran)
        if (status != 0 and failed == 0) or ran == 0:
            return ran, 1
        return ran - failed, failed


def python_tests():
    """Every function `test_...` of the Python files among the tests."""
    for path in sorted(Path("tests").glob("*/*.py")):
        for function in re.findall(r"^def test_(\w+)\(\):", path.read_text(), re.M):
            yield Test(f"{path.stem}/{function}",
                       [sys.executable, "tools/one_test.py", str(path), f"test_{function}"])


def random_tests(depth):
    """The allocator against the model: many operations, and fewer with sanitizers."""
    seed = ["--seed", os.environ.get("SEED") or "1"]
    for name, program, share in (("fast", "random_test", 1), ("sanitized", "random_test_asan", 10)):
        operations = RANDOM_OPERATIONS[depth] // share
        yield Test(f"random/{name}",
                   [f"build/host/{program}", *seed, "--operations", str(operations)])


# Every call in every state, by program.
EXHAUSTIVE = {"exhaustive_test": ("frames", "ranges", "runs", "uneven"),
              "exhaustive_more_test": ("zones", "heap", "virtual_space"),
              "cores_test": ("cores",)}
# Every flipped bit, by program and test: in one state of so many, everyday (None: not then) and else.
# With sanitizers a few states will do: they see what is read or written beside the metadata.
FLIPS = {"flips_test": {"frames": (1, 1), "more_frames": (10, 1)},
         "flips_more_test": {"heap": (20, 4), "virtual_space": (50, 8)},
         "cores_test": {"caches": (40, 10), "more_caches": (400, 40)},
         "flips_test_asan": {"frames": (60, 15), "more_frames": (150, 50)},
         "cores_test_asan": {"more_caches": (None, 1000)}}


def exhaustive_tests(depth):
    """Small allocators: every call in every state, and every flipped bit."""
    for program, names in EXHAUSTIVE.items():
        for name in names:
            yield Test(f"exhaustive/{name}", [f"build/host/{program}", name], lines_shown=6)
    for program, shares in FLIPS.items():
        suffix = "_sanitized" if program.endswith("_asan") else ""
        for name, one_in in shares.items():
            states = one_in[0 if depth == "everyday" else 1]
            if states is not None:
                yield Test(f"flips/{name}{suffix}", [f"build/host/{program}", name, str(states)],
                           lines_shown=10)


def simulations(depth):
    """All allocators together against models: very many operations, and fewer with sanitizers."""
    seed = ["--seed", os.environ.get("SEED") or "1"]
    for name, program, share in (("fast", "simulate", 1), ("sanitized", "simulate_asan", 20)):
        operations = SIMULATED_OPERATIONS[depth] // share
        yield Test(f"simulate/{name}",
                   [f"build/host/{program}", *seed, "--operations", str(operations),
                    "--keep", f"build/simulate_{name}.txt"])
    more = str(TEBIBYTE_OPERATIONS[depth])
    yield Test("scale/tebibyte", ["build/host/tebibyte", *seed, "--operations", more])
    if depth == "all":
        yield Test("simulate/planted", [sys.executable, "tests/simulation/planted.py"],
                   lines_shown=20)


# Every interleaving of a few cores, by scenarios.
EXPLORED = ("litmus", "accesses", "reduction", "interrupts", "locks", "buddies", "caches",
            "exhaustion", "handlers", "ring")


def explorations(depth):
    """Cores that share something: every interleaving, and bugs that must be found there."""
    for name in EXPLORED:
        yield Test(f"explore/{name}", ["build/host/explore", name])
    if depth != "everyday":
        yield Test("explore/planted", [sys.executable, "tests/planted/interleavings.py"],
                   lines_shown=20)


THREADED_OPERATIONS = {"everyday": 1_000_000, "ci": 50_000_000, "all": 500_000_000}


def threads(depth):
    """One allocator for several threads, under ThreadSanitizer."""
    for name, number in (("four_threads", 4), ("eight_threads", 8)):
        yield Test(f"tsan/{name}",
                   ["env", "TSAN_OPTIONS=halt_on_error=1", "build/host/threads_test", str(number),
                    str(THREADED_OPERATIONS[depth] // 2)])


# What the transcripts are typed into beside a raspi3b, with how many cores: everyday, and in CI too.
TRANSCRIBED = (("virt-el2", 4),)
TRANSCRIBED_MORE = (("raspi3ap", 4), ("virt", 1), ("virt", 2), ("virt", 4), ("virt-el2", 1),
                    ("virt-el2", 2))


def transcripts(depth):
    """Each session, on each machine that has what it needs."""
    machines = TRANSCRIBED if depth == "everyday" else TRANSCRIBED + TRANSCRIBED_MORE
    for path in sorted(Path("tests/qemu/transcripts").glob("*.txt")):
        command = [sys.executable, "tools/transcript.py"]
        yield Test(f"transcripts/{path.stem}", [*command, str(path)])
        for machine, cores in machines:
            if cores >= cores_needed(path):
                yield Test(f"transcripts/{path.stem}/{machine}_{cores}",
                           [*command, "--machine", machine, "--cores", str(cores), str(path)])


def all_tests(depth):
    """Everything there is at this depth, the long ones first."""
    yield from simulations(depth)
    yield from exhaustive_tests(depth)
    yield from random_tests(depth)
    yield from explorations(depth)
    yield from threads(depth)
    if depth != "everyday":
        yield Test("planted", [sys.executable, "tests/planted/run.py"], lines_shown=20)
    if depth == "all":
        yield Test("lessons/planted", [sys.executable, "tests/planted/lessons.py"], lines_shown=30)
    yield UnitTests("unit", [UNIT_TESTS])
    yield from python_tests()
    yield from transcripts(depth)
    yield Test("image", [sys.executable, "tools/check_image.py"])
    yield Test("stack", [sys.executable, "tools/check_stack.py"])


def chosen(tests, name):
    """The tests that NAME means."""
    if not name:
        return tests
    mine = [test for test in tests if test.name == name or test.name.startswith(name + "/")]
    if mine:
        return mine
    groups = subprocess.run([UNIT_TESTS, "-lg"], capture_output=True, text=True, check=False)
    if name in groups.stdout.split():
        return [UnitTests(name, [UNIT_TESTS, "-sg", name])]
    # `nth-failure`: the groups whose names begin with NthFailure.
    beginning = "".join(word.capitalize() for word in name.split("-"))
    if any(group.startswith(beginning) for group in groups.stdout.split()):
        return [UnitTests(name, [UNIT_TESTS, "-g", beginning])]
    return []


class Runner:
    """Runs tests and keeps their sum."""

    def __init__(self, depth):
        self.environment = {**os.environ, "BERYL_DEPTH": depth}
        self._again = "" if depth == "everyday" else f" DEPTH={depth}"
        self._longest = LONGEST_SECONDS[depth]
        self.passed = self.failed = 0
        self.not_run = []
        self._running = set()

    def run(self, tests):
        with concurrent.futures.ThreadPoolExecutor(AT_A_TIME) as workers:
            for done in concurrent.futures.as_completed(
                    [workers.submit(self._run_one, test) for test in tests]):
                self._report(*done.result())

    def stop(self, *_):
        """Ends what still runs: a QEMU ends with the test that started it."""
        for process in list(self._running):
            process.terminate()
        os._exit(1)

    def _run_one(self, test):
        start = time.monotonic()
        try:
            process = subprocess.Popen(test.command, stdin=subprocess.DEVNULL, text=True,
                                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                       env=self.environment, errors="replace")
        except OSError as error:
            return test, -1, f"{test.command[0]}: {error.strerror}\n", 0
        self._running.add(process)
        try:
            output, _ = process.communicate(timeout=self._longest)
        except subprocess.TimeoutExpired:
            process.terminate()
            output, _ = process.communicate()
            output += f"\nended after {self._longest} s\n"
        self._running.discard(process)
        return test, process.returncode, output, time.monotonic() - start

    def _report(self, test, status, output, seconds):
        passed, failed = test.count(status, output)
        self.passed += passed
        self.failed += failed
        said = output.strip()
        if failed:
            print(f"FAILED {test.name} ({seconds:.1f} s)\n{said}\n"
                  f"       repeat it with: make test T={test.name}{self._again}")
        elif status == NOT_RUN:
            self.not_run.append((test.name, said))
        else:
            facts = "\n       ".join(said.splitlines()[-test.lines_shown:])
            print(f"ok     {test.name} ({seconds:.1f} s) {facts}".rstrip())
        sys.stdout.flush()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--depth", choices=["everyday", "ci", "all"], default="everyday")
    parser.add_argument("name", nargs="?", default="")
    arguments = parser.parse_args()
    runner = Runner(arguments.depth)
    for stop_signal in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(stop_signal, runner.stop)
    start = time.monotonic()

    tests = chosen(list(all_tests(arguments.depth)), arguments.name)
    runner.run(tests)

    for name, why in runner.not_run:
        print(f"not run: {name}: {why}")
    if not tests:
        print(f"error: {arguments.name}: no test has this name")
        runner.failed += 1
    print(f"{time.monotonic() - start:.0f} s at depth {arguments.depth}")
    print(f"{runner.passed} passed, {runner.failed} failed")
    sys.exit(1 if runner.failed else 0)


if __name__ == "__main__":
    main()
