# SPDX-License-Identifier: MIT
"""Checks the kernel that was built, without running it.

    python3 tools/check_image.py

The size of the image; no function of a run-time library that would use floating-point registers or
that nobody initialises; nothing writable and executable; acquire and release where a lock needs
them, and none of that where a core takes from its own cache.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

IMAGE = Path("build/kernel8.img")
ELF = Path("build/kernel8.elf")
LARGEST_IMAGE = 256 * 1024
CROSS = os.environ.get("CROSS", "aarch64-linux-gnu-")

# What the compiler calls behind one's back, and why it must not be here.
FORBIDDEN_SYMBOLS = (
    (r"__popcount\w+", "libgcc's uses floating-point registers"),
    (r"__aarch64_\w+", "out-of-line atomics ask the C library for the CPU's features"),
    (r"__cxa_(?!pure_virtual)\w+", "there is no C++ run-time library"),
    (r"__\w+[sdt]f\d", "floating point"),
    (r"_GLOBAL__sub_I\w*", "a global constructor: nobody runs it"),
    (r"_Unwind_\w+", "there are no exceptions"),
)

def tool(name, *arguments):
    return subprocess.run([CROSS + name, *map(str, arguments)], capture_output=True, text=True,
                          check=True).stdout


def size_findings():
    size = IMAGE.stat().st_size
    if size > LARGEST_IMAGE:
        yield f"{IMAGE}: {size} bytes, and {LARGEST_IMAGE} is the limit"


def symbol_findings():
    for line in tool("nm", ELF).splitlines():
        kind, name = line.split()[-2:]
        if kind in "Uw":
            yield f"{ELF}: {name} is not defined"
        for pattern, why in FORBIDDEN_SYMBOLS:
            if re.fullmatch(pattern, name):
                yield f"{ELF}: {name}: {why}"


def segment_findings():
    for line in tool("readelf", "-lW", ELF).splitlines():
        if line.split()[:1] == ["LOAD"] and " RWE " in line:
            yield f"{ELF}: a segment is writable and executable: {line.strip()}"
    for section in re.findall(r"\.(?:init_array|ctors|eh_frame)\b", tool("readelf", "-SW", ELF)):
        yield f"{ELF}: section {section}: nobody reads it"


# What orders accesses (ARM DDI 0487J.a, B2.3; of the TLB, D8.13.5): QEMU would not notice if it were
# missing. By function, what its instructions have, in their order.
INVALIDATE = "arch::Tlb::invalidate(kernel::Address<kernel::VirtualSpaceTag>, unsigned long)"
LOCK = "kernel::TicketLock<arch::"
ORDER = {
    f"{LOCK}LockMachine>::lock()": (r"\bldar\b", r"\bstl?xr\b"),
    f"{LOCK}LockMachine>::wait_for(unsigned int, kernel::HandlersStayOut::Mask)": (
        r"\bldar\b", r"\bldaxr\b.*\bwfe\b"),
    f"{LOCK}LockMachine>::unlock()": (r"\bstlr\b",),
    # No handler comes between the draw and the end of what was drawn for.
    f"{LOCK}MaskingLockMachine>::lock()": (r"\bmsr daifset, #0x2;.*\bstl?xr\b.*\bldar\b",),
    f"{LOCK}MaskingLockMachine>::wait_for(unsigned int, unsigned long)": (
        r"\bldar\b", r"\bldaxr\b.*\bwfe\b"),
    f"{LOCK}MaskingLockMachine>::unlock()": (r"\bstlr\b.*\bmsr daif, x",),
    # The new descriptor is there before anybody uses the address.
    "arch::Tlb::after_map()": (r"\bdsb ishst; isb\b",),
    # The old one is gone before it is forgotten, and forgotten before anybody goes on.
    INVALIDATE: (r"\bdsb ishst;.*\btlbi vaae1is\b.*; dsb ish; isb\b",
                 r"\bdsb ishst;.*\btlbi vmalle1is\b.*; dsb ish; isb\b"),
    # Whoever is woken sees what it is woken for.
    "arch::CoreEvents::send(unsigned int)": (r"\bdsb sy; sev\b",),
    "arch::Core::finish_writes()": (r"\bdsb ishst\b",),
    "arch::Cores::start(unsigned int, kernel::Work&)": (r"\bstlr\b.*\bblr\b",),
    "arch::Cores::serve()": (r"\bstlrb\b.*\bblr\b", r"\bldar\b"),
    # Whoever is told that a core keeps nothing sees what that has given back.
    "mm::CachedBuddies::drain_some_locked(mm::CoreCache&, kernel::Result<void>*)": (
        r"\bbl \S+ <[^;]*give_back.*\bstlrb wzr\b",),
    "mm::SharedBuddies::close()": (r"\bldarb\b.*\bblr\b.*\bldarb\b",),
}

# What each core keeps for itself costs no lock and no atomic read-modify-write, and nothing waits
# there. What these may call, the last for when there is nothing at hand:
QUICK_CALLS = (r"mm::CoreCache::(take|put)_elsewhere\(.*\)",
               r"mm::CachedBuddies::(allocate|free)_slowly\(.*\)")
# And how many virtual functions: pin() and unpin(), which stand here too.
QUICK = {
    "mm::SharedBuddies::allocate_here(mm::Order)": 2,
    "mm::SharedBuddies::free(mm::FrameNumber, mm::Order)": 2,
    "mm::CoreCache::take_elsewhere(mm::Order)": 0,
    "mm::CoreCache::put_elsewhere(mm::FrameNumber, mm::Order)": 0,
    "start::CoreCaches::pin()": 0,
    "start::CoreCaches::unpin(mm::CacheOwners::Pin)": 0,
}
ORDERS = (r"(ldar|stlr|ldapr|ldlar|stllr|ldx|ldax|stx|stlx|cas|swp|ld(add|clr|set|eor|[su]m(ax|in))"
          r"|st(add|clr|set|eor|[su]m(ax|in))|dmb|dsb|isb|wfe)")


def instructions_of(function):
    code = tool("objdump", "-dC", "--no-show-raw-insn", f"--disassemble={function}", ELF)
    return [" ".join(each.split()) for each in re.findall(r"^\s*[0-9a-f]+:\t(.*)", code, re.M)]


def order_findings():
    for function, wanted in ORDER.items():
        operations = "; ".join(instructions_of(function))
        for pattern in wanted:
            if not re.search(pattern, operations):
                yield f"{ELF}: {function} has no {pattern}: {operations}"


def quick_findings():
    for function, virtual_calls in QUICK.items():
        instructions = instructions_of(function)
        if not instructions:
            yield f"{ELF}: {function} is not there"
        if sum(each.startswith("blr") for each in instructions) > virtual_calls:
            yield f"{ELF}: {function} is to be quick, and calls more than {virtual_calls} virtual functions"
        for each in instructions:
            called = re.match(r"bl \w+ <(.*)>", each)
            if re.match(ORDERS, each) or (called and not re.fullmatch("|".join(QUICK_CALLS), called[1])):
                yield f"{ELF}: {function} is to be quick, and has {each}"


def main():
    findings = [*size_findings(), *symbol_findings(), *segment_findings(), *order_findings(),
                *quick_findings()]
    print("\n".join(findings) or f"{IMAGE} has {IMAGE.stat().st_size} bytes")
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
