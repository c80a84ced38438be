# SPDX-License-Identifier: MIT
"""Bits that flip in freed frames, and writes that go astray there, are found before anybody gets the
frame; RAM that does not keep what is written to it is found by `memtest`. The RAM is a file of ours."""

import random
import re

from support import (PI3_UPSTREAM, SharedRam, booted, everyday_or, expect, expect_equal,
                     expect_success, interrupted, tree, zones)

SEED = 1127
FLIPS = everyday_or(100, 1000)
FLIPS_AT_A_TIME = 50
PAGE = 4096
BLOCK = re.compile(r"^#(\d+) 0x([0-9a-f]+)\.\.0x([0-9a-f]+) ", re.M)
FLIPPED = re.compile(r"^poison: frame 0x([0-9a-f]+) is retired: bit (\d) of 0x([0-9a-f]+) flipped, "
                     r"last owner #(\d+) \[(\w+)\]$", re.M)


def take(machine, zone, tag):
    """Blocks of several orders, and exact counts. {frame: handle}, and what was printed."""
    answer = "".join(machine.command(f"alloc -z {zone} -t {tag} {what}")
                     for what in ("-n 60 0", "-n 10 3", "-n 5 24K", "5"))
    owners = {frame: int(handle) for handle, first, last in BLOCK.findall(answer)
              for frame in range(int(first, 16), int(last, 16), PAGE)}
    return owners, answer


def flip_some(ram, generator, frames):
    """Flips one bit in each of some frames. {(frame, address, bit)}"""
    flips = set()
    for frame in generator.sample(sorted(frames), FLIPS_AT_A_TIME):
        address, bit = frame + generator.randrange(PAGE), generator.randrange(8)
        ram.bytes[address] ^= 1 << bit
        flips.add((frame, address, bit))
    return flips


def caught_in(text, owners, tag):
    """The flips that are reported, each with the owner that the frame had."""
    found = set()
    for frame, bit, address, handle, named in FLIPPED.findall(text):
        expect_equal((owners[int(frame, 16)], tag), (int(handle), named), f"owner of 0x{frame}")
        found.add((int(frame, 16), int(address, 16), int(bit)))
    return found


def flips_are_caught(zone):
    ram = SharedRam()
    generator = random.Random(SEED)
    rounds = FLIPS // 2 // FLIPS_AT_A_TIME
    with ram.boot() as machine:
        expect_success(machine, "poison on")
        for number in range(rounds):
            owners, _ = take(machine, zone, f"first{number}")
            expect_success(machine, "free all")
            flips = flip_some(ram, generator, owners)
            held, answer = take(machine, zone, "next")
            # What nobody got by himself is asked for by name.
            answer += "".join(machine.commands([f"alloc -@ 0x{frame:x} 0" for frame, _, _ in flips
                                                if frame not in caught_frames(answer)]))
            expect_equal(flips, caught_in(answer, owners, f"first{number}"), "what is caught")
            expect(not held.keys() & caught_frames(answer), "nobody holds a damaged frame")
            expect_success(machine, "free all")
            expect_success(machine, "verify")
            zones(machine)
        retired = [region for region in machine.json("memmap --json")["regions"]
                   if region["reason"] == "bad: poison"]
        expect_equal(rounds * FLIPS_AT_A_TIME, sum(region["frames"] for region in retired),
                     "frames that memmap lists as retired")
        expect_success(machine, "poison off")
        expect_success(machine, "verify")
    return f"{rounds * FLIPS_AT_A_TIME} of {rounds * FLIPS_AT_A_TIME} flips in {zone} frames caught"


def caught_frames(text):
    return {int(match[0], 16) for match in FLIPPED.findall(text)}


def test_of_flips_in_early_frames():
    return flips_are_caught("early")


def test_of_flips_in_late_frames():
    return flips_are_caught("late")


def test_tells_a_stray_write_and_names_page_tables():
    ram = SharedRam()
    with ram.boot() as machine:
        expect_success(machine, "poison on; alloc -@ 0x20000000 4K; free #1")
        ram.bytes[0x2000_0ff0:0x2000_1000] = b"written too late"
        answer = machine.command("alloc -@ 0x20000000 4K")
        expect("poison: frame 0x20000000 is retired: 16 bytes written in 0x20000ff0..0x20000fff, "
               "last owner #1\n" in answer, f"it is told from a flip:\n{answer}")
        # The pages of a late block need a table of their own, in an early frame.
        answer = expect_success(machine, "alloc -z late 3; mapva #2")
        page = re.search(r" at (0x[0-9a-f]+)$", answer, re.M)[1]
        table = int(re.search(r"level 3 table 0x([0-9a-f]+)",
                              machine.command(f"pagetable {page}"))[1], 16)
        expect_success(machine, "unmapva #2")
        ram.bytes[table + 9] ^= 0x80
        answer = expect_success(machine, "mapva #2")
        expect(f"poison: frame 0x{table:08x} is retired: bit 7 of 0x{table + 9:08x} flipped, "
               "last owner the kernel: page tables\n" in answer, f"the kernel is told too:\n{answer}")
        expect_success(machine, "verify")


def test_as_boot_arguments():
    arguments = "quiet poison memtest=0x10000000+128K badram=0x10010000 memtests"
    with booted(dtb=tree(PI3_UPSTREAM), append=arguments) as machine:
        expect("poison is on" in machine.boot_text, "poison is on before the first command")
        expect("\n124 KiB tested in " in machine.boot_text.replace("\r", "\n"),
               f"all but the bad frame is tested: {machine.boot_text}")
        expect("31 frames filled" in machine.command("poison"), "what was tested is filled")
        return machine.boot_text.splitlines()[-1]


def test_of_memtest_and_of_the_boot_that_knows_its_result():
    """A bit that somebody flips again and again is as bad as one that sticks."""
    ram = SharedRam()
    with ram.boot() as machine:
        before = zones(machine)[1]["reserved"]
        machine.send("memtest 0x10000000+1M\r")
        said = ""
        while "is retired" not in said:
            ram.bytes[0x1002_3456] ^= 0x20
            said += machine.read_for(0.02)
        said += machine.wait_for_prompt(timeout=120)
        expect("error: memtest: this RAM does not keep what is written to it" in said,
               f"the outcome is a failure:\n{said}")
        expect("of 0x10023450 are bad: frame 0x10023000 is retired" in said, f"named:\n{said}")
        bad_ram = re.search(r"badram=\S+", said)[0]
        expect_equal("badram=0x10023000", bad_ram, "for the next boot")
        expect_equal(before + 1, zones(machine)[1]["reserved"], "reserved frames")
        expect("reserved: bad: memtest" in machine.command("frame 0x10023000"), "frame says why")
        expect_success(machine, "verify")
    with booted(dtb=tree(PI3_UPSTREAM), append=bad_ram) as machine:
        expect("reserved: bad: badram=" in machine.command("frame 0x10023000"), "and the next boot")


def test_of_memtest_stops_at_ctrl_c():
    with booted() as machine:
        before = machine.json("meminfo --json")
        answer = interrupted(machine, "memtest late", 0.5)
        expect("error: memtest: stopped by Ctrl-C" in answer, f"it stops:\n{answer}")
        expect_equal(before, machine.json("meminfo --json"), "all is given back")
        expect_success(machine, "verify")
