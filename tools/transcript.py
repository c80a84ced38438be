# SPDX-License-Identifier: MIT
"""Replays transcripts: what is typed, and what must be seen.

    python3 tools/transcript.py [--machine NAME] [--cores N] FILE...

NAME is one of MACHINES in tools/qemu.py, and raspi3b if nothing is said. A transcript is the text of
a session, and reads as the manual:

    # Prose, for the reader: a line that begins with `# `, or is only `#`.
    beryl> alloc 3
    #1 {a}..{a+0x7fff} order 3 32 KiB late
    beryl> free {a}

Lines after `beryl> ` are typed, the rest must match the output line by line. Lines before the first
prompt are what the boot must print; without any, the boot's lines are not compared. In both kinds:

    {name}      a number, decimal or 0x...: the first time any, and from there on the same one
    {name+N}    that number and N more, in the base it was printed in; {name-N} likewise
    {}          any number, remembered by nobody
    {*}         any text, to whatever follows it in the line
    ...         as a whole line: any number of lines, also none

Two names stand for something from the start: {ram} and {uart}, where the RAM and the UART of the
machine begin. So a transcript runs on every machine, but for one that says what it needs in prose of
this form:

    # Needs 4 cores.
"""

import argparse
import re
import sys

from qemu import MACHINES, PROMPT, Qemu, QemuError

_PLACE = re.compile(r"\{(\*|[a-z_]*)(?:([+-])(0x[0-9a-f]+|[0-9]+))?\}")
_NUMBER = r"(?:0x[0-9a-f]+|[0-9]+(?:\.[0-9]+)?)"
_NEEDS = re.compile(r"^# Needs (\d+) cores\.$", re.M)
ANY_LINES = "..."


class Mismatch(Exception):
    """The output differs from the transcript; the text shows where."""


class Bindings(dict):
    """What the names stand for, as printed."""

    def value(self, name, sign, offset):
        """The text of `{name+offset}`."""
        if name not in self:
            raise KeyError(f"{{{name}}} is used before anything has bound it")
        printed = self[name]
        if sign is None:
            return printed
        delta = int(offset, 0) * (1 if sign == "+" else -1)
        number = int(printed, 0) + delta
        return f"0x{number:08x}" if printed.startswith("0x") else str(number)

    def fill(self, text):
        """`text` with every name replaced."""
        return _PLACE.sub(lambda place: self.value(*place.groups()), text)

    def match(self, expected, actual):
        """True if `actual` is what `expected` describes; new names are bound then."""
        pattern, end, fresh = "", 0, []
        for place in _PLACE.finditer(expected):
            name, sign, offset = place.groups()
            pattern += re.escape(expected[end:place.start()])
            end = place.end()
            if name == "*":
                pattern += ".*?"
            elif name == "":
                pattern += _NUMBER
            elif name in self:
                pattern += re.escape(self.value(name, sign, offset))
            elif name in fresh:
                # Bound by this very line: a plain repetition is compared by the expression, a sum
                # once the number is known.
                pattern += f"(?P={name})" if sign is None else _NUMBER
            else:
                pattern += f"(?P<{name}>{_NUMBER})"
                fresh.append(name)
        match = re.fullmatch(pattern + re.escape(expected[end:]), actual)
        if not match:
            return False
        trial = Bindings(self, **match.groupdict())
        if fresh and not trial.match(expected, actual):
            return False
        self.update(trial)
        return True


class Step:
    """One typed line (none for the boot) and what must follow it."""

    def __init__(self, typed, number):
        self.typed = typed
        self.number = number
        self.expected = []  # (line number, text)


def parse(text):
    """The steps of a transcript; the first is the boot."""
    steps = [Step(None, 1)]
    for number, line in enumerate(text.splitlines(), start=1):
        if line == "#" or line.startswith("# "):
            continue
        if line.startswith(PROMPT) or line == PROMPT.rstrip():
            steps.append(Step(line[len(PROMPT):], number))
        else:
            steps[-1].expected.append((number, line))
    for step in steps:
        # Blank lines before prose or a prompt are layout.
        while step.expected and not step.expected[-1][1]:
            step.expected.pop()
    return steps


def compare(expected, actual, bindings):
    """None if the lines match, with names bound on the way; else (line number or None, index of the
    first line of `actual` that does not fit)."""
    at = 0
    for position, (number, text) in enumerate(expected):
        if text == ANY_LINES:
            rest = expected[position + 1:]
            if not rest:
                return None
            for start in range(at, len(actual)):
                trial = Bindings(bindings)
                if compare(rest, actual[start:], trial) is None:
                    bindings.update(trial)
                    return None
            return number, at
        if at == len(actual) or not bindings.match(text, actual[at]):
            return number, at
        at += 1
    return None if at == len(actual) else (None, at)


def explain(step, actual, where, bindings):
    """The two texts side by side, the first difference marked."""
    number, at = where
    lines = [f"{PROMPT}{step.typed}" if step.typed is not None else "(boot)", "  must print:"]
    for expected_number, text in step.expected:
        mark = ">" if expected_number == number else " "
        lines.append(f"  {mark} {expected_number:4}  {text}")
    if number is None:
        lines.append("  >       (nothing more)")
    lines.append("  printed:")
    for index, text in enumerate(actual):
        lines.append(f"  {'>' if index == at else ' '}       {text}")
    if at == len(actual):
        lines.append("  >       (nothing more)")
    if bindings:
        lines.append("  with " + ", ".join(f"{name} = {text}" for name, text in bindings.items()))
    return "\n".join(lines)


def cores_needed(path):
    """How many cores a machine must have for this transcript."""
    with open(path, encoding="utf-8") as file:
        needs = _NEEDS.search(file.read())
    return int(needs[1]) if needs else 1


def replay(path, machine, known=()):
    """Types the transcript into a machine that is still booting, whose places are `known` by name.
    Gives the number of lines typed. At the end every mapping must be one that may be."""
    with open(path, encoding="utf-8") as file:
        steps = parse(file.read())
    bindings = Bindings(known)
    typed = 0
    for step in steps:
        if step.typed is None:
            output = machine.wait_for_prompt()
            if not step.expected:
                continue
        else:
            output = machine.command(bindings.fill(step.typed))
            typed += 1
        actual = [line.rstrip() for line in output.splitlines()]
        if step.typed is None:
            while actual and not actual[0]:
                actual.pop(0)
        where = compare(step.expected, actual, bindings)
        if where is not None:
            raise Mismatch(f"{path}:{where[0] or step.number}: the output differs\n" +
                           explain(step, actual, where, bindings))
    audit = machine.command("mmu audit")
    if "error:" in audit:
        raise Mismatch(f"{path}: the tables at its end break a rule\n{audit}")
    return typed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--machine", choices=MACHINES, default="raspi3b")
    parser.add_argument("--cores", type=int)
    parser.add_argument("files", nargs="+")
    arguments = parser.parse_args()
    place = MACHINES[arguments.machine]
    known = {"ram": f"0x{place.ram:08x}", "uart": f"0x{place.uart:08x}"}
    failed = 0
    for path in arguments.files:
        try:
            with Qemu(machine=arguments.machine, cores=arguments.cores) as machine:
                typed = replay(path, machine, known)
            print(f"{path}: {typed} lines typed, all answered as written")
        except (Mismatch, QemuError, KeyError) as error:
            failed += 1
            print(f"{path}: FAILED\n{error}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
