# SPDX-License-Identifier: MIT
"""Small and odd memories of a Pi: who has 512 MiB, and how RAM is split between cores and GPU."""

from support import (PI3_DOWNSTREAM, PI3_UPSTREAM, booted, expect, expect_equal, expect_failure,
                     expect_success, tree, zones)

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
