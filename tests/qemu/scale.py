# SPDX-License-Identifier: MIT
"""RAM that grows without the kernel noticing: `virt` with up to 200 GiB, on a host that has far less,
so that whoever touched all of it would be seen."""

from budget import instructions_to_the_prompt
from support import booted, expect, expect_equal, expect_failure, expect_success, zones

RAM = 0x4000_0000
GIB = 1 << 30
BLOCK = 2 << 20  # Order 9.
SIZES = (1, 8, 64, 200)  # GiB.
MOST_RESIDENT = 400 << 20
MOST_INSTRUCTIONS_FOR_A_GIB = 100_000


def with_gibibytes(size):
    """What QEMU is told for that much RAM, none of which it sets aside."""
    return {"machine": "virt", "options": ("memory-backend=r",), "memory": f"{size}G",
            "extra": ("-object", f"memory-backend-ram,id=r,size={size}G,reserve=off")}


def most_resident(machine):
    """The most memory of the host that QEMU has ever had, in bytes."""
    with open(f"/proc/{machine.pid}/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) << 10
    raise AssertionError("/proc has no VmHWM")


def take_and_give_back_at(machine, address):
    """A block of 2 MiB there."""
    taken = expect_success(machine, f"alloc -@ 0x{address:x} 9")
    expect(f" 0x{address:08x}..0x{address + BLOCK - 1:08x} order 9 2 MiB " in taken, taken)
    expect_success(machine, f"free 0x{address:x}")


def check(machine, size):
    """All of it is there, nearly all of it free, and both ends can be had."""
    before = zones(machine)
    frames = size * GIB >> 12
    free = sum(zone["free"] for zone in before)
    expect_equal(frames, sum(zone["frames"] for zone in before), "frames of both zones")
    expect(free >= 0.99 * frames, f"at least 99 % of {frames} frames are free, and {free} are")
    take_and_give_back_at(machine, RAM + 40 * BLOCK)  # Below it is what the kernel needs.
    take_and_give_back_at(machine, RAM + size * GIB - BLOCK)
    expect_success(machine, "alloc -z late 9; free all")
    expect_equal(before, zones(machine), "the zones when all is given back")
    expect_success(machine, "verify")
    return f"{100 * free / frames:.3f} %"


def test_every_frame_is_served_and_few_are_touched():
    facts = []
    for size in SIZES:
        with booted(**with_gibibytes(size)) as machine:
            share = check(machine, size)
            resident = most_resident(machine)
            expect(resident <= MOST_RESIDENT, f"QEMU had {resident} bytes with {size} GiB of RAM, "
                   f"and {MOST_RESIDENT} is the limit")
            facts.append(f"{size} GiB: {share} free, QEMU {resident >> 20} MiB")
    return "; ".join(facts)


def test_each_gibibyte_more_costs_few_instructions():
    counts = {size: instructions_to_the_prompt(**with_gibibytes(size)) for size in SIZES}
    least, most = min(counts), max(counts)
    each = (counts[most] - counts[least]) / (most - least)
    expect(each <= MOST_INSTRUCTIONS_FOR_A_GIB, f"{each:.0f} instructions for each further GiB, "
           f"and {MOST_INSTRUCTIONS_FOR_A_GIB} is the limit: {counts}")
    return f"{each:.0f} instructions for each further GiB: {counts}"


def test_what_cannot_be_described_is_left_out_and_named():
    """Metadata takes half of the early window at most: that is enough for 955 GiB."""
    with booted(**with_gibibytes(1000)) as machine:
        expect("late    the RAM beyond needs more metadata than there is room for\n"
               in machine.boot_text, f"a line says so:\n{machine.boot_text}")
        frames = sum(zone["frames"] for zone in zones(machine))
        expect(955 * GIB >> 12 < frames < 1000 * GIB >> 12, f"{frames} frames are served")
        expect_success(machine, "alloc -n 2 9; free all")
        return f"{frames >> 18} of 1000 GiB are served"


def test_without_memory_below_one_gibibyte_there_is_none_for_dma():
    with booted(machine="virt") as machine:
        expect_failure(machine, "alloc -d 0", "no devices that reach the first GiB only")
