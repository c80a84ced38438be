# SPDX-License-Identifier: MIT
"""The image of a card is what a Pi's firmware reads: one FAT32 partition, with what it must have."""

import os
import shutil
import struct
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import card_files
from sdcard import FAT32_LBA, FIRST_SECTOR, IMAGE_SECTORS, SECTOR
from support import expect, expect_equal

LONGEST_LINE = 98  # raspberrypi/documentation, config_txt/what_is_config_txt.adoc.
PI3B = ["bootcode.bin", "start.elf", "fixup.dat", "bcm2710-rpi-3-b.dtb"]
PI5 = ["bcm2712-rpi-5-b.dtb", "overlays/bcm2712d0.dtbo"]


@contextmanager
def firmware(*names, under="boot"):
    """A folder of made-up firmware: each file says its own name, some thousand times."""
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            path = Path(folder, under, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{name}\n" * (3000 + len(name)))
        yield folder


def make(image, folders, **environment):
    """What the tool says."""
    clean = {key: value for key, value in os.environ.items() if key != "SOURCE_DATE_EPOCH"}
    done = subprocess.run([sys.executable, "tools/sdcard.py", str(image), folders],
                          env={**clean, **environment}, capture_output=True, text=True, check=False)
    expect_equal((0, ""), (done.returncode, done.stderr), "tools/sdcard.py fails")
    return done.stdout


def run(*command):
    path = os.environ["PATH"] + ":/usr/sbin:/sbin"
    done = subprocess.run(command, env={**os.environ, "PATH": path, "TZ": "UTC"},
                          capture_output=True, text=True, check=False)
    expect(done.returncode == 0, f"{' '.join(command)}:\n{done.stdout}{done.stderr}")
    return done.stdout


def files_in(image, folder):
    """Copies all files out of the image, and returns name -> bytes."""
    run("mcopy", "-s", "-n", "-i", f"{image}@@{FIRST_SECTOR * SECTOR}", "::/", folder)
    return {str(path.relative_to(folder)): path.read_bytes()
            for path in Path(folder).rglob("*") if path.is_file()}


def check_image(image, expected):
    """Partition table, file system, and each of the files `expected`, name -> path."""
    data = Path(image).read_bytes()
    expect_equal(IMAGE_SECTORS * SECTOR, len(data), "bytes of the image")
    expect_equal(b"\x55\xaa", data[510:512], "the mark of a partition table")
    entries = [struct.unpack_from("<B3xB3xII", data, 446 + 16 * index) for index in range(4)]
    _, kind, first, count = entries[0]
    expect_equal([(0, 0, 0, 0)] * 3, entries[1:], "partitions beside the first")
    expect_equal(FAT32_LBA, kind, "the partition's type")
    expect(first % 2048 == 0 and first > 0, f"the partition begins on 1 MiB, not sector {first}")
    expect(first + count == IMAGE_SECTORS, f"the partition ends with the image, not {first + count}")
    with tempfile.TemporaryDirectory() as folder:
        partition = Path(folder, "partition")
        partition.write_bytes(data[first * SECTOR:(first + count) * SECTOR])
        checked = run("fsck.fat", "-n", "-v", str(partition))
        expect("32 bit entries" in checked, f"the file system is FAT32:\n{checked}")
        out = Path(folder, "out")
        out.mkdir()
        found = files_in(image, str(out))
        expect_equal(sorted(expected), sorted(found), "the files on the card")
        for name, path in expected.items():
            expect(found[name] == Path(path).read_bytes(), f"{name} on the card differs from {path}")


def ours():
    return {"kernel8.img": "build/kernel8.img", "config.txt": "config.txt"}


def test_without_firmware_it_has_the_kernel_and_says_what_each_board_lacks():
    with tempfile.TemporaryDirectory() as folder:
        image = Path(folder, "card.img")

        said = make(image, "")

        check_image(image, ours())
    for board in card_files.BOARDS:
        needed = " ".join([*board.firmware, *([board.trees[0]] if board.needs_tree else [])])
        expect(f"  {board.name:9} {needed}" in said, f"it says what a {board.name} needs:\n{said}")
    expect("complete for" not in said and "no firmware was found" in said, f"nothing is there:\n{said}")
    expect("raspberrypi/firmware" in said and "raspi-firmware" in said, f"it says from where:\n{said}")


def test_firmware_that_is_there_is_on_the_card_and_told_by_board():
    with firmware(*PI3B, *PI5, card_files.LICENCE) as folder:
        image = Path(folder, "card.img")

        said = make(image, f"{folder}:/nowhere")

        names = [*PI3B, *PI5, card_files.LICENCE]
        check_image(image, {**ours(), **{name: Path(folder, "boot", name) for name in names}})
    complete, _, missing = said.partition("missing for\n")
    expect("/nowhere: no such folder" in complete, f"it says which folder is none:\n{said}")
    for line in (f"  Pi 3B     {' '.join(PI3B)}\n", f"  Pi 5      {' '.join(PI5)}; optional: "):
        expect(line in complete, f"complete for `{line}`:\n{said}")
    for line in ("  Zero 2 W  bcm2710-rpi-zero-2-w.dtb\n",
                 "  Pi 4B     start4.elf fixup4.dat bcm2711-rpi-4-b.dtb\n"):
        expect(line in missing, f"missing for `{line}`:\n{said}")


def test_trees_are_found_where_debian_has_them_and_by_their_upstream_names():
    with firmware("bootcode.bin", "start.elf", "fixup.dat", under="") as first, \
            firmware("bcm2837-rpi-3-b.dtb", "bcm2837-rpi-zero-2-w.dtb", under="broadcom") as second:
        found = card_files.find([first, second])
    expect_equal(5, len(found), "files that are found")
    complete = [board.name for board in card_files.BOARDS if not board.missing(found)]
    expect_equal(["Pi 3B", "Pi 3B+", "Pi 3A+", "Zero 2 W"], complete, "boards that are complete")


def test_the_same_files_give_the_same_bytes():
    with firmware(*PI3B, *PI5) as folder, tempfile.TemporaryDirectory() as copy:
        shutil.copytree(folder, copy, dirs_exist_ok=True, copy_function=shutil.copyfile)
        images = [Path(folder, "one.img"), Path(copy, "another.img"), Path(folder, "later.img")]
        make(images[0], folder)
        make(images[1], copy, TZ="Asia/Tokyo")
        make(images[2], folder, SOURCE_DATE_EPOCH="1700000000")

        first, second, later = (image.read_bytes() for image in images)
        expect(first == second, "an image made of copies of the same files differs")
        expect(first != later, "SOURCE_DATE_EPOCH is the time of the files")


def sections():
    """(filter, setting) of each line of config.txt that says something."""
    section = "[all]"
    for number, line in enumerate(Path("config.txt").read_text().splitlines(), 1):
        expect(len(line) <= LONGEST_LINE, f"config.txt:{number}: {len(line)} characters")
        if line.startswith("["):
            section = line
        elif line and not line.startswith("#"):
            expect(line.count("=") == 1 and " " not in line, f"config.txt:{number}: `{line}`")
            yield section, line


def test_config_is_read_whole_and_names_the_kernel_that_is_there():
    settings = list(sections())
    kernels = [setting for _, setting in settings if setting.startswith("kernel=")]
    expect_equal(["kernel=kernel8.img"], kernels, "the kernel that config.txt names")
    for setting in ("arm_64bit=1", "kernel=kernel8.img", "kernel_address=0x80000", "enable_uart=1"):
        expect(("[all]", setting) in settings, f"all boards have {setting}")
    # The Zero 2 W reads [pi0], [pi0w] and [pi02], but not [pi3].
    expect_equal({value for section, value in settings if section == "[pi3]"},
                 {value for section, value in settings if section == "[pi02]"},
                 "the Zero 2 W has the chip of a Pi 3")
    expect(("[pi5]", "os_check=0") in settings, "a Pi 5 takes a kernel that is not Linux")
