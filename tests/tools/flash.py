# SPDX-License-Identifier: MIT
"""`make flash` writes to no disk but one that can be taken out and that nobody uses."""

import importlib.util
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path

from removable import Linux, Refused, candidates, examine
from support import expect, expect_equal

# This file has the same name as the tool.
_specification = importlib.util.spec_from_file_location("flash_tool", "tools/flash.py")
flash = importlib.util.module_from_spec(_specification)
_specification.loader.exec_module(flash)

USB = "pci0000:00/0000:00:14.0/usb2/2-1/2-1:1.0/host4/target4:0:0/4:0:0:0"
SATA = "pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0"
READER = "pci0000:00/0000:00:1c.0/rtsx_pci_sdmmc.0/mmc_host/mmc0/mmc0:aaaa"
SOLDERED = "platform/fe340000.mmc/mmc_host/mmc1/mmc1:0001"
GIB = 1 << 30


def add_disk(root, where, name, number="8:16", gib=32, parts=0, device=None, **flags):
    """A disk as sysfs shows it, with `parts` partitions."""
    folder = Path(root, "devices", where, "block", name)
    files = {"dev": number, "size": gib * GIB // 512, "ro": 0, "removable": 0, **flags,
             **{f"device/{key}": value for key, value in (device or {}).items()}}
    for file, text in files.items():
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text}\n")
    separator = "p" if name[-1].isdigit() else ""
    major, minor = map(int, number.split(":"))
    names = [name, *(f"{name}{separator}{part}" for part in range(1, parts + 1))]
    for part, part_name in enumerate(names[1:], 1):
        (folder / part_name / "holders").mkdir(parents=True)
        (folder / part_name / "partition").write_text(f"{part}\n")
        (folder / part_name / "dev").write_text(f"{major}:{minor + part}\n")
    entries = Path(root, "class", "block")
    entries.mkdir(parents=True, exist_ok=True)
    for each in names:
        target = folder if each == name else folder / each
        (entries / each).symlink_to(os.path.relpath(target, entries))
    return folder


@contextmanager
def linux(mounts=(), swaps=""):
    """A machine without disks; `mounts` are (number, source, where)."""
    lines = "".join(f"36 27 {number} / {where} rw,relatime shared:1 - ext4 {source} rw\n"
                    for number, source, where in mounts)
    with tempfile.TemporaryDirectory() as root:
        Path(root, "class", "block").mkdir(parents=True)
        yield Linux(Path(root), lines, f"Filename Type Size Used Priority\n{swaps}")


def expect_refused(machine, name, why, least_bytes=GIB):
    try:
        disk = examine(name, least_bytes, machine)
    except Refused as refusal:
        expect(why in str(refusal), f"{name} is refused because `{why}`, not: {refusal}")
        return
    raise AssertionError(f"{disk} would be overwritten")


def test_a_card_in_a_usb_reader_is_taken_and_shown():
    with linux([("8:1", "/dev/sda1", "/")]) as machine:
        add_disk(machine.sysfs, SATA, "sda", "8:0", parts=1)
        add_disk(machine.sysfs, USB, "sdb", parts=2, removable=1,
                 device={"vendor": "Generic ", "model": "MassStorageClass", "type": 0})
        disk = examine("sdb", GIB, machine)
        expect_equal("/dev/sdb: Generic MassStorageClass, 34.4 GB", str(disk), "what is shown")
        expect_equal([disk], candidates(GIB, machine), "the disks that may be overwritten")


def test_a_card_in_a_built_in_reader_is_taken_though_its_flag_is_0():
    with linux() as machine:
        add_disk(machine.sysfs, READER, "mmcblk0", "179:0", parts=2,
                 device={"type": "SD", "name": "SC32G"})
        expect_equal("/dev/mmcblk0: SC32G, 34.4 GB", str(examine("mmcblk0", GIB, machine)), "shown")
        expect_refused(machine, "mmcblk0p1", "that is /dev/mmcblk0")


def test_built_in_disks_are_refused():
    with linux() as machine:
        add_disk(machine.sysfs, SATA, "sda", "8:0", device={"type": 0})
        add_disk(machine.sysfs, "pci0000:00/0000:01:00.0/nvme/nvme0", "nvme0n1", "259:0")
        add_disk(machine.sysfs, SOLDERED, "mmcblk1", "179:8", device={"type": "MMC"})
        add_disk(machine.sysfs, USB, "sdc", "8:32", device={"type": 0})
        add_disk(machine.sysfs, "virtual", "loop0", "7:0", removable=1)
        add_disk(machine.sysfs, "virtual", "dm-0", "254:0")
        add_disk(machine.sysfs, f"{SATA}/cd", "sr0", "11:0", removable=1, device={"type": 5})
        for name, why in (("sda", "a built-in disk"), ("nvme0n1", "a built-in disk"),
                          ("mmcblk1", "soldered"), ("sdc", "says of itself that it is built in"),
                          ("loop0", "made by this system"), ("dm-0", "made by this system"),
                          ("sr0", "not a disk"), ("sdz", "the kernel knows no such disk")):
            expect_refused(machine, name, why)
        expect_equal([], candidates(GIB, machine), "the disks that may be overwritten")


def test_what_is_in_use_is_refused():
    mounts = [("8:17", "/dev/sdb1", "/media/my\\040card"), ("0:43", "/dev/sdc2", "/mnt/btrfs"),
              ("179:2", "/dev/root", "/"), ("179:1", "/dev/mmcblk0p1", "/boot/firmware")]
    with linux(mounts, "/dev/sdd1 partition 1 0 -2\n") as machine:
        for name, number in (("sdb", "8:16"), ("sdc", "8:32"), ("sdd", "8:48"), ("sde", "8:64")):
            folder = add_disk(machine.sysfs, f"{USB}/{name}", name, number, parts=2, removable=1)
        (folder / "sde2" / "holders" / "dm-0").mkdir()
        add_disk(machine.sysfs, READER, "mmcblk0", "179:0", parts=2, device={"type": "SD"})
        for name, why in (("sdb", "/dev/sdb1 is mounted on /media/my card"),
                          ("sdc", "/dev/sdc2 is mounted on /mnt/btrfs"),
                          ("sdd", "/dev/sdd1 is used as swap"),
                          ("sde", "/dev/sde2 is part of dm-0"),
                          ("mmcblk0", "/dev/mmcblk0p2 is mounted on /: this system runs from it"),
                          ("mmcblk0", "mounted on /boot/firmware: this system runs from it")):
            expect_refused(machine, name, why)


def test_a_partition_and_what_cannot_hold_the_image_are_refused():
    with linux() as machine:
        add_disk(machine.sysfs, f"{USB}/b", "sdb", "8:16", parts=1, removable=1)
        add_disk(machine.sysfs, f"{USB}/c", "sdc", "8:32", gib=0, removable=1)
        add_disk(machine.sysfs, f"{USB}/d", "sdd", "8:48", removable=1, ro=1)
        expect_refused(machine, "sdb1", "that is /dev/sdb")
        expect_refused(machine, "sdc", "there is no card in it")
        expect_refused(machine, "sdd", "write-protected")
        expect_refused(machine, "sdb", "the image has", least_bytes=32 * GIB + 1)
        expect_equal(32 * GIB, examine("sdb", 32 * GIB, machine).bytes, "one that just fits")


def test_only_a_disk_is_looked_at():
    for path, why in (("README.md", "no disk"), ("build", "no disk"), ("/dev/null", "no disk"),
                      ("/dev/there-is-none", "no such file")):
        try:
            raise AssertionError(f"{path} is taken for {flash.name_of(path)}")
        except Refused as refusal:
            expect(why in str(refusal), f"{path} is refused because `{why}`, not: {refusal}")


def test_only_its_typed_name_confirms():
    for answer in ("sdb\n", " /dev/sdb \n"):
        expect(flash.is_confirmed("sdb", answer), f"`{answer}` means sdb")
    for answer in ("", "\n", "y\n", "yes\n", "sd\n", "sdbb\n", "sdb1\n", "sda\n", "SDB\n"):
        expect(not flash.is_confirmed("sdb", answer), f"`{answer}` does not mean sdb")


def test_what_was_written_is_read_back():
    data = os.urandom(3 * flash.CHUNK + 77)
    with tempfile.NamedTemporaryFile() as image, tempfile.NamedTemporaryFile() as disk:
        image.write(data)
        image.flush()
        disk.write(b"\xff" * (4 * flash.CHUNK))
        disk.flush()
        file = disk.fileno()

        flash.write(image.name, file)
        flash.forget_cached(file)

        expect_equal(None, flash.first_difference(image.name, file), "difference after writing")
        disk.seek(len(data))
        expect(disk.read() == b"\xff" * (flash.CHUNK - 77), "what lies behind the image is as before")
        for at in (0, flash.CHUNK - 1, flash.CHUNK, len(data) - 1):
            os.pwrite(file, bytes([data[at] ^ 1]), at)
            expect_equal(at, flash.first_difference(image.name, file), "difference after damage")
            os.pwrite(file, data[at:at + 1], at)
        os.ftruncate(file, len(data) - 5)
        expect_equal(len(data) - 5, flash.first_difference(image.name, file), "a card that ends early")
