# SPDX-License-Identifier: MIT
"""What cannot be survived is reported, and ends with one line that a script can read.

The commands that crash on purpose come later; here a few machine instructions are written over a
command's handler, by physical address, with the refusals lifted; then that command is typed.
"""

import re

from support import booted, expect, expect_success, symbol

IMAGE = 0xffff_ffff_8000_0000
VICTIM = "shell::uptime"

# ARM DDI 0487J.a, C6.2.
UDF = 0x0000_0000
BRK = 0xd420_0000
SVC = 0xd400_0001
HVC = 0xd400_0002
MOV_X0_0 = 0xd280_0000
BR_X0 = 0xd61f_0000
LDR_X1_X0 = 0xf940_0001
STR_XZR_X0 = 0xf900_001f
SUB_SP_SP_1K = 0xd110_03ff
STR_XZR_SP = 0xf900_03ff
BACK_2 = 0x17ff_fffe  # b . - 8

LAST_LINE = r"^PANIC core=0 code=(\S+) pc=(0x[0-9a-f]+) esr=(0x[0-9a-f]+) far=(0x[0-9a-f]+)\r?$"


def report_of(*instructions):
    """Makes the victim run these instead; returns (report, exception class, pc, far)."""
    with booted() as machine:
        address = symbol(VICTIM)
        expect_success(machine, "unsafe on")
        for place, instruction in enumerate(instructions):
            expect_success(machine, f"poke -p 0x{address - IMAGE + 4 * place:x} 0x{instruction:08x}")
        machine.send(VICTIM.split("::")[1] + "\r")
        report = machine.wait_for(LAST_LINE)
        silence = machine.read_for(0.3).strip()
    expect(not silence, f"nothing follows the last line, and there was: {silence}")
    match = re.search(LAST_LINE, report, re.M)
    pc, esr, far = (int(text, 16) for text in match.groups()[1:])
    # A system call leaves the address of the next instruction.
    expect(address <= pc <= address + 4 * len(instructions) or pc == 0, f"pc 0x{pc:x}:\n{report}")
    expect(VICTIM.split("::")[1] in report, f"the walk names {VICTIM}:\n{report}")
    return report, esr >> 26, pc, far


def expect_class(wanted, *instructions):
    report, actual, _, far = report_of(*instructions)
    expect(actual == wanted, f"exception class 0x{wanted:x}, and it was 0x{actual:x}:\n{report}")
    return report, far


def test_an_undefined_instruction():
    expect_class(0x00, UDF)


def test_a_breakpoint():
    expect_class(0x3c, BRK)


def test_a_system_call():
    expect_class(0x15, SVC)


def test_a_load_from_address_0():
    _, far = expect_class(0x25, MOV_X0_0, LDR_X1_X0)
    expect(far == 0, f"far is 0, and it was 0x{far:x}")


def test_a_store_to_address_0():
    expect_class(0x25, MOV_X0_0, STR_XZR_X0)


def test_a_jump_to_address_0():
    expect_class(0x21, MOV_X0_0, BR_X0)


def test_a_stack_overflow_is_called_one():
    report, _ = expect_class(0x25, SUB_SP_SP_1K, STR_XZR_SP, BACK_2)
    expect("stack" in report.lower(), f"the report says that the stack overflowed:\n{report}")
