# SPDX-License-Identifier: MIT
"""Writes the image of a card that boots a Pi: one FAT32 partition with the kernel, config.txt and
whatever firmware is there. Needs mtools and dosfstools, and no root.

    python3 tools/sdcard.py build/sdcard.img [FOLDER[:FOLDER...]]

The folders are those with the firmware and the trees. The same files give the same bytes: every
time in the image is SOURCE_DATE_EPOCH, or the first day of FAT.
"""

import os
import shutil
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

import card_files

KERNEL = Path("build/kernel8.img")
CONFIG = Path("config.txt")
SECTOR = 512
IMAGE_SECTORS = (64 << 20) // SECTOR
FIRST_SECTOR = (1 << 20) // SECTOR  # On 1 MiB, as flash memory likes it.
LABEL = "BERYL"
SERIAL = 0x4245_5259  # Of the disk and of the file system: "BERY".
FAT32_LBA = 0x0c
FIRST_DAY_OF_FAT = "315532800"


def partition_table():
    """The first sector: a disk with one partition, which is the rest of it."""
    # Cylinder, head and sector of anything beyond 8 GB, for whoever still reads them.
    beyond = b"\xfe\xff\xff"
    entry = struct.pack("<B3sB3sII", 0, beyond, FAT32_LBA, beyond, FIRST_SECTOR,
                        IMAGE_SECTORS - FIRST_SECTOR)
    return bytes(440) + struct.pack("<IH", SERIAL, 0) + entry + bytes(3 * 16) + b"\x55\xaa"


def stage(folder, files, when):
    """Copies `files`, name -> path, into `folder`, each with the time `when`."""
    for name, path in files.items():
        target = Path(folder, name)
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(path, target)
    for path in Path(folder).rglob("*"):
        os.utime(path, (when, when))


def run(command, environment):
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"error: {command[0]}: {done.stdout.strip()}")


def write(image, files):
    """Writes the image with `files`, name on the card -> path: all of it, or nothing."""
    part = f"{image}.part"
    when = os.environ.get("SOURCE_DATE_EPOCH") or FIRST_DAY_OF_FAT
    environment = {**os.environ, "SOURCE_DATE_EPOCH": when, "TZ": "UTC", "MTOOLS_SKIP_CHECK": "1"}
    with open(part, "wb") as out:
        out.write(partition_table())
        out.truncate(IMAGE_SECTORS * SECTOR)
    # mkfs.fat is in a folder that is not on everybody's path.
    mkfs = shutil.which("mkfs.fat", path=os.environ["PATH"] + ":/usr/sbin:/sbin") or "mkfs.fat"
    run([mkfs, "--invariant", "-F", "32", "-n", LABEL, "-i", f"{SERIAL:08x}",
         f"--offset={FIRST_SECTOR}", "-h", str(FIRST_SECTOR), part,
         str((IMAGE_SECTORS - FIRST_SECTOR) * SECTOR // 1024)], environment)
    with tempfile.TemporaryDirectory() as folder:
        stage(folder, files, int(when))
        run(["mcopy", "-s", "-m", "-i", f"{part}@@{FIRST_SECTOR * SECTOR}",
             *map(str, sorted(Path(folder).iterdir())), "::/"], environment)
    os.replace(part, image)


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit("usage: python3 tools/sdcard.py IMAGE [FOLDER[:FOLDER...]]")
    image = sys.argv[1]
    folders = [os.path.expanduser(folder) for folder in "".join(sys.argv[2:]).split(":") if folder]
    for folder in folders:
        if not Path(folder).is_dir():
            print(f"FIRMWARE_DIR: {folder}: no such folder")
    found = card_files.find(folders)
    write(image, {KERNEL.name: KERNEL, CONFIG.name: CONFIG, **found})
    if not found:
        print("The image has the kernel and config.txt alone: no firmware was found"
              f"{' in ' + ', '.join(folders) if folders else ''}. No board starts from it yet.")
    print("\n".join(card_files.report(found)))
    print(f"{image}: {IMAGE_SECTORS * SECTOR >> 20} MiB, {len(found) + 2} files; to a card with "
          "`sudo make flash DEV=/dev/sdX`, or any other program that writes images")


if __name__ == "__main__":
    main()
