# SPDX-License-Identifier: MIT
"""Commands of gdb that look at the memory of a stopped Beryl. `make debug` loads them; elsewhere

    (gdb) source tools/gdb/beryl.py

They print what the shell's commands of the same name print, so that the two can be compared. They
change nothing. A machine that was stopped in the middle of a change shows it half done.
"""

import sys
from pathlib import Path

import gdb

sys.path.insert(0, str(Path(__file__).parent))

import zones  # noqa: E402  (the path comes first)
from buddies import MAX_ORDER  # noqa: E402

MOST_BLOCKS_SHOWN = 64


def size(count):
    """Bytes as the shell prints them: in the largest unit of which they are a whole number of halves."""
    for unit, name in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if count >= unit and count % (unit // 2) == 0:
            return f"{count // unit}{'.5' if count % unit else ''} {name}"
    return f"{count} B"


def address(frame):
    return f"0x{frame * zones.FRAME_BYTES:08x}"


def span(first, end):
    return f"{address(first)}..0x{end * zones.FRAME_BYTES - 1:08x}"


def block(first, order):
    return f"{span(first, first + (1 << order))} order {order} {size(zones.FRAME_BYTES << order)}"


class Command(gdb.Command):
    """One word behind `beryl`. Its doc string is the help."""

    def __init__(self, name):
        super().__init__(f"beryl {name}", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        # Another core may have to be looked through.
        here = gdb.selected_thread()
        if here is None:
            raise gdb.GdbError("nothing is being debugged: target remote ...")
        try:
            for line in self.lines(gdb.string_to_argv(argument)):
                print(line)
        except zones.NotThere as why:
            raise gdb.GdbError(str(why)) from None
        finally:
            here.switch()


class MemInfo(Command):
    """How much memory is free, used, reserved and kept by cores, as the shell's meminfo."""

    def lines(self, _):
        all_zones = zones.zones()
        for zone in all_zones:
            yield from self._zone(zone)
        window, mapped, used = map(size, zones.heap_bytes())
        yield f"heap {window} window, {mapped} mapped, {used} used"
        total = sum(zone.metadata_bytes() for zone in all_zones)
        frames = sum(zone.frames for zone in all_zones)
        hundredths = (total * 800 + frames // 2) // frames if frames else 0
        yield f"metadata {size(total)}, {hundredths // 100}.{hundredths % 100:02} bits per frame"

    @staticmethod
    def _zone(zone):
        if zone.is_empty():
            yield f"{zone.name} no memory"
            return
        yield f"{zone.name} {span(zone.first, zone.end)}"
        for label, count in (("total", zone.frames), ("reserved", zone.reserved), ("free", zone.free),
                             ("used", zone.used), ("cached", zone.cached)):
            yield f"  {label:8} {count:>8} frames {size(count * zones.FRAME_BYTES):>11}"
        if zone.largest < 0:
            yield "  nothing is free"
        else:
            yield (f"  largest free block: order {zone.largest} "
                   f"({size(zones.FRAME_BYTES << zone.largest)})")


class Zones(Command):
    """The zones and how much RAM is in each, as the shell's zones."""

    def lines(self, _):
        for zone in zones.zones():
            if zone.is_empty():
                yield f"{zone.name:5} no memory"
                continue
            how = "mapped since boot" if zone.name == "early" else "mapped only by mapva"
            yield (f"{zone.name:5} {span(zone.first, zone.end)} {size(zone.frames * zones.FRAME_BYTES)}"
                   f" in {zone.frames} frames, {how}")


class BuddyInfo(Command):
    """How many free blocks of each order there are, as the shell's buddyinfo."""

    def lines(self, _):
        all_zones = zones.zones()
        counts = [zone.free_blocks() for zone in all_zones]
        yield f"order  {'block':>8}" + "".join(f"  {zone.name:>8}" for zone in all_zones)
        for order in range(MAX_ORDER + 1):
            row = "".join(f"  {count[order]:>8}" for count in counts)
            yield f"{order:>5}  {size(zones.FRAME_BYTES << order):>8}{row}"


class Blocks(Command):
    """Where the free blocks of one order are: beryl blocks <order>. The first 64 of each zone."""

    def lines(self, arguments):
        if len(arguments) != 1 or arguments[0] not in map(str, range(MAX_ORDER + 1)):
            raise gdb.GdbError(f"usage: beryl blocks <order>, which is 0 to {MAX_ORDER}")
        wanted = int(arguments[0])
        for zone in zones.zones():
            found = [first for first, order in zone.table.free_blocks() if order == wanted]
            yield f"{zone.name} {len(found)} free block{'' if len(found) == 1 else 's'} of order {wanted}"
            yield from (f"  {block(first, wanted)}" for first in found[:MOST_BLOCKS_SHOWN])


class Frame(Command):
    """What one frame is, as the first lines of the shell's frame: beryl frame <physical address>."""

    def lines(self, arguments):
        if len(arguments) != 1:
            raise gdb.GdbError("usage: beryl frame <physical address>")
        number = int(gdb.parse_and_eval(arguments[0])) // zones.FRAME_BYTES
        zone = next((zone for zone in zones.zones() if zone.contains(number)), None)
        if zone is None or not zone.is_ram(number):
            yield f"frame {address(number)} not RAM"
            return
        state, first, order, keeper = zone.inspect(number)
        said = f"frame {address(number)} {state}"
        said += "" if keeper is None else f", kept by core {keeper}"
        yield said + ("" if first is None else f", block {block(first, order)}")
        yield f"zone  {zone.name}"


class Beryl(gdb.Command):
    """The memory of a stopped Beryl: beryl meminfo, zones, buddyinfo, blocks or frame."""

    def __init__(self):
        super().__init__("beryl", gdb.COMMAND_DATA, prefix=True)


Beryl()
for kind, word in ((MemInfo, "meminfo"), (Zones, "zones"), (BuddyInfo, "buddyinfo"),
                   (Blocks, "blocks"), (Frame, "frame")):
    kind(word)
