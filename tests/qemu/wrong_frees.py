# SPDX-License-Identifier: MIT
"""Each wrong free that can be typed gets its own words and changes nothing, in both zones."""

import re

from support import booted, expect, expect_equal, expect_failure, expect_success, zones

BLOCK = re.compile(r"^(#\d+) (0x[0-9a-f]+)\.\.(0x[0-9a-f]+) ")


def take(machine, line):
    """(handle, first address, last address) of one block."""
    answer = expect_success(machine, line)
    match = BLOCK.match(answer)
    expect(match is not None, f"`{line}` must print a block, and printed:\n{answer}")
    return match[1], int(match[2], 16), int(match[3], 16)


def refused(machine, line, reason):
    """Types a wrong free; the state of every zone must be what it was, and verify must hold."""
    before = machine.command("buddyinfo --json"), zones(machine), machine.command("list --json")
    answer = expect_failure(machine, line, reason)
    after = machine.command("buddyinfo --json"), zones(machine), machine.command("list --json")
    expect_equal(before, after, f"the state after `{line}`")
    expect_success(machine, "verify")
    return answer


def region(machine, reason):
    """The first address of a reserved region, by the words memmap gives it."""
    for line in machine.command("memmap").splitlines():
        match = re.search(r"(0x[0-9a-f]+)\.\.(?:0x[0-9a-f]+)", line)
        if match and reason in line:
            return int(match[1], 16)
    raise AssertionError(f"memmap has no region `{reason}`")


def wrong_frees_in(zone):
    with booted() as machine:
        handle, first, last = take(machine, f"alloc -z {zone} 3")
        inside = refused(machine, f"free 0x{first + 0x1000:08x}", "inside an allocated block")
        expect(f"0x{first:08x}" in inside, f"the start of the block is named: {inside}")
        refused(machine, f"free 0x{last & ~0xfff:08x}", "inside an allocated block")
        refused(machine, f"free 0x{first + 1:08x}", "not a multiple of 4 KiB")
        refused(machine, f"free 0x{last:08x}", "not a multiple of 4 KiB")

        expect_success(machine, f"free {handle}")
        refused(machine, f"free 0x{first:08x}", "already free")
        refused(machine, f"free 0x{first + 0x1000:08x}", "already free")
        refused(machine, f"free {handle}", "")

        # Six frames are two blocks under one handle: the second is not a start of its own.
        handle, first, _ = take(machine, f"alloc -z {zone} 24K")
        refused(machine, f"free 0x{first + 0x4000:08x}", "inside")
        expect_success(machine, f"free 0x{first:08x}")
        refused(machine, f"free {handle}", "")
        expect_success(machine, "free all")


def test_in_the_early_zone():
    wrong_frees_in("early")


def test_in_the_late_zone():
    wrong_frees_in("late")


def test_of_what_was_never_handed_out():
    with booted() as machine:
        refused(machine, "free 0x0", "reserved")
        refused(machine, f"free 0x{region(machine, 'kernel image'):08x}", "reserved")
        refused(machine, "free 0x3f201000", "not RAM")
        refused(machine, "free 0x3c000000", "not RAM")
        refused(machine, "free 0x40000000", "not RAM")
        refused(machine, "free 0x100000000000", "not RAM")
        refused(machine, "free 0xfffffffffffff000", "not RAM")
        refused(machine, "free 0xffffffff80080000", "not RAM")


def test_of_what_somebody_else_owns():
    """Page tables and the heap have frames of the early zone, which the shell does not hold."""
    with booted() as machine:
        used = zones(machine)[0]["used"]
        expect(used > 0, "the kernel's own tables and heap are in the early zone")
        found = 0
        starts = [0x1000 * frame for frame in range(0x80, 0x480)]
        answers = machine.commands([f"frame --json 0x{start:08x}" for start in starts])
        for start, answer in zip(starts, answers):
            if '"allocated"' in answer and found < 20:
                found += 1
                refused(machine, f"free 0x{start:08x}", "")
        expect(found > 0, "there is a frame of the kernel's own among the first 4.5 MiB")
    return f"{found} frames of the kernel's own"


def test_by_wrong_handles_and_words():
    with booted() as machine:
        take(machine, "alloc 0")
        for word in ("#0", "#2", "#99999999999999999999", "#", "#x", "0x", "12z", "-1", "banana"):
            refused(machine, f"free {word}", "")
        refused(machine, "free -t nobody", "")
        refused(machine, "free", "")
        expect_success(machine, "free all")
        expect_success(machine, "free all")


def test_of_a_mapped_block():
    with booted() as machine:
        handle, first, _ = take(machine, "alloc -z late 2")
        expect_success(machine, f"mapva {handle}")
        refused(machine, f"free {handle}", "mapped")
        refused(machine, f"free 0x{first:08x}", "mapped")
        expect_success(machine, f"unmapva {handle}")
        expect_success(machine, f"free {handle}")


def test_of_several_names_the_one_that_is_wrong():
    with booted() as machine:
        one, _, _ = take(machine, "alloc 0")
        two, _, _ = take(machine, "alloc 0")
        answer = expect_failure(machine, f"free {one} #77 {two}")
        expect_equal(1, answer.count("error: #77:"), f"the wrong one is named in: {answer}")
        expect_success(machine, "free all")
        expect_equal([0, 0], [zone["cached"] for zone in zones(machine)], "cached frames")
