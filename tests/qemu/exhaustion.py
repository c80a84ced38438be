# SPDX-License-Identifier: MIT
"""All of the memory can be taken, and all of it comes back."""

import random
import re

from support import booted, expect, expect_equal, expect_failure, expect_success, failures, zones

LARGEST_ORDER = 10
SEED = 20240229


def take_everything(machine):
    """Takes both zones from the shell, the largest blocks first; returns the handles in order."""
    handles = []
    for zone in ("early", "late"):
        for order in range(LARGEST_ORDER, -1, -1):
            answer = machine.command(f"alloc -z {zone} -n 4000 {order}")
            handles += re.findall(r"^(#\d+) ", answer, re.M)
            expect_equal(1, len(failures(answer)), f"`-n 4000 {order}` ends with one error line")
    return handles


def check_that_nothing_is_left(machine):
    for zone in zones(machine):
        expect_equal((0, 0, -1), (zone["free"], zone["cached"], zone["largest_order"]),
                     f"free, cached and largest order of the zone {zone['name']}")
    for line in ("alloc 0", "alloc -z early 0", "alloc -z late 0", "alloc 4K"):
        expect_failure(machine, line, "no free block is large enough")
    expect_failure(machine, "alloc -n 3 0", "got 0 of 3")
    expect_success(machine, "verify")


def orders_of_freeing(handles):
    yield "all at once", None
    yield "first to last", handles
    yield "last to first", handles[::-1]
    shuffled = handles[:]
    random.Random(SEED).shuffle(shuffled)
    yield f"shuffled with seed {SEED}", shuffled


def give_back(machine, handles):
    if handles is None:
        expect_success(machine, "free all")
        return
    lines = ["free " + " ".join(handles[at:at + 8]) for at in range(0, len(handles), 8)]
    for line, answer in zip(lines, machine.commands(lines)):
        expect(not failures(answer), f"`{line}` failed:\n{answer}")


def test_every_frame_can_be_taken_and_comes_back_in_any_order():
    with booted() as machine:
        before = machine.command("buddyinfo"), machine.json("meminfo --json")
        blocks = 0
        for how, _ in orders_of_freeing([]):
            handles = take_everything(machine)
            blocks = len(handles)
            check_that_nothing_is_left(machine)
            give_back(machine, dict(orders_of_freeing(handles))[how])
            after = machine.command("buddyinfo"), machine.json("meminfo --json")
            expect_equal(before, after, f"buddyinfo and meminfo after freeing {how}")
            expect_success(machine, "verify")
    return f"{blocks} blocks were all there was, four times"


def test_a_full_table_of_handles_refuses_and_takes_nothing():
    with booted() as machine:
        before = machine.command("buddyinfo")
        refusal = expect_failure(machine, "alloc -n 100000 0", "the shell has room for")
        expect_equal(before, machine.command("buddyinfo"), "buddyinfo after the refusal")
        room = int(re.search(r"room for (\d+) more blocks", refusal)[1])
        expect(room >= 4096, f"room for at least 4,096 handles, and there was for {room}")

        answer = expect_success(machine, f"alloc -n {room} 0")
        expect_equal(room, len(re.findall(r"^#\d+ ", answer, re.M)), "blocks taken")
        full = machine.command("buddyinfo")
        expect_failure(machine, "alloc 0", "the shell has room for 0 more blocks")
        expect_equal(full, machine.command("buddyinfo"), "buddyinfo after the refusal")
        expect_success(machine, "verify")
        expect_success(machine, "free all")
        expect_equal(before, machine.command("buddyinfo"), "buddyinfo after `free all`")
    return f"{room} handles"


def test_exact_counts_give_their_tail_back():
    with booted() as machine:
        before = machine.command("buddyinfo")
        for size in ("24K", "4K", "1M", "4100K", "12M", "5000K", "100K"):
            for zone in ("early", "late"):
                held = zones(machine)
                expect_success(machine, f"alloc -z {zone} {size}")
                number = int(size[:-1]) * (256 if size.endswith("M") else 1)
                frames = number if size.endswith("M") else -(-number // 4)
                taken = sum(now["used"] - then["used"] for now, then in zip(zones(machine), held))
                expect_equal(frames, taken, f"frames taken by `alloc -z {zone} {size}`")
        expect_success(machine, "verify")
        expect_success(machine, "free all")
        expect_equal(before, machine.command("buddyinfo"), "buddyinfo after `free all`")
