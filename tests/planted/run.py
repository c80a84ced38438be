# SPDX-License-Identifier: MIT
"""Plants known bugs into copies of the buddy allocator, one at a time, and has each found.

    python3 tests/planted/run.py [--seed S] [NAME...]

A bug is a piece of text in a file, and what replaces it. A copy of kernel/ under build/planted/
gets the bug, and the test that must find it is built against it and run: the random one, those that
go through every state, those that flip every bit, or the compiler itself. Exit status 0
only if the unchanged copy passes each of them and every bug is found.
"""

import argparse
import re
import subprocess
import sys
from pathlib import Path

from planting import Failure, plant, try_all

OUT = Path("build/planted")
OPERATIONS = 1_000_000
LONGEST_SECONDS = 300
FIGURE = re.compile(r"\d+ (?:operations|flips)")

EXHAUSTIVE = [f"tests/exhaustive/{name}.cpp" for name in ("block_set", "one_zone", "broken_promise")]
CACHED = "kernel/mm/cached_buddies.cpp"
CORES = ["tests/exhaustive/cores_test.cpp", "tests/exhaustive/two_cores.cpp", *EXHAUSTIVE,
         CACHED, "kernel/mm/cached_check.cpp"]
# By the name of a finder: what it is built from, how, and the arguments it is run with. The compiler
# has found a bug if it refuses the source; there is nothing to run.
FINDERS = {
    "random": (["tests/random/random_test.cpp"], "-O2", ["--operations", str(OPERATIONS)]),
    "exhaustive": (["tests/exhaustive/exhaustive_test.cpp", *EXHAUSTIVE], "-O1", ["runs"]),
    "flips": (["tests/exhaustive/flips_test.cpp", *EXHAUSTIVE], "-O1", ["frames", "50"]),
    "cores": (CORES, "-O1", ["cores"]),
    "cache_flips": (CORES, "-O1", ["caches", "20"]),
    "more_cache_flips": (CORES, "-O1", ["more_caches", "200"]),
    "compiler": (["tests/constexpr/compile_time_test.cpp"], "-fsyntax-only", None),
}

# For each finder: name, file, old text (there exactly once), new text. Those for the random test are
# bugs that others have shipped.
BUGS = {"random": [
    # Buddies counted from the beginning of the span: large blocks are misaligned.
    ("buddies_counted_from_the_span", "kernel/mm/buddy_allocator.hpp",
     "return kernel::align_down(span.first.raw(), Order::of(Order::kMax).frame_count());",
     "return kernel::align_down(span.first.raw(), kRunFrames);"),
    # The last pair of each order never merges.
    ("last_pair_never_merges", "kernel/mm/run.hpp",
     "return blocks & blocks >> (1U << order) & kAligned[order + 1];",
     "return blocks & blocks >> (1U << order) & kAligned[order + 1] & kAll >> 1 >> ((2U << order) - 1);"),
    # What was rounded up for an exact count is not given back.
    ("tail_of_a_count_is_leaked", "kernel/mm/buddy_ranges.hpp",
     "if (!allocate_range(range)) {",
     "if (!allocate_range({*first, *first + std::bit_ceil(count)})) {"),
    # A frame that is free already can be freed again.
    ("double_free_is_accepted", "kernel/mm/buddy_blocks.hpp",
     "if ((frames.first() & bit) != 0) {",
     "if ((frames.first() & bit) != 0 || (frames.free() & bit) != 0) {"),
    # A run that has become free as a whole is still listed as one with single frames to give.
    ("whole_run_stays_listed", "kernel/mm/free_index.hpp",
     "if (to == kNowhere) {\n            clear(0, run);", "if (to == kNowhere) {"),
], "exhaustive": [
    # A free with a wrong order is refused, and counted all the same.
    ("refused_free_is_counted", "kernel/mm/buddy_blocks.hpp",
     "    return refused ? why",
     "    free_frames_ += refused && order.value() == 9 ? 1 : 0;\n    return refused ? why"),
    # Two free blocks of half the largest order are never joined.
    ("largest_block_never_forms", "kernel/mm/run_table.hpp",
     "kTopOfGroup = Order::kMax - kRunOrder;", "kTopOfGroup = Order::kMax - kRunOrder - 1;"),
], "flips": [
    # The count of reserved frames is not compared with the table.
    ("reserved_frames_are_not_counted", "kernel/mm/buddy_check.hpp",
     "reserved != reserved_frames_ || ", ""),
    # Runs that are lent are not counted.
    ("lent_runs_are_not_counted", "kernel/mm/buddy_check.hpp", "lent != lent_runs_ ||", ""),
], "cores": [
    # Who asks a core for what it keeps has nothing of what it has taken over.
    ("taken_over_and_not_counted", CACHED, "    ++mine.borrowed_;\n    return {};\n", "    return {};\n"),
    # Of a run that goes back whole what another core has freed is still counted as waiting.
    ("given_back_and_still_waiting", CACHED,
     "    mine.returned_blocks_ -= unit_set::count(returned);\n", ""),
    # A frame in the middle of a block is taken for one of another order.
    ("inside_is_another_order", CACHED,
     "start == first ? Error::WrongOrder", "start <= first ? Error::WrongOrder"),
], "cache_flips": [
    # What is noted twice is not compared.
    ("current_runs_are_not_proven", "kernel/mm/current_runs.hpp",
     "return free(order) == free_again_[order];", "return order < kOrders;"),
    # A core that has borrowed more than it says.
    ("borrowed_runs_are_not_counted", "kernel/mm/cached_check.cpp",
     "sums.runs == cache.borrowed_ &&", ""),
], "more_cache_flips": [
    # Damage says that the current run is far away: it is left there.
    ("left_wherever_it_is_said_to_be", CACHED,
     "    if (run >= lent_.count()) {\n        return;", "    if (run > ~std::uint64_t{0} / kRunFrames / 2) {\n        return;"),
], "compiler": [
    # A shift by all 64 bits for the last frame of a run: whatever the machine makes of it.
    ("shifts_by_64", "kernel/mm/run.hpp",
     "boundaries >> position >> 1 | end", "boundaries >> (position + 1) | end"),
]}


def compile_finder(copy, finder):
    """(True if it compiles, what the compiler said)"""
    sources, optimise, _ = FINDERS[finder]
    sources = [str(copy / source) if (copy / source).exists() else source for source in sources]
    command = ["g++", "-std=c++20", optimise, "-w", f"-I{copy}", "-I.", *sources, "-o", str(copy / finder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode == 0, done.stderr


def run(copy, finder, seed):
    """(found, what it said)"""
    arguments = FINDERS[finder][2] + (["--seed", str(seed)] if finder == "random" else [])
    try:
        done = subprocess.run([str(copy / finder), *arguments], capture_output=True, text=True,
                              check=False, timeout=LONGEST_SECONDS)
    except subprocess.TimeoutExpired:
        raise Failure(f"the {finder} test does not end") from None
    if done.returncode not in (0, 1):
        raise Failure(f"the {finder} test died with status {done.returncode}:\n{done.stdout}")
    return done.returncode == 1, done.stdout


def find(copy, finder, seed):
    """(found, in words how)"""
    compiles, said = compile_finder(copy, finder)
    if FINDERS[finder][2] is None:
        return not compiles, "the compiler"
    if not compiles:
        raise Failure("does not compile:\n" + said)
    found, said = run(copy, finder, seed)
    figures = FIGURE.findall(said)
    return found, f"{finder}, {figures[-1]}" if figures else finder


def try_bug(bug, seed):
    """(passed, what to print)"""
    name, finder, *change = bug
    copy = plant(OUT / name, *change, folders=("kernel",), leave_out=("*.cpp", "*.S"))
    found, how = find(copy, finder, seed)
    if not change[0]:
        return not found, f"FAILED by {how}" if found else f"passes ({how})"
    return found, f"found by {how}" if found else f"FAILED: not found by {how}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("names", nargs="*", metavar="NAME")
    arguments = parser.parse_args()
    bugs = [(name, finder, *change) for finder, bugs in BUGS.items()
            for name, *change in ((f"unchanged_{finder}", None), *bugs)]
    bugs = [bug for bug in bugs if not arguments.names or bug[0] in arguments.names]
    return try_all("planted", lambda bug: try_bug(bug, arguments.seed), bugs)


if __name__ == "__main__":
    sys.exit(main())
