# SPDX-License-Identifier: MIT
"""Every way into the kernel that QEMU knows ends at the prompt, with all of the RAM accounted for."""

import re
import struct
import tempfile
from pathlib import Path

from gdb_stub import PC, GdbStub
from qemu import DEFAULT_KERNEL, Qemu
from support import (ELF, PI3_DOWNSTREAM, PI3_UPSTREAM, booted, expect, expect_equal,
                     expect_failure, expect_success, symbol, tree, zones)

ENTRY = 0x80000
EARLY_WINDOW = 0xffff_ffff_8000_0000
PI3_FRAMES = 245_760  # 960 MiB; the GPU has the rest of the GiB.
PI3A_FRAMES = 114_688  # 448 MiB.
LEAST_FRAMES = 16_384  # 64 MiB.


def accounted(machine, frames=PI3_FRAMES):
    """Checks the sums, the share that is free and the allocators' own proof."""
    found = zones(machine)
    free = sum(zone["free"] for zone in found)
    expect_equal(frames, sum(zone["frames"] for zone in found), "frames of both zones")
    expect(free >= 0.99 * frames, f"at least 99 % of the frames are free, and {free} are")
    expect_success(machine, "verify")
    return f"{free} of {frames} frames are free: {100 * free / frames:.2f} %"


def test_without_a_tree():
    with booted() as machine:
        return accounted(machine)


def test_with_the_downstream_tree():
    with booted(dtb=tree(PI3_DOWNSTREAM)) as machine:
        return accounted(machine)


def test_with_the_upstream_tree():
    with booted(dtb=tree(PI3_UPSTREAM)) as machine:
        return accounted(machine)


def test_on_the_board_with_half_the_memory():
    with booted(machine="raspi3ap") as machine:
        return accounted(machine, PI3A_FRAMES)


def test_at_el3_with_all_cores_at_once():
    """QEMU starts an ELF file so, with x0 = 0 and no firmware below it."""
    with booted(kernel=ELF) as machine:
        return accounted(machine)


def test_loaded_elsewhere():
    """With a text_offset of 0 QEMU loads the image at 2 MiB; it must move itself."""
    image = bytearray(Path(DEFAULT_KERNEL).read_bytes())
    expect_equal((ENTRY,), struct.unpack_from("<Q", image, 8), "text_offset in the header")
    struct.pack_into("<Q", image, 8, 0)
    with tempfile.NamedTemporaryFile(suffix=".img") as file:
        file.write(image)
        file.flush()
        with booted(kernel=file.name) as machine:
            return accounted(machine)


def test_by_another_core_where_core_0_never_comes():
    """Shared interrupts, the serial line's among them, must come to the core that boots."""
    with Qemu(kernel=ELF, gdb=True, paused=True) as machine:
        stub = GdbStub(machine)
        stub.set_register(PC, symbol("stop_here") - EARLY_WINDOW)
        stub.let_go()
        machine.wait_for_prompt()
        expect("pl011" in machine.command("irq"), "the line interrupts")
        return accounted(machine)


def test_where_the_firmware_is_mute():
    """A built-in tree that names no mailbox: then only what every Pi has is used."""
    image = Path(DEFAULT_KERNEL).read_bytes()
    for start in [match.start() for match in re.finditer(b"\xd0\x0d\xfe\xed", image)]:
        end = start + struct.unpack_from(">I", image, start + 4)[0]
        blob = image[start:end].replace(b"brcm,bcm2835-mbox", b"brcm,bcm2835-mute")
        image = image[:start] + blob + image[end:]
    with tempfile.NamedTemporaryFile(suffix=".img") as file:
        file.write(image)
        file.flush()
        with booted(kernel=file.name) as machine:
            expect("only what every Pi has" in machine.boot_text, "a line says so")
            expect_equal(LEAST_FRAMES, sum(zone["frames"] for zone in zones(machine)), "frames")
            expect_success(machine, "verify")


def test_with_an_initrd_which_is_reserved():
    with tempfile.NamedTemporaryFile(suffix=".cpio") as file:
        file.write(b"beryl" * 100_000)
        file.flush()
        with booted(initrd=file.name, dtb=tree(PI3_UPSTREAM)) as machine:
            expect("initrd" in machine.command("memmap"), "memmap shows the initrd")
            return accounted(machine)


def entered_with(x0, *options):
    """Boots with a value of ours in x0, whatever the firmware had put there."""
    with Qemu(gdb=True, paused=True, extra=options) as machine:
        stub = GdbStub(machine)
        stub.run_to(ENTRY)
        stub.set_register(0, x0)
        stub.let_go()
        machine.wait_for_prompt()
        return accounted(machine)


def test_with_rubbish_in_x0():
    """None, unaligned, in the kernel, at the end of RAM, beyond it, in devices, all ones."""
    for x0 in (0, 0x3, 0x80001, 0x80000, 0x3bfffff8, 0x3c000000, 0x3f201000, 0x40000000,
               0x7fff_ffff_ffff_fff8, 0xffff_ffff_ffff_ffff):
        entered_with(x0)


def test_with_bad_ram_which_is_reserved():
    arguments = "console=ttyAMA0 badram=0x10000000,0x00800000-0x00801fff,0x20000fff+2,banana quiet"
    with booted(dtb=tree(PI3_UPSTREAM), append=arguments) as machine:
        expect("bootargs badram=banana: not a range; passed over\n" in machine.boot_text,
               "the boot names what it cannot read")
        regions = [(region["address"], region["frames"])
                   for region in machine.json("memmap --json")["regions"]
                   if region["reason"] == "bad: badram="]
        expect_equal([(0x0080_0000, 2), (0x1000_0000, 1), (0x2000_0000, 2)], regions, "bad regions")
        expect_failure(machine, "alloc -@ 0x10000000 0", "0x10000000 is kept for: bad: badram=")
        expect("frame 0x20001000 reserved: bad: badram=" in machine.command("frame 0x20001234"),
               "frame says why")
        return accounted(machine)
