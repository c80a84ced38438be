# SPDX-License-Identifier: MIT
"""Plants each bug that others have shipped, and has the test find it that is named after it.

    python3 tests/planted/lessons.py [NAME...]

A bug is a piece of text in a file, and what replaces it. A copy of that file under build/lessons/
gets the bug; it, what is compiled together with it, and the test are compiled, the rest is what `make
test` has built. Prints `planted NAME: found by TEST`. Exit status 0 only if every test passes without its bug and fails with it.
docs/testing.md lists the bugs with their tests.
"""

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

from planting import Failure, plant, try_all

OUT = Path("build/lessons")
HOST = Path("build/host")
PARTS = OUT / "parts.a"
FLAGS = ["-std=c++20", "-O0", "-w", "-D_GLIBCXX_ASSERTIONS", "-fsanitize=address,undefined",
         "-fno-sanitize-recover=all"]
LIBRARIES = ["-lCppUTestExt", "-lCppUTest", "-lfdt"]
SUMMARY = re.compile(r"^(?:OK|Errors) \((?:(\d+) failures, )?\d+ tests, (\d+) ran", re.M)
LONGEST_SECONDS = 120
JUMBO = Path("build/jumbo")

BUDDY = "tests/mm/buddy_lessons_test.cpp"
MAPPING = "tests/mm/mapping_lessons_test.cpp"
BOARD = "tests/board_lessons_test.cpp"
ARGUMENTS = "tests/shell/argument_lessons_test.cpp"

# Name, the test's file and name, the file with the bug, old text (there exactly once), new text.
BUGS = [
    ("buddies_counted_from_the_region", BUDDY,
     "BlocksAreAlignedInPhysicalSpaceWhereverTheSpanBegins", "kernel/mm/buddy_allocator.hpp",
     "return kernel::align_down(span.first.raw(), Order::of(Order::kMax).frame_count());",
     "return kernel::align_down(span.first.raw(), kRunFrames);"),
    ("padding_is_free", BUDDY, "PaddingAroundTheSpanIsNeitherFreeNorGiven",
     "kernel/mm/buddy_ranges.hpp", "    give(range);\n    reserved_frames_ -= range.count();",
     "    give({range.first, FrameNumber{kernel::align_up(range.end.raw(), kRunFrames)}});\n"
     "    reserved_frames_ -= range.count();"),
    ("last_megabyte_never_merges", BUDDY, "TheLastMegabyteMergesInASpanThatIsNoPowerOfTwo",
     "kernel/mm/buddy_blocks.hpp", "if (after.free() == unit_set::kAll && ",
     "if (after.free() == unit_set::kAll && part.number + 1 != place_of(span_.end) / kRunFrames && "),
    ("metadata_subtracted_from_the_span", BUDDY, "MetadataIsTakenFromNoFrameOfTheSpan",
     "kernel/mm/buddy_ranges.hpp", "    give(range);\n    reserved_frames_ -= range.count();",
     "    give({range.first + 1, range.end});\n    reserved_frames_ -= range.count() - 1;"),
    ("merges_with_a_neighbour", BUDDY, "AFreedBlockMergesWithItsBuddyAndWithNobodyElse",
     "kernel/mm/run.hpp", "return blocks & blocks >> (1U << order) &",
     "return blocks & (blocks >> (1U << order) | blocks << (1U << order)) &"),
    ("double_free_is_accepted", BUDDY, "ADoubleFreeNeverGivesOneBlockToTwo",
     "kernel/mm/buddy_blocks.hpp",
     "    if (!is_aligned(place, order) || !unit_set::is_block(before, bit, block)) {\n"
     "        return MaybeFrame{first};\n    }\n    count_freed(order);\n    // If all",
     "    if (inspect(first).kind != FrameKind::Free &&\n"
     "        (!is_aligned(place, order) || !unit_set::is_block(before, bit, block))) {\n"
     "        return MaybeFrame{first};\n    }\n    count_freed(order);\n    // If all"),
    ("frees_what_has_merged", BUDDY, "WhatHasMergedIsNotFreedAgainUnderAnyOrder",
     "kernel/mm/buddy_blocks.hpp", "    return refused ? why",
     "    FrameState const at = inspect(first);\n"
     "    return refused && (at.kind != FrameKind::Free || at.block.first == first) ? why"),
    ("hidden_until_4096_frames_are_taken", BUDDY, "TenThousandFramesAreGivenOnceEachAndComeBack",
     "kernel/mm/bit_tree.hpp", "index * 64 + static_cast<unsigned>(std::countr_zero(word));",
     "static_cast<unsigned>(std::countr_zero(word));"),
    ("reads_a_block_after_it_was_unlinked", BUDDY, "AMergeOverAllOrdersLeavesNothingBehind",
     "kernel/mm/buddy_blocks.hpp", "    table_.note_frames(run, States{});\n", ""),
    ("tail_of_a_count_is_leaked", BUDDY, "NoSizeIsLostOnItsWayBack", "kernel/mm/buddy_ranges.hpp",
     "if (!allocate_range(range)) {",
     "if (!allocate_range({*first, *first + std::bit_ceil(count)})) {"),
    ("large_blocks_are_lost_when_freed", BUDDY, "NoSizeIsLostOnItsWayBack",
     "kernel/mm/buddy_ranges.hpp", "            give_runs(part);",
     "            if (unit_set::count(part.units) < 8) {\n                give_runs(part);\n            }"),
    ("counter_only_rises", BUDDY, "CountersFallAgainAndAFailureLeavesThemAlone",
     "kernel/mm/buddy_blocks.hpp",
     "    free_frames_ += order.frame_count();\n    --allocated_blocks_;",
     "    free_frames_ += order.frame_count();"),
    ("counter_falls_on_failure", BUDDY, "CountersFallAgainAndAFailureLeavesThemAlone",
     "kernel/mm/buddy_blocks.hpp", "constexpr kernel::Result<void> BuddyAllocator::free("
     "FrameNumber first, Order order) {",
     "constexpr kernel::Result<void> BuddyAllocator::free(FrameNumber first, Order order) {\n"
     "    free_frames_ -= order.frame_count();"),
    ("virtual_range_freed_after_it_merged", MAPPING,
     "AVirtualRangeThatHasMergedIsNotFreedAgain", "kernel/mm/virtual_space.cpp",
     "        return kind == FrameKind::Reserved ? Error::Reserved : Error::AlreadyFree;",
     "        return kind == FrameKind::Reserved ? Result<void>{Error::Reserved} : Result<void>{};"),
    ("unmap_clears_rights_of_shared_tables", MAPPING,
     "UnmappingAPageLeavesTheRightsOfItsNeighboursAlone", "kernel/mm/table_cursor.hpp",
     "            store(slot, Descriptor::invalid().raw());\n        }",
     "            store(slot, Descriptor::invalid().raw());\n        }\n"
     "        if (depth_ == 2) {\n            --depth_;\n"
     "            store(slot(), descriptor().raw() | std::uint64_t{1} << 59);\n"
     "            ++depth_;\n        }"),
    ("ram_and_devices_mapped_as_one", MAPPING, "NoPhysicalPageIsMappedWithTwoMemoryTypes",
     "kernel/mm/window_map.cpp", "if (pending.end == range.begin) {", "if (!pending.empty()) {"),
    ("memory_by_its_name", BOARD, "MemoryIsFoundWhateverItsNodeIsCalled",
     "kernel/board_reader.cpp",
     'if (depth_ != 2 || first_string(node_[DeviceType]) != "memory") {',
     'if (depth_ != 2 || name_ != "memory") {'),
    ("reg_of_16_bytes", BOARD, "RegIsReadInTheCellsThatTheRootCounts",
     "kernel/device_tree_bus.cpp", "    Bus const& parent = bus(depth - 1);",
     "    Bus parent = bus(depth - 1);\n    parent.address_cells = parent.size_cells = 2;"),
    ("only_the_first_bank", BOARD, "MoreThanFourGibibytesComeTogetherFromSizesOfOneCell",
     "kernel/board_reader.cpp",
     "            return;  // What is not noted is not used.\n        }\n        ++index;",
     "            return;  // What is not noted is not used.\n        }\n        return;"),
    ("mailbox_knows_all_ram", BOARD, "OfAPi4TheMailboxKnowsOnlyWhatLiesBelowOneGibibyte",
     "kernel/mm/board_memory.cpp", "map.clip_below(kFirmwareCeiling, ",
     "map.clip_below(PhysAddr{MemoryMap::kPhysicalEnd}, "),
    ("one_argument_too_few", ARGUMENTS, "NoCommandReadsAnArgumentThatIsNotThere",
     "shell/dispatch.cpp", "count >= arity.least &&", "count + 1 >= arity.least &&"),
    ("one_argument_too_many", ARGUMENTS,
     "TooFewAndTooManyArgumentsAreRefusedBeforeTheCommandRuns", "shell/dispatch.cpp",
     "count <= arity.most ||", "count <= arity.most + 1u ||"),
]


def run(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False,
                          timeout=LONGEST_SECONDS, errors="replace")
    return done.returncode, done.stdout + done.stderr


def must(command):
    status, output = run(command)
    if status != 0:
        raise Failure(f"`{' '.join(command)}` failed:\n{output[-3000:]}")


def collect_parts():
    """All that `make test` has built but the tests, of which each bug brings its own."""
    OUT.mkdir(parents=True, exist_ok=True)
    objects = [str(HOST / f"{path}.o") for path in JUMBO.glob("*.cpp")
               if not re.match(r"tests_\d", path.name)]
    objects += [str(HOST / f"{path}.o") for path in ("boot/builtin_trees.S", "tests/support/broken_promise.cpp")]
    PARTS.unlink(missing_ok=True)
    must(["ar", "rcs", str(PARTS), *objects])


def together_with(source):
    """The file that includes it."""
    return next(str(path) for path in JUMBO.glob("*.cpp") if f'"{source}"' in path.read_text())


def build(name, test_file, file, old, new):
    """The test's program, with the bug in it."""
    copy = plant(OUT / name, file, old, new)
    changed = [together_with(file)] if file.endswith(".cpp") else []
    # What includes a changed header, and is not the test itself.
    if file == "kernel/mm/table_cursor.hpp":
        changed = [together_with("kernel/mm/page_table.cpp")]
    program = copy / "test"
    must(["g++", *FLAGS, f"-I{copy}", "-I.", test_file, *changed, "tests/main.cpp", str(PARTS),
          "-o", str(program), *LIBRARIES])
    return program


def outcome(program, test):
    """(passed, failed) of that one test. A program that dies has failed."""
    status, output = run([str(program), "-sn", test])
    summary = SUMMARY.search(output)
    if summary and summary[2] != "1":
        raise Failure(f"{summary[2]} tests are called {test}")
    return status == 0


def try_bug(bug):
    """(passed, what to print)"""
    name, test_file, test, *change = bug
    if not outcome(HOST / "unit_tests", test):
        raise Failure(f"{test} fails without the bug")
    if outcome(build(name, test_file, *change), test):
        raise Failure(f"{test} passes with the bug")
    return True, f"found by {test}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*", metavar="NAME")
    names = parser.parse_args().names
    os.environ["ASAN_OPTIONS"] = "detect_leaks=0"  # A test that fails leaves things behind.
    try:
        collect_parts()
    except Failure as failure:
        print(failure)
        return 1
    return try_all("lessons", try_bug, [bug for bug in BUGS if not names or bug[0] in names])


if __name__ == "__main__":
    sys.exit(main())
