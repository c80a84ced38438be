# SPDX-License-Identifier: MIT
"""Decides whether a disk may be overwritten: one that can be taken out, and that nobody uses.

Asks what Linux tells in sysfs and /proc. Whoever is in doubt is refused, with words.
"""

from dataclasses import dataclass, field
from pathlib import Path

# Where these are mounted from the running system lives.
SYSTEM_MOUNTS = ("/", "/boot", "/boot/efi", "/boot/firmware", "/usr", "/var", "/home")


class Refused(Exception):
    """The text says why, and what would work."""


@dataclass
class Linux:
    """What the kernel tells: the folder of sysfs, and the texts of two files of /proc."""

    sysfs: Path = Path("/sys")
    mountinfo: str = field(default_factory=lambda: Path("/proc/self/mountinfo").read_text())
    swaps: str = field(default_factory=lambda: Path("/proc/swaps").read_text())


@dataclass
class Disk:
    """One that may be overwritten."""

    name: str
    model: str
    bytes: int

    def __str__(self):
        return f"/dev/{self.name}: {self.model}, {self.bytes / 1e9:.1f} GB"


def _read(folder, name):
    """A file of sysfs; nothing if it is not there."""
    try:
        return Path(folder, name).read_text(errors="replace").strip()
    except OSError:
        return ""


def _mounts(linux):
    """(device as major:minor, device as a path, where) of everything that is mounted."""
    for line in linux.mountinfo.splitlines():
        mount, _, source = line.partition(" - ")
        words = mount.split()
        # A file system over several devices has a number of its own, and tells one by name.
        yield words[2], source.split()[1], words[4].replace("\\040", " ")


def _uses(linux, folder):
    """What the disk or partition in `folder` is used for, in words."""
    number, path = _read(folder, "dev"), f"/dev/{folder.name}"
    found = [where for device, source, where in _mounts(linux) if number == device or path == source]
    uses = [f"mounted on {where}" for where in found]
    if any(where in SYSTEM_MOUNTS for where in found):
        uses = [f"mounted on {', '.join(found)}: this system runs from it"]
    if any(line.split()[:1] == [path] for line in linux.swaps.splitlines()):
        uses.append("used as swap")
    holders = Path(folder, "holders")
    if holders.is_dir():
        uses += [f"part of {holder.name}" for holder in sorted(holders.iterdir())]
    return [f"{path} is {use}" for use in uses]


def _refuse_if_no_whole_disk(folder):
    if Path(folder, "partition").exists():
        raise Refused(f"a partition, and the image is a whole disk; that is /dev/{folder.parent.name}")
    if "virtual" in folder.parts:
        raise Refused("made by this system (loop, RAID, encryption and the like), no disk to take out")
    kind = _read(folder, "device/type")
    if kind.isdigit() and kind != "0":  # SCSI's peripheral types: 0 is a disk, 5 a CD.
        raise Refused("not a disk")


def _refuse_if_built_in(folder):
    """The flag, but of SD cards the kernel says what they are: their flag is 0 in every reader that
    is not behind USB."""
    kind = _read(folder, "device/type")
    if _read(folder, "removable") == "1" or kind == "SD":
        return
    if kind == "MMC":
        raise Refused("soldered to the board (eMMC)")
    if any(part.startswith("usb") for part in folder.parts):
        raise Refused("a USB disk that says of itself that it is built in, as external hard disks do, "
                      "and a few readers; if it is a card, write the image with another program")
    raise Refused("a built-in disk")


def examine(name, least_bytes, linux):
    """The disk `name` (`sdb`), if it may be overwritten with so many bytes. Raises Refused."""
    entry = linux.sysfs / "class" / "block" / name
    if not entry.exists():
        raise Refused("the kernel knows no such disk")
    folder = entry.resolve()
    _refuse_if_no_whole_disk(folder)
    parts = sorted(path.parent for path in folder.glob("*/partition"))
    uses = [use for each in (folder, *parts) for use in _uses(linux, each)]
    if uses:
        raise Refused("; ".join(uses))
    _refuse_if_built_in(folder)
    size = int(_read(folder, "size") or 0) * 512  # In these units, whatever its sectors are.
    if size == 0:
        raise Refused("there is no card in it")
    if _read(folder, "ro") == "1":
        raise Refused("write-protected")
    if size < least_bytes:
        raise Refused(f"{size} bytes, and the image has {least_bytes}")
    words = (_read(folder, f"device/{what}") for what in ("vendor", "model", "name"))
    return Disk(name, " ".join(filter(None, words)) or "no name", size)


def candidates(least_bytes, linux):
    """All disks that may be overwritten."""
    found = []
    for entry in sorted((linux.sysfs / "class" / "block").iterdir()):
        try:
            found.append(examine(entry.name, least_bytes, linux))
        except Refused:
            pass
    return found
