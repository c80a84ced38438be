# SPDX-License-Identifier: MIT
"""What the metadata of a buddy allocator says, as kernel/mm/run.hpp and run_table.hpp lay it out.

Knows words and numbers only, and not where they come from. Written anew, not translated: what it
says agrees with the kernel or one of the two is wrong.
"""

RUN = 64        # Frames of a run, and runs of a group: the bits of a word.
RUN_ORDER = 6   # log2 of the frames of a run.
MAX_ORDER = 10  # Of the largest block.
ALL = (1 << 64) - 1


class States:
    """Two words, which say of 64 units in a row what each is."""

    def __init__(self, free_or_inside, free_or_first):
        self.free = free_or_inside & free_or_first
        self.first = free_or_first & ~free_or_inside
        self.inside = free_or_inside & ~free_or_first
        self.closed = ALL & ~(free_or_inside | free_or_first)

    def block(self, position):
        """(first, units) of the allocated block that holds the unit at `position`."""
        first = position
        while first > 0 and self.inside >> first & 1:
            first -= 1
        end = first + 1
        while end < RUN and self.inside >> end & 1:
            end += 1
        return first, end - first


def is_free(free, first, units):
    """True if these units in a row are all in the set `free`."""
    wanted = ((1 << units) - 1) << first
    return free & wanted == wanted


def free_block(free, position, most):
    """(first, order) of the largest block that is all free and holds `position`; orders to `most`."""
    order = 0
    while order < most and is_free(free, position >> order + 1 << order + 1, 2 << order):
        order += 1
    return position >> order << order, order


def free_blocks(free, most):
    """(first, order) of each maximal block in the set `free`."""
    if free == ALL and most == RUN_ORDER - 1:
        return [(0, most), (RUN // 2, most)]
    found = []
    position = 0
    while free >> position:
        if free >> position & 1:
            _, order = free_block(free, position, most)
            found.append((position, order))
            position += 1 << order
        else:
            position += 1
    return found


class Table:
    """The states of all frames of a span: `frames` and `groups` are two words for each run and each
    group of 64 runs; places count from the frame number `begin`. The words of runs that are `lent` say
    nothing here."""

    def __init__(self, begin, frames, groups, lent=()):
        self.begin = begin
        self._lent = lent
        self._frames = frames
        self._groups = groups

    def _frames_of(self, run):
        return States(*self._frames[2 * run:2 * run + 2])

    def _runs_of(self, group):
        return States(*self._groups[2 * group:2 * group + 2])

    def free_blocks(self):
        """(first frame, order) of each free block, by address."""
        found = []
        for group in range(len(self._groups) // 2):
            for run, order in free_blocks(self._runs_of(group).free, MAX_ORDER - RUN_ORDER):
                found.append((self.begin + (group * RUN + run) * RUN, order + RUN_ORDER))
        for run in range(len(self._frames) // 2):
            if run not in self._lent and self._frames[2 * run] & self._frames[2 * run + 1]:
                for frame, order in free_blocks(self._frames_of(run).free, RUN_ORDER - 1):
                    found.append((self.begin + run * RUN + frame, order))
        return sorted(found)

    def inspect(self, frame):
        """(state, first frame of its block, order); no block for a frame that is reserved."""
        place = frame - self.begin
        run, position, order = place // RUN, place % RUN, 0
        states = self._runs_of(run // RUN)
        if states.closed >> run % RUN & 1:
            states, start, most = self._frames_of(run), run * RUN, RUN_ORDER - 1
        else:  # The run is part of a block of whole runs, or free.
            start, position, order, most = run // RUN * RUN * RUN, run % RUN, RUN_ORDER, MAX_ORDER - RUN_ORDER
        if states.closed >> position & 1:
            return "reserved", None, None
        if states.free >> position & 1:
            first, found = free_block(states.free, position, most)
            return "free", self.begin + start + (first << order), order + found
        first, units = states.block(position)
        return "allocated", self.begin + start + (first << order), order + units.bit_length() - 1
