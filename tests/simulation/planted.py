# SPDX-License-Identifier: MIT
"""Plants bugs into copies of kernel/mm, and has the simulation find each and cut it down.

    python3 tests/simulation/planted.py [NAME...]

A bug is a text in a file, and what replaces it. The simulation is built with the bug and run: it
must fail, its list of operations must be short, and done again it must fail with the bug and agree
without. Exit status 0 only if all that holds for every bug.
"""

import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(1, "tests/planted")
from planting import Failure, plant, try_all  # noqa: E402  (the path comes first)

OUT = Path("build/planted_simulation")
PROGRAM = "build/host/simulate"
OPERATIONS = "3000000"
LONGEST_SECONDS = 300
LONGEST_LIST = 200
LENGTH = re.compile(r"^(\d+) operations lead there", re.M)

# Name, file, old text (there exactly once), new text.
BUGS = [
    # Of two buddies that become free, the last of each order stay apart.
    ("last_pair_never_merges", "kernel/mm/run.hpp", "& kAligned[order + 1];",
     "& kAligned[order + 1] & kAll >> 1 >> ((2U << order) - 1);"),
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
     "            return Allocation{*frames, id};\n        }\n    }\n    return Error::OutOfMemory;",
     "            return Allocation{*frames, id};\n        }\n        break;\n    }\n"
     "    return Error::OutOfMemory;"),
]


def run(*command, statuses=(0,)):
    done = subprocess.run(command, capture_output=True, text=True, check=False,
                          timeout=LONGEST_SECONDS)
    if done.returncode not in statuses:
        raise Failure(f"{' '.join(command[:4])} ... ended with {done.returncode}:\n"
                      f"{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def build(name, file, old, new):
    """The simulation with the bug in it."""
    copy = plant(OUT / name, file, old, new, folders=("kernel", "tests/simulation"))
    sources = [*copy.glob("kernel/mm/*.cpp"), *copy.glob("tests/simulation/*.cpp")]
    program = str(copy / "simulate")
    run("g++", "-std=c++20", "-O1", "-w", f"-I{copy}", "-o", program, *map(str, sources))
    return program


def try_bug(bug):
    """(passed, what to print)"""
    keep = str(OUT / f"{bug[0]}.txt")
    program = build(*bug)
    said = run(program, "--operations", OPERATIONS, "--keep", keep, statuses=(1,))
    length = int(LENGTH.search(said)[1])
    if length > LONGEST_LIST:
        raise Failure(f"{length} operations are left")
    run(program, "--replay", keep, statuses=(1,))
    run(PROGRAM, "--replay", keep)
    return True, f"{said.splitlines()[0].partition(', ')[2]}; cut to {length}"


def main():
    names = sys.argv[1:]
    return try_all("planted in the simulation", try_bug,
                   [bug for bug in BUGS if not names or bug[0] in names])


if __name__ == "__main__":
    sys.exit(main())
