# SPDX-License-Identifier: MIT
"""What cannot be survived is reported, and ends with one line that a script can read: each kind of
`crash`, through each of the sixteen vectors."""

import re

from support import booted, expect, expect_equal, expect_failure, symbol

LAST_LINE = r"^PANIC core=(\d) code=(\S+) pc=0x([0-9a-f]+) esr=0x([0-9a-f]+) far=0x([0-9a-f]+)\r?\n"
NO_FAR = 0
TEXT = "text_begin"
RODATA = "rodata_begin"

# ESR_EL1 (ARM DDI 0487J.a, D19.2): class in 31:26, IL, then what the class says. FAR is a number,
# or the name of a symbol; None where it depends on the stack. The words stand in the report.
SYNCHRONOUS = {
    "null-read": ("data-abort", 0x96000004, 0, "read of 0x0000000000000000: translation fault"),
    "null-write": ("data-abort", 0x96000044, 0, "write of 0x0000000000000000: translation fault"),
    "null-execute": ("instruction-abort", 0x86000004, 0, "fetch of 0x0000000000000000"),
    "text-write": ("data-abort", 0x9600004f, TEXT, "permission fault, level 3"),
    "rodata-write": ("data-abort", 0x9600004f, RODATA, "permission fault, level 3"),
    "data-execute": ("instruction-abort", 0x8600000f, None, "permission fault, level 3"),
    "unaligned": ("data-abort", 0x96000021, None, "alignment fault"),
    "external-abort": ("data-abort", 0x96000010, None, "nothing on the bus answers there"),
    "undefined": ("undefined-instruction", 0x02000000, NO_FAR, "class 0x00"),
    "brk": ("brk", 0xf2000001, NO_FAR, "detail 0x000001"),
    "svc": ("svc", 0x56000001, NO_FAR, "detail 0x000001"),
    "hvc": ("hvc", 0x5a000001, NO_FAR, "detail 0x000001"),
    "smc": ("smc", 0x5e000001, NO_FAR, "detail 0x000001"),
    "floating-point": ("floating-point", 0x1fe00000, NO_FAR, "class 0x07"),
    "stack-overflow": ("stack-overflow", 0x96000047, None, "times more"),
    "pc-alignment": ("pc-alignment", 0x8a000000, None, "class 0x22"),
    "broken-promise": ("broken-promise", 0xf20000be, NO_FAR, "crash keeps its promises"),
}
SYNCHRONOUS_VECTOR, IRQ_VECTOR, FIQ_VECTOR, SERROR_VECTOR = range(4)
INSIDE = 4  # What an exception inside an exception adds.
FIRST_LOWER_VECTOR = 8


def crashed(line):
    """Types the line at a fresh machine; returns the report and the fields of its last line."""
    with booted() as machine:
        machine.send(line + "\r")
        report = machine.wait_for(LAST_LINE)
        silence = machine.read_for(0.05).strip()
    expect(not silence, f"`{line}`: nothing follows the last line, and there was: {silence}")
    core, code, *numbers = re.search(LAST_LINE, report, re.M).groups()
    expect_equal("0", core, f"`{line}`: the core")
    return report, code, *(int(text, 16) for text in numbers)


def expect_report(line, vector, expected):
    """The report of `line`, which comes through `vector`; `expected` is as in SYNCHRONOUS."""
    code, esr, far, words = expected
    report, actual_code, _, actual_esr, actual_far = crashed(line)
    expect_equal(code, actual_code, f"`{line}`: the code in\n{report}")
    expect_equal(f"0x{esr:x}", f"0x{actual_esr:x}", f"`{line}`: esr in\n{report}")
    if far is not None:
        far = symbol(far) if isinstance(far, str) else far
        expect_equal(f"0x{far:x}", f"0x{actual_far:x}", f"`{line}`: far in\n{report}")
    expect(words in report, f"`{line}`: the report says `{words}`, and was\n{report}")
    expect(re.search(rf"^  vector    {vector}: ", report, re.M), f"`{line}`: {vector} in\n{report}")
    # What overflows the stack of exceptions is overwritten by the report of it.
    expect("shell::crash" in report or line == "crash -i stack-overflow",
           f"`{line}`: the walk names the command\n{report}")


def test_each_kind_in_the_kernel():
    for kind, expected in SYNCHRONOUS.items():
        expect_report(f"crash {kind}", SYNCHRONOUS_VECTOR, expected)
    return f"{len(SYNCHRONOUS)} kinds"


def test_each_kind_inside_an_exception():
    for kind, expected in SYNCHRONOUS.items():
        expect_report(f"crash -i {kind}", SYNCHRONOUS_VECTOR + INSIDE, expected)
    return f"{len(SYNCHRONOUS)} kinds"


def test_interrupts_and_serrors_that_nobody_serves():
    for name, vector, esr in (("irq", IRQ_VECTOR, 0), ("fiq", FIQ_VECTOR, 0),
                              ("serror", SERROR_VECTOR, 0xbe000000)):
        expect_report(f"crash {name}", vector, (name, esr, NO_FAR, f"{name} in the kernel"))
        expect_report(f"crash -i {name}", vector + INSIDE,
                      (name, esr, NO_FAR, f"{name} inside an exception"))


def test_the_vectors_of_lower_levels():
    """This kernel has no EL0 that could reach them: they are entered by a branch."""
    kinds = ("synchronous", "irq", "fiq", "serror")
    for number in range(FIRST_LOWER_VECTOR, 16):
        state = "AArch64" if number < 12 else "AArch32"
        expect_report(f"crash vector-{number}", number,
                      ("lower-level", 0, NO_FAR, f"{kinds[number % 4]} from EL0, {state}"))


def test_a_panic_in_the_report_of_a_panic():
    """The second reason is told, and the first one still ends it."""
    for line in ("crash nested", "crash -i nested"):
        with booted() as machine:
            machine.send(line + "\r")
            second = machine.wait_for(LAST_LINE)
            first = machine.wait_for(LAST_LINE)
            expect("The report failed too:" in second, f"`{line}` said\n{second}")
            expect("code=data-abort" in second and "far=0x10" in second, f"the second: {second}")
            expect("code=broken-promise" in first, f"the first: {first}")
            expect(not machine.read_for(0.05).strip(), "nothing follows")


def test_what_is_no_kind_is_refused():
    with booted() as machine:
        for line, why in (("crash nothing", "no such kind"), ("crash null-read now", "usage:"),
                          ("crash -i", "usage:"), ("crash ''", "no such kind"),
                          # QEMU 7.2 does not check SP; a board reports code=sp-alignment.
                          ("crash sp-alignment", "went on all the same"),
                          ("crash -i sp-alignment", "went on all the same")):
            expect_failure(machine, line, why)
        kinds = {row.split()[0] for row in machine.command("crash").splitlines()}
        tried = {*SYNCHRONOUS, "irq", "fiq", "serror", "nested", "sp-alignment",
                 *(f"vector-{number}" for number in range(FIRST_LOWER_VECTOR, 16))}
        expect_equal(sorted(tried), sorted(kinds), "every kind there is has been tried here")
