# SPDX-License-Identifier: MIT
"""Bits that flip in the target's RAM while it waits at the prompt: `verify` finds each one in the
allocators' metadata, and one in a free frame does no harm. The RAM is a file of ours."""

import random
import re

from support import SharedRam, expect, expect_equal, expect_success, failures

SEED = 1127
FLIPS_PER_ZONE = 100
FREE_FRAME_FLIPS = 1000
BITS_PER_FRAME = 2.14  # docs/memory.md, "What it costs"
PAGE = 4096
TABLE = 512 * PAGE  # What one table of pages maps.
HEAP = 0xffff_ffff_c000_0000


def metadata_of_early(machine):
    """Physical addresses of the words of the early zone's metadata."""
    match = re.search(r"^0x([0-9a-f]+)\.\..*early zone metadata$", machine.command("memmap"), re.M)
    expect(match is not None, "memmap names the early zone's metadata")
    return int(match[1], 16), "early"


def metadata_of_late(machine):
    """Those of the late zone: the first object in the heap is theirs."""
    window = machine.json("heap --json")["window"]
    tables = [table for table in range(HEAP, HEAP + window, TABLE)
              if "level 3" in machine.command(f"pagetable 0x{table:x}")]
    pages = [f"pagetable 0x{page:x}" for table in tables
             for page in range(table, table + TABLE, PAGE)]
    for answer in machine.commands(pages):
        match = re.search(r" leads to 0x([0-9a-f]+), ", answer, re.M)
        if match:
            return int(match[1], 16), "late"
    raise AssertionError("the heap has no page")


def bytes_of(machine, zone):
    """Of its metadata, at least: those of a zone of any size, what cores have and padding left out,
    and no more than the page that is known."""
    zones = machine.json("meminfo --json")["zones"]
    frames = next(found["frames"] for found in zones if found["name"] == zone)
    least = int(BITS_PER_FRAME * frames / 8) // 8 * 8
    return least if zone == "early" else min(least, PAGE)


def contents(machine):
    """Of each zone, wherever cores keep free frames."""
    return {zone["name"]: (zone["reserved"], zone["used"], zone["free"] + zone["cached"])
            for zone in machine.json("meminfo --json")["zones"]}


def flips_are_found(find):
    ram = SharedRam()
    generator = random.Random(SEED)
    with ram.boot() as machine:
        # Blocks of every kind, so that there is something to damage.
        for zone in ("early", "late"):
            machine.command(f"alloc -z {zone} -n 40 0; alloc -z {zone} 24K; alloc -z {zone} 5")
        machine.command("free #3 #7 #20 #50")
        before = contents(machine)
        at, zone = find(machine)
        size = bytes_of(machine, zone)
        for number in range(FLIPS_PER_ZONE):
            place, bit = at + generator.randrange(size), 1 << generator.randrange(8)
            ram.bytes[place] ^= bit
            said = failures(machine.command("verify"))
            ram.bytes[place] ^= bit
            expect_equal([f"error: {zone}: the allocator's own records are damaged"], said,
                         f"flip {number}: bit 0x{bit:02x} of 0x{place:08x}")
        expect_success(machine, "verify")
        expect_equal(before, contents(machine), "the zones with all flipped back")
    return f"{FLIPS_PER_ZONE} of {FLIPS_PER_ZONE} flips in {size} bytes of {zone} metadata found"


def test_in_the_metadata_of_the_early_zone_are_found():
    return flips_are_found(metadata_of_early)


def test_in_the_metadata_of_the_late_zone_are_found():
    return flips_are_found(metadata_of_late)


def test_in_free_frames_do_no_harm():
    ram = SharedRam()
    generator = random.Random(SEED)
    with ram.boot() as machine:
        before = machine.json("meminfo --json")
        free = [range(0x0040_0000, 0x0800_0000), range(0x0800_0000, 0x3c00_0000)]
        for _ in range(FREE_FRAME_FLIPS):
            place = generator.choice(generator.choice(free))
            ram.bytes[place] ^= 1 << generator.randrange(8)
        seen = machine.command(f"peek -p -b 0x{place:x}")
        expect(f"{ram.bytes[place]:02x}" in seen, f"the target sees the last flip: {seen}")
        for line in ("verify", "mmu audit", "selftest", "selftest soak 2000", "alloc -n 200 0",
                     "free all"):
            expect_success(machine, line)
        expect_equal(before, machine.json("meminfo --json"), "meminfo afterwards")
    return f"{FREE_FRAME_FLIPS} flips in free frames"
