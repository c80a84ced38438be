# SPDX-License-Identifier: MIT
"""Writes the image of a card to a card, asks before it does, and reads it back.

    python3 tools/flash.py build/sdcard.img /dev/sdX

Only to a disk that can be taken out and that nobody uses (removable.py).
"""

import fcntl
import os
import stat
import sys
from pathlib import Path

from removable import Linux, Refused, candidates, examine

KERNEL = Path("build/kernel8.img")
CHUNK = 1 << 20
BLKFLSBUF = 0x1261  # linux/fs.h: forget what the cache holds of a disk.


def name_of(device):
    """The kernel's name of the disk that the path `device` means. Raises Refused."""
    try:
        status = os.stat(device)
    except OSError as error:
        raise Refused(error.strerror.lower()) from None
    if not stat.S_ISBLK(status.st_mode):
        raise Refused("no disk: the image goes to a disk such as /dev/sdb or /dev/mmcblk0")
    number = f"{os.major(status.st_rdev)}:{os.minor(status.st_rdev)}"
    return Path("/sys/dev/block", number).resolve().name


def is_confirmed(name, answer):
    """Only who types the name has looked at it."""
    return answer.strip() in (name, f"/dev/{name}")


def chunks(image):
    """(offset, bytes) of the file `image`."""
    with open(image, "rb") as file:
        offset = 0
        while data := file.read(CHUNK):
            yield offset, data
            offset += len(data)


def write(image, disk, progress=lambda done: None):
    """Writes the file `image` to the beginning of the open file `disk`, and waits until it is there."""
    for offset, data in chunks(image):
        while data:
            written = os.pwrite(disk, data, offset)
            data, offset = data[written:], offset + written
        progress(offset)
    os.fsync(disk)


def forget_cached(disk):
    """So that what is read comes from the card."""
    os.posix_fadvise(disk, 0, 0, os.POSIX_FADV_DONTNEED)
    try:
        fcntl.ioctl(disk, BLKFLSBUF)
    except OSError:
        pass  # Without the right to, the advice has to do.


def first_difference(image, disk):
    """Where `disk` does not begin with `image`; None if it does."""
    for offset, data in chunks(image):
        there = os.pread(disk, len(data), offset)
        if there != data:
            same = next((at for at, pair in enumerate(zip(there, data)) if pair[0] != pair[1]),
                        len(there))
            return offset + same
    return None


def flash(image, device):
    """All of it. Raises Refused."""
    name = name_of(device)
    disk = examine(name, os.path.getsize(image), Linux())
    print(f"{disk}\nEverything on it will be lost. Type its name, {name}, to go on: ", end="", flush=True)
    if not is_confirmed(name, sys.stdin.readline()):
        raise Refused("nothing was written")
    total = os.path.getsize(image)
    # Exclusive: the kernel itself refuses if anybody has mounted it meanwhile.
    file = os.open(f"/dev/{name}", os.O_RDWR | os.O_EXCL | os.O_CLOEXEC)
    try:
        write(image, file, lambda done: print(f"\rwritten {done >> 20} of {total >> 20} MiB",
                                              end="", flush=True))
        print("\nreading it back", flush=True)
        forget_cached(file)
        at = first_difference(image, file)
    finally:
        os.close(file)
    if at is not None:
        raise Refused(f"what was read back differs from byte {at} on: the card is bad, or its reader")
    print(f"{device} has the image, and it is safe to take out")


def main():
    image, device = sys.argv[1], "".join(sys.argv[2:3])
    if not Path(image).exists():
        sys.exit(f"error: {image}: not there; `make sdcard` makes it")
    if not device:
        disks = candidates(os.path.getsize(image), Linux())
        sys.exit("\n".join(["usage: make flash DEV=/dev/sdX", *map(str, disks)] if disks else
                           ["usage: make flash DEV=/dev/sdX", "No card is in this machine now."]))
    if KERNEL.exists() and KERNEL.stat().st_mtime > os.path.getmtime(image):
        print(f"{KERNEL} is newer than {image}: `make sdcard` would take it")
    try:
        flash(image, device)
    except Refused as why:
        sys.exit(f"error: {device}: {why}")
    except PermissionError:
        sys.exit(f"error: {device}: only root may write to it: sudo make flash DEV={device}")
    except OSError as error:
        sys.exit(f"error: {device}: {error.strerror.lower()}")


if __name__ == "__main__":
    main()
