# SPDX-License-Identifier: MIT
"""Small and odd memories of a Pi: who has 512 MiB, and how RAM is split between cores and GPU."""

from support import (PI3_DOWNSTREAM, PI3_UPSTREAM, booted, expect, expect_equal, expect_failure,
                     expect_success, tree, zones)
from trees import board, started_with

MIB = 1 << 20
# How much a board has, and how much of it the GPU takes (QEMU's vcram-size; gpu_mem on a board): the
# least, what firmware takes by itself, and the most.
BOARDS = {"raspi3b": (1024, (64, 76, 128, 256, 512)), "raspi3ap": (512, (64, 76, 128, 256))}


def with_split(board, gpu, blob):
    """A machine whose GPU has so many MiB, with a loader's tree or without."""
    options = {"machine": board, "extra": ("-global", f"bcm2835-fb.vcram-size={gpu * MIB}")}
    return booted(**options, dtb=tree(blob)) if blob else booted(**options)


def check(machine, cores):
    """The map is that of so many MiB for the cores, all of it free but what is named."""
    regions = machine.json("memmap --json")["regions"]
    at = 0
    for region in regions:
        expect_equal(at, region["address"], f"where this region begins:\n{region}")
        at += region["frames"] * 4096
    expect_equal(cores * MIB, at, "where RAM ends")
    expect_equal(["firmware", "kernel image", "early zone metadata", "usable"],
                 [region["reason"] for region in regions], "who has what")
    found = zones(machine)
    free, frames = (sum(zone[part] for zone in found) for part in ("free", "frames"))
    expect_equal(cores * MIB >> 12, frames, "frames of both zones")
    expect(free >= 0.99 * frames, f"at least 99 % of {frames} frames are free, and {free} are")
    expect_success(machine, "verify")
    return 100 * free / frames


def check_each(blob):
    shares = []
    for board, (mebibytes, splits) in BOARDS.items():
        for gpu in splits:
            with with_split(board, gpu, blob) as machine:
                try:
                    shares.append(check(machine, mebibytes - gpu))
                except AssertionError as error:
                    raise AssertionError(f"{board} with {gpu} MiB for the GPU: {error}") from error
    return f"{len(shares)} splits, at least {min(shares):.2f} % free"


def test_the_firmware_says_what_is_left():
    return check_each(None)


def test_the_loaders_tree_says_what_is_left():
    return "; ".join(check_each(blob) for blob in (PI3_DOWNSTREAM, PI3_UPSTREAM))


def test_all_of_it_is_for_dma():
    """It all lies below 1 GiB, and begins at 0xc0000000 for the mailbox, whoever's the tree is."""
    for blob in (None, PI3_UPSTREAM):
        with with_split("raspi3ap", 64, blob) as machine:
            for address in (0x0070_0000, 0x1bff_f000):
                taken = expect_success(machine, f"alloc -d -@ 0x{address:x} 0")
                expect(taken.endswith(f" bus 0x{0xc000_0000 + address:x}\n"), taken)
            expect_failure(machine, "alloc -d -n 9999 10", "got 1")
            expect_failure(machine, "alloc -d 10", "-d takes only what is below 0x3f000000")
            expect_success(machine, "free all; verify")


def test_banks_of_any_place_and_length_are_served():
    """The early window ends at 0x08000000. What is no whole frame is nobody's."""
    banks = ((0x0000_0000, 0x0700_0000),  # Ends in the window.
             (0x0780_0000, 0x0100_0000),  # Lies on both sides of its end.
             (0x0900_0800, 0x1000_1000),  # Begins and ends in the middle of a frame.
             (0x1000_0000, 0x0800_0000),  # Lies in the one before.
             (0x2000_0100, 0x0000_0e00),  # Has no whole frame.
             (0x2000_1fff, 0x0000_1002),  # Has one, though it is hardly longer.
             (0x3000_0000, 0x0c00_0000))
    blob = board(memory=[number for bank in banks for number in bank]).end().blob()
    with started_with(blob) as machine:
        machine.wait_for_prompt()
        usable = [(region["address"], region["frames"] << 12)
                  for region in machine.json("memmap --json")["regions"]
                  if region["kind"] == "usable"]
        expect_equal([(0x0780_0000, 0x0100_0000), (0x0900_1000, 0x1000_0000),
                      (0x2000_2000, 0x1000), (0x3000_0000, 0x0c00_0000)], usable[1:],
                     "what is usable above the kernel")
        expect_equal(0x0700_0000, sum(usable[0]), "where the first bank ends")
        frames = sum(zone["frames"] for zone in zones(machine))
        expect_equal((0x0700_0000 + sum(bytes for _, bytes in usable[1:])) >> 12, frames, "frames")
        for address in (0x07ff_f000, 0x0800_0000, 0x1900_0000, 0x2000_2000, 0x3bff_f000):
            expect_success(machine, f"alloc -@ 0x{address:x} 0")
        for address in (0x0700_0000, 0x0900_0000, 0x1900_1000, 0x2000_0000, 0x2fff_f000):
            expect_failure(machine, f"alloc -@ 0x{address:x} 0", "not RAM")
        expect_success(machine, "free all; verify; mmu audit")
