# SPDX-License-Identifier: MIT
"""Reads zones, caches and heap of a stopped kernel, by the types that its symbols describe.

The names are those of the members in kernel/mm; `make test T=gdb` says when one has changed.
"""

import struct

import gdb

from buddies import MAX_ORDER, RUN, Table

FRAME_BYTES = 4096
SMALLEST_SLOT = 64  # kernel/mm/size_class.hpp


class NotThere(Exception):
    """The machine is not in a state in which there is anything to read; the text says so."""


def elements(span):
    """The elements of a std::span."""
    first = span["_M_ptr"]
    return [first[index] for index in range(int(span["_M_extent"]["_M_extent_value"]))]


def members(array):
    """The elements of a std::array."""
    values = array["_M_elems"]
    begin, end = values.type.strip_typedefs().range()
    return [values[index] for index in range(begin, end + 1)]


def number(value):
    """An integer, also one in an Address, a FrameNumber, a Word or a std::atomic."""
    while value.type.strip_typedefs().code == gdb.TYPE_CODE_STRUCT:
        # Static members have no place in it.
        value = value[next(each for each in value.type.fields() if hasattr(each, "bitpos"))]
    return int(value)


def words(pointer, count):
    """So many 64-bit words."""
    if count == 0:
        return ()
    data = gdb.selected_inferior().read_memory(int(pointer), 8 * count)
    return struct.unpack(f"<{count}Q", bytes(data))


def select_core_that_sees():
    """The zones that there are, early first, and selects a core on which the kernel's addresses lead
    somewhere."""
    here = gdb.selected_thread()
    symbol = gdb.lookup_global_symbol("start::debugged_zones")
    for thread in [here, *reversed(gdb.selected_inferior().threads())]:
        thread.switch()
        try:
            found = [zone.dereference() for zone in members(symbol.value()) if int(zone) != 0]
        except gdb.MemoryError:
            continue
        if found:
            return found
    here.switch()
    raise NotThere("the kernel has no zones yet: let it run on, to the prompt for instance")


class Run:
    """64 frames that a core has borrowed, for blocks of one order. `kept` is a bit for each block
    that nobody has, at its first frame."""

    def __init__(self, run, order, core):
        self.first = number(run["first"])
        self.kept = number(run["free"]) | number(run["returned"])
        self.order = order
        self.core = core

    def keeps(self, frame):
        start = (frame >> self.order << self.order) - self.first
        return 0 <= start < RUN and bool(self.kept >> start & 1)


def runs_of_caches(shared):
    """What all cores keep of one zone; `shared` is a pointer to its SharedBuddies, or null."""
    if int(shared) == 0:
        return []
    found = []
    for core, cache in enumerate(elements(shared["cached_"]["caches_"])):
        for order, runs in enumerate(members(cache["runs_"])):
            found += [Run(runs[which], order, core) for which in ("current", "other")]
    return found


class Zone:
    """What `meminfo` tells of one."""

    def __init__(self, zone):
        buddies = zone["buddies_"]
        table = buddies["table_"]
        self.name = zone["name_"]["_M_str"].string(length=int(zone["name_"]["_M_len"]))
        self.first, self.end = (number(buddies["span_"][side]) for side in ("first", "end"))
        self.ram = [(number(range_["first"]), number(range_["end"])) for range_ in elements(zone["ram_"])]
        self.caches = runs_of_caches(zone["shared_"])
        self._runs = int(table["runs_"])
        self._groups = (self._runs + RUN - 1) // RUN
        self.table = Table(int(buddies["begin_"]), words(table["frames_"], 2 * self._runs),
                           words(table["groups_"], 2 * self._groups))
        self.frames = sum(end - first for first, end in self.ram)
        self.free = int(buddies["free_frames_"])
        self.reserved = int(buddies["reserved_frames_"]) - (self.end - self.first - self.frames)
        self.cached = sum(bin(run.kept).count("1") << run.order for run in self.caches)
        self.used = self.frames - self.reserved - self.free - self.cached
        self.largest = (int(buddies["index_"]["available_"]) & (2 << MAX_ORDER) - 1).bit_length() - 1

    def is_empty(self):
        return self.first == self.end

    def free_blocks(self):
        """How many there are of each order."""
        counts = [0] * (MAX_ORDER + 1)
        for _, order in self.table.free_blocks():
            counts[order] += 1
        return counts

    def metadata_bytes(self):
        """Of the states, and of the trees over runs (orders 0 to 5) and groups (6 to 10)."""
        def tree(bits):
            level = (bits + RUN - 1) // RUN
            return level if level <= 1 else level + tree(level)
        return 8 * (2 * self._runs + 3 * self._groups + 6 * tree(self._runs) + 5 * tree(self._groups))

    def contains(self, frame):
        return self.first <= frame < self.end

    def is_ram(self, frame):
        return any(first <= frame < end for first, end in self.ram)

    def keeper(self, frame):
        """The core that keeps it, free, for itself; None if none does."""
        return next((run.core for run in self.caches if run.keeps(frame)), None)


def zones():
    """All there are by now, early first. Raises NotThere."""
    return [Zone(zone) for zone in select_core_that_sees()]


def heap_bytes():
    """(window, mapped, used) of the heap."""
    heap = gdb.lookup_static_symbol("(anonymous namespace)::heap").value().dereference()
    mapped = used = int(heap["large_pages_"]) * FRAME_BYTES
    for index, state in enumerate(members(heap["classes_"])):
        mapped += int(state["pages"]) * FRAME_BYTES
        used += int(state["objects"]) * (SMALLEST_SLOT << index)
    window = heap["window_"]
    return number(window["end"]) - number(window["begin"]), mapped, used
