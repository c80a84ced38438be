# SPDX-License-Identifier: MIT
"""Reads zones, caches and heap of a stopped kernel, by the types that its symbols describe.

The names are those of the members in kernel/mm; `make test T=gdb` says when one has changed.
"""

import struct

import gdb

from buddies import MAX_ORDER, RUN, RUN_ORDER, Table

FRAME_BYTES = 4096
SMALLEST_SLOT = 64  # kernel/mm/size_class.hpp
# How a byte says who has borrowed a run: mm::Borrower in kernel/mm/lent_runs.hpp.
IS_CURRENT = 0x80
IS_ABANDONED = 0x40
ORDERS_OF_A_CORE = 8


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


class Loan:
    """A run that a core has borrowed, for blocks of one order. `kept` is a bit for each block that
    nobody has, at its first frame."""

    def __init__(self, core, order, kept):
        self.core = core
        self.order = order
        self.kept = kept

    def state_of(self, place):
        """("free" or "allocated", place of its first frame) of the block that holds `place`."""
        first = place >> self.order << self.order
        return "free" if self.kept >> first % RUN & 1 else "allocated", first


class Caches:
    """What all cores keep of one zone; `shared` is a pointer to its SharedBuddies, or null. Runs are
    numbered as in the zone's table, whose words for them are `frames`."""

    def __init__(self, shared, frames):
        self.loans = {}
        self.metadata_bytes = 0
        if int(shared) == 0:
            return
        cached = shared["cached_"]
        caches = elements(cached["caches_"])
        count = int(cached["lent_"]["count_"])
        pointer = int(cached["lent_"]["borrowers_"])
        borrowers = bytes(gdb.selected_inferior().read_memory(pointer, count)) if count else b""
        for run, borrower in enumerate(borrowers):
            if borrower:
                core, order = borrower % IS_ABANDONED // ORDERS_OF_A_CORE, borrower % ORDERS_OF_A_CORE - 1
                free, blocks = frames[2 * run:2 * run + 2]
                if borrower >= IS_CURRENT:
                    free = number(members(caches[core]["current_"]["free_"])[order])
                self.loans[run] = Loan(core, order, free | aligned(order) & ~blocks)
        self.metadata_bytes = (8 * ((count + 7) // 8 + len(caches) * (RUN_ORDER + 1) * tree_words(count))
                               + sum(cache.type.sizeof for cache in caches))

    def frames(self):
        return sum(bin(loan.kept).count("1") << loan.order for loan in self.loans.values())


def aligned(order):
    """A bit for each frame of a run where a block of `order` may begin."""
    return sum(1 << first for first in range(0, RUN, 1 << order))


def tree_words(bits):
    """Of a bit tree over so many."""
    level = (bits + RUN - 1) // RUN
    return level if level <= 1 else level + tree_words(level)


class Zone:
    """What `meminfo` tells of one."""

    def __init__(self, zone):
        buddies = zone["buddies_"]
        table = buddies["table_"]
        self.name = zone["name_"]["_M_str"].string(length=int(zone["name_"]["_M_len"]))
        self.first, self.end = (number(buddies["span_"][side]) for side in ("first", "end"))
        self.ram = [(number(range_["first"]), number(range_["end"])) for range_ in elements(zone["ram_"])]
        self._runs = int(table["runs_"])
        self._groups = (self._runs + RUN - 1) // RUN
        frames = words(table["frames_"], 2 * self._runs)
        self.caches = Caches(zone["shared_"], frames)
        self.table = Table(int(buddies["begin_"]), frames, words(table["groups_"], 2 * self._groups),
                           self.caches.loans)
        self.frames = sum(end - first for first, end in self.ram)
        self.free = int(buddies["free_frames_"])
        self.reserved = int(buddies["reserved_frames_"]) - (self.end - self.first - self.frames)
        self.cached = self.caches.frames()
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
        """Of the states, of the trees over runs (orders 0 to 5) and groups (6 to 10), and of what
        cores keep."""
        return (8 * (2 * self._runs + 3 * self._groups + 6 * tree_words(self._runs)
                     + 5 * tree_words(self._groups)) + self.caches.metadata_bytes)

    def contains(self, frame):
        return self.first <= frame < self.end

    def is_ram(self, frame):
        return any(first <= frame < end for first, end in self.ram)

    def inspect(self, frame):
        """(state, first frame of its block, order, core that keeps it); None for each that is not."""
        place = frame - self.table.begin
        loan = self.caches.loans.get(place // RUN)
        if loan is None:
            return *self.table.inspect(frame), None
        state, first = loan.state_of(place)
        return state, self.table.begin + first, loan.order, loan.core if state == "free" else None


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
