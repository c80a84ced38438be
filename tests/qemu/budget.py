# SPDX-License-Identifier: MIT
"""What the boot may cost, and what it must not touch."""

import os
import re

from qemu import Qemu
from support import PI3_DOWNSTREAM, SharedRam, expect, tree

PROBE = "build/host/boot_probe.so"
MOST_INSTRUCTIONS = 500_000
FRAME = 4096
MARKS = bytes([0xa5]) * (1 << 20)


def instructions_to_the_prompt(extra=(), **options):
    """What core 0 executes until it sleeps at the prompt, counted inside QEMU."""
    with Qemu(extra=["-plugin", PROBE, *extra], **options) as machine:
        machine.wait_for_prompt()
        machine.read_for(1)
        machine.close()
        said = machine.messages()
    count = re.search(r"^probe: instructions (\d+)$", said, re.M)
    expect(count is not None and count[1] != "0", f"the probe must have seen the boot:\n{said}")
    return int(count[1])


def within_budget(**options):
    count = instructions_to_the_prompt(**options)
    expect(count <= MOST_INSTRUCTIONS,
           f"{count} instructions to the prompt, and {MOST_INSTRUCTIONS} is the limit")
    return f"{count} instructions to the prompt on core 0"


def test_instructions_to_the_prompt_with_the_pi_3_tree():
    return within_budget(dtb=tree(PI3_DOWNSTREAM))


def test_instructions_to_the_prompt_without_a_tree():
    return within_budget()


class MarkedMemory(SharedRam):
    """The RAM of a machine, every byte of it marked before power-on."""

    def __init__(self):
        super().__init__()
        for at in range(0, self.BYTES, len(MARKS)):
            self.bytes[at:at + len(MARKS)] = MARKS

    def frames_without_mark(self):
        """The addresses of the frames that somebody has written to."""
        for start in range(0, self.BYTES, len(MARKS)):
            if self.bytes[start:start + len(MARKS)] == MARKS:
                continue
            yield from (at for at in range(start, start + len(MARKS), FRAME)
                        if self.bytes[at:at + FRAME] != MARKS[:FRAME])


def test_no_free_frame_is_written_while_the_zones_are_built():
    """What the boot stores to is reserved or was taken before: for tables, or by the heap."""
    memory = MarkedMemory()
    with memory.boot() as machine:
        written = list(memory.frames_without_mark())
        answers = machine.commands([f"frame --json 0x{frame:08x}" for frame in written])
    allocated = 0
    for frame, answer in zip(written, answers):
        expect('"state":"free"' not in answer, f"0x{frame:08x} was written, and is free: {answer}")
        allocated += '"state":"allocated"' in answer
    expect(allocated > 0, "the kernel's tables and heap are allocated frames that were written")
    return f"{len(written)} frames were written, {allocated} of them allocated, the others reserved"
