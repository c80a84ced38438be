# SPDX-License-Identifier: MIT
"""Plants known bugs into copies of the buddy allocator, one at a time, and has each found.

    python3 tests/planted/run.py [--seed S] [NAME...]

A bug is a piece of text in a file, and what replaces it. A copy of kernel/ under build/planted/
gets the bug, the random test is built against it and run. Prints `planted NAME: found after N
operations` for each. Exit status 0 only if the unchanged copy passes and every bug is found.
"""

import argparse
import concurrent.futures
import re
import shutil
import subprocess
import sys
from pathlib import Path

OUT = Path("build/planted")
RANDOM_TEST = "tests/random/random_test.cpp"
OPERATIONS = 1_000_000
LONGEST_SECONDS = 300
TOTAL = re.compile(r"^random_test: .*?(\d+) operations", re.M)

UNCHANGED = "unchanged"
# Name, file, old text (there exactly once), new text. Each is a bug that others have shipped.
BUGS = [
    # Buddies counted from the beginning of the span: large blocks are misaligned.
    ("buddies_counted_from_the_span", "kernel/mm/buddy_allocator.hpp",
     "return kernel::align_down(span.first.raw(), Order::of(Order::kMax).frame_count());",
     "return kernel::align_down(span.first.raw(), kRunFrames);"),
    # The last pair of each order never merges.
    ("last_pair_never_merges", "kernel/mm/free_index.hpp",
     "for (; order < Order::kMax; ++order) {\n            auto const buddy",
     "for (; order < Order::kMax && number + 2 < trees_[order].bits(); ++order) {\n"
     "            auto const buddy"),
    # What was rounded up for an exact count is not given back.
    ("tail_of_a_count_is_leaked", "kernel/mm/buddy_ranges.hpp",
     "if (!allocate_range(range)) {",
     "if (!allocate_range({*first, *first + std::bit_ceil(count)})) {"),
    # A frame that is free already can be freed again.
    ("double_free_is_accepted", "kernel/mm/buddy_blocks.hpp",
     "if ((run.allocated_starts() & bit) != 0) {",
     "if ((run.allocated_starts() & bit) != 0 || (run.free_frames() & bit) != 0) {"),
    # A run that has become free as a whole is still listed as one with single frames to give.
    ("whole_run_stays_listed", "kernel/mm/free_index.hpp",
     "if (to == Listing::None) {\n            clear(0, run);\n        } else if",
     "if"),
]


class Failure(Exception):
    """What went wrong, in words."""


def plant(name, file, old, new):
    """A copy of the sources with the bug in it."""
    copy = OUT / name
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree("kernel", copy / "kernel", ignore=shutil.ignore_patterns("*.cpp", "*.S"))
    if file:
        path = copy / file
        text = path.read_text()
        if text.count(old) != 1:
            raise Failure(f"the text to replace is {text.count(old)} times in {file}, not once")
        path.write_text(text.replace(old, new))
    return copy


def build(copy):
    program = copy / "random_test"
    command = ["g++", "-std=c++20", "-O2", "-w", f"-I{copy}", "-o", str(program), RANDOM_TEST]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failure("does not compile:\n" + done.stderr)
    return program


def run(program, seed):
    """(found, operations)"""
    command = [str(program), "--seed", str(seed), "--operations", str(OPERATIONS)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False,
                              timeout=LONGEST_SECONDS)
    except subprocess.TimeoutExpired:
        raise Failure("the random test does not end") from None
    total = TOTAL.search(done.stdout)
    if done.returncode not in (0, 1) or not total:
        raise Failure(f"the random test died with status {done.returncode}:\n{done.stdout}")
    return done.returncode == 1, int(total[1])


def try_bug(bug, seed):
    """(passed, the line to print)"""
    name = bug[0]
    try:
        found, operations = run(build(plant(*bug)), seed)
    except Failure as failure:
        return False, f"planted {name}: FAILED: {failure}"
    if name == UNCHANGED:
        words = f"FAILED: differs after {operations} operations" if found else \
            f"agrees after {operations} operations"
        return not found, f"planted {name}: {words}"
    words = f"found after {operations} operations" if found else \
        f"FAILED: not found in {operations} operations"
    return found, f"planted {name}: {words}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("names", nargs="*", metavar="NAME")
    arguments = parser.parse_args()
    bugs = [(UNCHANGED, None, None, None), *BUGS]
    if arguments.names:
        bugs = [bug for bug in bugs if bug[0] in arguments.names]
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        results = list(pool.map(lambda bug: try_bug(bug, arguments.seed), bugs))
    for _, line in results:
        print(line)
    passed = sum(1 for result, _ in results if result)
    print(f"planted: {passed} passed, {len(results) - passed} failed")
    return 0 if results and passed == len(results) else 1


if __name__ == "__main__":
    sys.exit(main())
