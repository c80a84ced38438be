# SPDX-License-Identifier: MIT
"""No device tree, however wrong, ends in anything but a prompt. QEMU's -dtb refuses these, so they
are put into RAM beside it, and the gdb stub points x0 at them."""

import struct
import tempfile

from gdb_stub import GdbStub
from qemu import Qemu
from support import PI3_UPSTREAM, expect, expect_equal, expect_success, tree, zones

ENTRY = 0x80000
PLACE = 0x0200_0000
PI3_FRAMES = 245_760
BUILT_IN = "tree    built in; "

BEGIN, END, PROPERTY, LAST = 1, 2, 3, 9
HEADER_BYTES = 40


def word(value):
    return struct.pack(">I", value)


def padded(data):
    return data + bytes(-len(data) % 4)


class Tree:
    """Writes a blob, right or wrong: DTSpec 0.3, 5."""

    def __init__(self):
        self._structure, self._strings = b"", b""

    def begin(self, name):
        self._structure += word(BEGIN) + padded(name.encode() + b"\0")
        return self

    def end(self):
        self._structure += word(END)
        return self

    def property(self, name, *value):
        """Numbers are cells, text is a string, bytes are bytes."""
        data = b"".join(word(part) if isinstance(part, int) else
                        part if isinstance(part, bytes) else part.encode() + b"\0"
                        for part in value)
        self._structure += word(PROPERTY) + word(len(data)) + word(len(self._strings)) + padded(data)
        self._strings += name.encode() + b"\0"
        return self

    def raw(self, data):
        self._structure += data
        return self

    def blob(self):
        structure = self._structure + word(LAST)
        strings_at = HEADER_BYTES + 16 + len(structure)
        total = strings_at + len(self._strings)
        return struct.pack(">10I", 0xd00dfeed, total, HEADER_BYTES + 16, strings_at, HEADER_BYTES,
                           17, 16, 0, len(self._strings), len(structure)) + \
            bytes(16) + structure + self._strings


def board(memory=(0, 0x3c00_0000), uart=(0x3f20_1000, 0x200), address_cells=1, size_cells=1):
    """The smallest tree that this kernel can use, open for more nodes: finish it with end()."""
    made = Tree().begin("").property("#address-cells", address_cells)
    made.property("#size-cells", size_cells)
    if uart:
        made.begin("serial@3f201000").property("compatible", "arm,pl011").property("reg", *uart)
        made.end()
    if memory:
        made.begin("memory@0").property("device_type", "memory").property("reg", *memory).end()
    return made


def damaged_headers():
    """The tree of the Pi 3, damaged in ways that a header check alone does not see."""
    blob = tree(PI3_UPSTREAM).read_bytes()

    def with_word(at, value):
        return blob[:at] + word(value) + blob[at + 4:]

    structure = struct.unpack_from(">I", blob, 8)[0]
    yield "a totalsize of 4 GiB", with_word(4, 0xffff_ffff)
    yield "a totalsize of 0", with_word(4, 0)
    yield "a totalsize of half of it", with_word(4, len(blob) // 2)
    yield "a structure outside", with_word(8, 0x7fff_ffff)
    yield "strings outside", with_word(12, 0xffff_fff0)
    yield "a version that we cannot read", with_word(24, 99)
    yield "rubbish for the first token", with_word(structure, 0x1234_5678)
    yield "half of it zero", blob[:len(blob) // 2] + bytes(len(blob) - len(blob) // 2)


def unusable():
    """Well-formed as a whole, or nearly so, and of no use."""
    yield "a name without an end", Tree().raw(word(BEGIN) + b"endless " * 500).blob()
    yield "10,000 nodes in each other", Tree().raw((word(BEGIN) + word(0x61000000)) * 10_000).blob()
    yield "a property longer than all", Tree().begin("").raw(
        word(PROPERTY) + word(0xffff_fff0) + word(0)).end().blob()
    yield "a property name outside", Tree().begin("").raw(
        word(PROPERTY) + word(0) + word(0x7fff_ffff)).end().blob()
    yield "nothing but a root", Tree().begin("").end().blob()
    yield "no memory", board(memory=None).end().blob()
    yield "memory of no length", board(memory=(0, 0)).end().blob()
    yield "half a cell of memory", board(memory=(b"\0\0",)).end().blob()
    yield "five address cells", board(address_cells=5).end().blob()
    yield "no address cells", board(address_cells=0).end().blob()
    yield "no serial line", board(uart=None).end().blob()
    yield "a serial line where nothing answers", board(uart=(0x8000_0000, 0x1000)).end().blob()
    yield "a serial line in the kernel", board(uart=(0x0008_0000, 0x1000)).end().blob()
    yield "a serial line of no length", board(uart=(0x3f20_1000, 0)).end().blob()
    yield "a serial line beyond 2^48", board(
        (0, 0, 0, 0x3c00_0000), (0xffff_0000, 0, 0, 0x1000), 2, 2).end().blob()


def usable():
    """Strange, and yet all that it takes."""
    yield "devices where nothing answers", (
        board().begin("gpio").property("compatible", "brcm,bcm2835-gpio")
        .property("reg", 0x8000_0000, 0x1000).end()
        .begin("mailbox").property("compatible", "brcm,bcm2835-mbox")
        .property("reg", 0x0008_0000, 0x1000).end()
        .begin("watchdog").property("compatible", "brcm,bcm2835-pm-wdt")
        .property("reg", 0xffff_f000, 0x1000).end().end().blob())
    yield "a GIC where nothing answers, or no more than half of it", (
        board().begin("gic").property("compatible", "arm,gic-400")
        .property("reg", 0x3f20_0000, 0x1000, 0x8000_0000, 0x1000).end().end().blob())
    later = tree(PI3_UPSTREAM).read_bytes()
    yield "a later version that we can read", later[:20] + word(99) + later[24:]
    yield "more registers than there are addresses", (
        board(uart=(0x3f20_1000, 0xc000_0000)).end().blob())
    yield "two memory nodes, and two /chosen", (
        board(memory=(0, 0x2000_0000)).begin("memory@20000000").property("device_type", "memory")
        .property("reg", 0x2000_0000, 0x1c00_0000).end()
        .begin("chosen").property("linux,initrd-start", 0x0300_0000).end()
        .begin("chosen").property("linux,initrd-end", 0x10).end().end().blob())
    yield "memory twice", board(memory=(0, 0x3c00_0000, 0x1000_0000, 0x2c00_0000)).end().blob()


def started_with(blob, machine="raspi3b", ram=0):
    """A machine whose RAM begins there, that boots with this tree. Use it in a `with`."""
    with tempfile.NamedTemporaryFile(suffix=".dtb") as file:
        file.write(blob)
        file.flush()
        started = Qemu(machine=machine, gdb=True, paused=True, extra=[
            "-device", f"loader,file={file.name},addr=0x{ram + PLACE:x},force-raw=on"])
        try:
            stub = GdbStub(started)
            stub.run_to(ram + ENTRY)
            stub.set_register(0, ram + PLACE)
            stub.let_go()
        except BaseException:
            started.close()
            raise
    return started


def all_boot(trees, is_built_in):
    """Boots each tree, and checks whose tree is used, and that all of the RAM is accounted for."""
    count = 0
    for what, blob in trees:
        try:
            with started_with(blob) as machine:
                said = machine.wait_for_prompt()
                expect_equal(is_built_in, BUILT_IN in said, f"the built-in tree is used:\n{said}")
                frames = sum(zone["frames"] for zone in zones(machine))
                expect_equal(PI3_FRAMES, frames, "frames of both zones")
                expect_success(machine, "verify")
                expect_success(machine, "mmu audit")
        except Exception as error:
            raise AssertionError(f"with {what}: {error}") from error
        count += 1
    return f"{count} kinds"


def test_with_a_damaged_header():
    return all_boot(damaged_headers(), True)


def test_of_no_use():
    return all_boot(unusable(), True)


def test_that_are_strange():
    return all_boot(usable(), False)


def test_that_reserve_everything():
    """There is nothing to hand out then: one line says so, and nothing follows."""
    blob = board().begin("reserved-memory").property("#address-cells", 1)
    blob = blob.property("#size-cells", 1).property("ranges").begin("all@0")
    blob = blob.property("reg", 0, 0x3c00_0000).end().end().end().blob()
    with started_with(blob) as machine:
        said = machine.wait_for(r"^error: memory: .*$")
        expect("PANIC" not in said + machine.read_for(0.3), f"no panic:\n{said}")
