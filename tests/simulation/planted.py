# SPDX-License-Identifier: MIT
"""Plants bugs into copies of kernel/mm, and has the simulation find each and cut it down.

    python3 tests/simulation/planted.py [NAME...]

A bug is a text in a file, and what replaces it. The simulation is built with the bug and run: it
must fail, its list of operations must be short, and done again it must fail with the bug and agree
without. Exit status 0 only if all that holds for every bug.
"""

import concurrent.futures
import re
import shutil
import subprocess
import sys
from pathlib import Path

OUT = Path("build/planted_simulation")
PROGRAM = "build/host/simulate"
OPERATIONS = "3000000"
LONGEST_SECONDS = 300
LONGEST_LIST = 200
LENGTH = re.compile(r"^(\d+) operations lead there", re.M)

# Name, file, old text (there exactly once), new text.
BUGS = [
    # Of two buddies that become free, the last of each order stay apart.
    ("last_pair_never_merges", "kernel/mm/free_index.hpp",
     "for (; order < Order::kMax; ++order) {\n            auto const buddy",
     "for (; order < Order::kMax && number + 2 < trees_[order].bits(); ++order) {\n"
     "            auto const buddy"),
    # A page whose mapping failed keeps its frame.
    ("frame_is_leaked_when_tables_run_out", "kernel/mm/heap_pages.cpp",
     "    if (!mapped) {\n        frames_.free(*frame);\n    }\n", ""),
    # What was mapped before the frames ran out stays mapped.
    ("half_a_mapping_stays", "kernel/mm/heap_pages.cpp",
     "            unmap({pages.begin, page});\n", ""),
    # A page that has become empty is still offered for its size.
    ("empty_page_keeps_its_size", "kernel/mm/heap.cpp",
     "        state.pages_with_room.erase(index);\n        --state.pages;",
     "        --state.pages;"),
    # Only the first table that gets empty is given back.
    ("empty_table_is_kept", "kernel/mm/page_table.cpp",
     "std::array<std::optional<EarlyFrame>, 2> emptied;",
     "std::array<std::optional<EarlyFrame>, 1> emptied;"),
    # The guard page of a range that is given back stays taken.
    ("guard_page_is_leaked", "kernel/mm/virtual_space.cpp",
     "if (!pages_.free_frames({pages->first, pages->end + 1})) {",
     "if (!pages_.free_frames(*pages)) {"),
    # A zone that is full is not followed by the other one.
    ("other_zone_is_not_asked", "kernel/mm/frame_allocator.cpp",
     "        if (block) {\n            return Allocation{block->range(), id};\n        }\n",
     "        if (block) {\n            return Allocation{block->range(), id};\n        }\n"
     "        break;\n"),
]


class Failure(Exception):
    """What went wrong, in words."""


def run(*command, statuses=(0,)):
    done = subprocess.run(command, capture_output=True, text=True, check=False,
                          timeout=LONGEST_SECONDS)
    if done.returncode not in statuses:
        raise Failure(f"{' '.join(command[:4])} ... ended with {done.returncode}:\n"
                      f"{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def build(name, file, old, new):
    """The simulation with the bug in it."""
    copy = OUT / name
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree("kernel", copy / "kernel")
    shutil.copytree("tests/simulation", copy / "tests/simulation")
    text = (copy / file).read_text()
    if text.count(old) != 1:
        raise Failure(f"the text to replace is {text.count(old)} times in {file}, not once")
    (copy / file).write_text(text.replace(old, new))
    sources = [*copy.glob("kernel/mm/*.cpp"), *copy.glob("tests/simulation/*.cpp")]
    program = str(copy / "simulate")
    run("g++", "-std=c++20", "-O1", "-w", f"-I{copy}", "-o", program, *map(str, sources))
    return program


def try_bug(bug):
    """(passed, the line to print)"""
    name = bug[0]
    keep = str(OUT / f"{name}.txt")
    try:
        program = build(*bug)
        said = run(program, "--operations", OPERATIONS, "--keep", keep, statuses=(1,))
        length = int(LENGTH.search(said)[1])
        if length > LONGEST_LIST:
            raise Failure(f"{length} operations are left")
        run(program, "--replay", keep, statuses=(1,))
        run(PROGRAM, "--replay", keep)
    except (Failure, subprocess.TimeoutExpired) as failure:
        return False, f"planted {name}: FAILED: {failure}"
    return True, f"planted {name}: {said.splitlines()[0].partition(', ')[2]}; cut to {length}"


def main():
    names = sys.argv[1:]
    bugs = [bug for bug in BUGS if not names or bug[0] in names]
    OUT.mkdir(parents=True, exist_ok=True)
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        results = list(pool.map(try_bug, bugs))
    for _, line in results:
        print(line)
    passed = sum(1 for result, _ in results if result)
    print(f"planted in the simulation: {passed} passed, {len(results) - passed} failed")
    return 0 if results and passed == len(results) else 1


if __name__ == "__main__":
    sys.exit(main())
