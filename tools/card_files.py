# SPDX-License-Identifier: MIT
"""Which files a board's firmware wants beside the kernel on its card, and where they are found.

Names and needs: raspberrypi/documentation, config_txt/boot.adoc; the names of trees from the firmware's
own log, the first of them the one that its repository has. Where a tree is needed, Circle's
boot/README says so: the others start without one, and the kernel then takes the tree that it carries.
"""

from dataclasses import dataclass
from pathlib import Path

PI3_FIRMWARE = ("bootcode.bin", "start.elf", "fixup.dat")
PI4_FIRMWARE = ("start4.elf", "fixup4.dat")
# What Debian's kernels and the firmware's repository put them in.
SUBFOLDERS = ("", "boot", "broadcom")
# Whoever hands the firmware on hands this on, too.
LICENCE = "LICENCE.broadcom"
WHERE_FROM = """\
They come from any of these; FIRMWARE_DIR names one or more folders, with colons in between:
  the folder boot/ of a checkout of https://github.com/raspberrypi/firmware, which has all of them
  the boot partition of a card with Raspberry Pi OS, which has all of them
  Debian's package raspi-firmware (non-free-firmware): /usr/lib/raspi-firmware, without trees
  Debian's kernel for arm64: /usr/lib/linux-image-*, the trees alone"""


@dataclass(frozen=True)
class Board:
    """`firmware` is needed, as is one of `trees` if `needs_tree`. All trees that are found are
    copied: a compute module has one for each carrier board. `extras` are never needed by all boards
    of the kind."""

    name: str
    firmware: tuple
    trees: tuple
    needs_tree: bool = True
    extras: tuple = ()

    def wants(self):
        """Every file that may be of use."""
        return (*self.firmware, *self.trees, *self.extras)

    def missing(self, found):
        """What it does not start without. Of its trees the one that is to be had."""
        files = [name for name in self.firmware if name not in found]
        return files + (self.trees_missing(found) if self.needs_tree else [])

    def optional(self, found):
        """What it would be given besides."""
        files = [] if self.needs_tree else self.trees_missing(found)
        return files + [name for name in self.extras if name not in found]

    def trees_missing(self, found):
        return [] if any(tree in found for tree in self.trees) else [self.trees[0]]


BOARDS = (
    Board("Pi 3B", PI3_FIRMWARE, ("bcm2710-rpi-3-b.dtb", "bcm2837-rpi-3-b.dtb"), needs_tree=False),
    Board("Pi 3B+", PI3_FIRMWARE, ("bcm2710-rpi-3-b-plus.dtb", "bcm2837-rpi-3-b-plus.dtb"),
          needs_tree=False),
    # The firmware asks for its own first, which nobody hands out.
    Board("Pi 3A+", PI3_FIRMWARE, ("bcm2710-rpi-3-b-plus.dtb", "bcm2710-rpi-3-a-plus.dtb",
                                   "bcm2837-rpi-3-a-plus.dtb"), needs_tree=False),
    Board("Zero 2 W", PI3_FIRMWARE, ("bcm2710-rpi-zero-2-w.dtb", "bcm2710-rpi-zero-2.dtb",
                                     "bcm2837-rpi-zero-2-w.dtb")),
    Board("Pi 4B", PI4_FIRMWARE, ("bcm2711-rpi-4-b.dtb",)),
    Board("Pi 400", PI4_FIRMWARE, ("bcm2711-rpi-400.dtb",)),
    Board("CM4", PI4_FIRMWARE, ("bcm2711-rpi-cm4.dtb", "bcm2711-rpi-cm4-io.dtb")),
    # The firmware of these is in their EEPROM. The overlay is for the chip's stepping D0.
    Board("Pi 5", (), ("bcm2712-rpi-5-b.dtb",),
          extras=("bcm2712d0-rpi-5-b.dtb", "bcm2712-d-rpi-5-b.dtb", "overlays/bcm2712d0.dtbo")),
    Board("Pi 500", (), ("bcm2712-rpi-500.dtb",), extras=("overlays/bcm2712d0.dtbo",)),
    Board("CM5", (), ("bcm2712-rpi-cm5-cm5io.dtb", "bcm2712-rpi-cm5-cm4io.dtb",
                      "bcm2712-rpi-cm5l-cm5io.dtb", "bcm2712-rpi-cm5l-cm4io.dtb"),
          extras=("overlays/bcm2712d0.dtbo",)),
)


def find(folders):
    """Name on the card -> path, of all files that any board wants and one of the folders has."""
    found = {}
    for name in sorted({name for board in BOARDS for name in board.wants()} | {LICENCE}):
        places = (Path(folder, inner, name) for folder in folders for inner in SUBFOLDERS)
        path = next((place for place in places if place.is_file()), None)
        if path:
            found[name] = path
    return found


def report(found):
    """Lines that say which boards have all they need in `found`, and what the others lack."""
    complete, lacking = [], []
    for board in BOARDS:
        missing = board.missing(found)
        there = [name for name in board.wants() if name in found]
        said = f"  {board.name:9} {' '.join(missing or there)}"
        if board.optional(found):
            said += f"; optional: {' '.join(board.optional(found))}"
        (lacking if missing else complete).append(said)
    lines = ["complete for", *complete] if complete else []
    return lines + (["missing for", *lacking, *WHERE_FROM.splitlines()] if lacking else [])
