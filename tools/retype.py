# SPDX-License-Identifier: MIT
"""Types the sessions of a document again, and puts into it what the kernel answers now.

    python3 tools/retype.py FILE...          says where a document's answers differ from the kernel's
    python3 tools/retype.py --write FILE...  and mends them

A session is all fenced blocks that begin with a prompt, in their order. `<!-- anew -->` before one
begins another on a new machine, `<!-- anew: icount -->` on one that counts instructions. `...` in an
answer stands for any lines. Numbers may differ, and so may blanks and what is drawn: they are
times, or depend on the build.
"""

import re
import sys
from pathlib import Path

from qemu import PROMPT, Qemu

ICOUNT = ("-icount", "shift=0,sleep=off")
BEGIN = re.compile(r"^<!-- anew(: icount)? -->$")
LINE_TIMEOUT = 300.0
# What is there or not, as the machine has time: how far `stress` and `memtest` are.
NOW_AND_THEN = re.compile(r"^(\d+ s: | *\d+ % of )")
DRAWN = re.compile(r"^(0x[0-9a-f]+) [-#+.:rR ]+$")


def shape(line):
    """What must be alike in two answers."""
    line = DRAWN.sub(r"\1 drawn", line)
    line = re.sub(r"0x[0-9a-f]+|\d[\d.:_,]*|#+", "0", line)
    return " ".join(line.split())


def are_alike(shown, said):
    """Whether an answer in a document, with `...`, is the one that the kernel gives."""
    lines, now = ([shape(line) for line in answer] for answer in (shown, said))
    if "..." not in lines:
        return lines == now
    gap = lines.index("...")
    head, tail = lines[:gap], lines[gap + 1:]
    return now[:gap] == head and (not tail or now[-len(tail):] == tail)


def with_gap(shown, said):
    """The answer with as many lines left out as in the document."""
    lines = [line.strip() for line in shown]
    if "..." not in lines:
        return said
    gap = lines.index("...")
    after = len(lines) - gap - 1
    return said[:gap] + [shown[gap]] + (said[-after:] if after else [])


class Document:
    """Its lines, and in which of these something is typed or answered."""

    def __init__(self, path):
        self.path = path
        self.lines = path.read_text(encoding="utf-8").splitlines()

    def sessions(self):
        """Of each: how its machine is started, and its exchanges, as (line number, typed, end)."""
        options, exchanges = (), []
        number, in_block = 0, False
        for number, line in enumerate(self.lines):
            begins = BEGIN.match(line)
            if begins:
                if exchanges:
                    yield options, exchanges
                options, exchanges = ICOUNT if begins[1] else (), []
            elif line.startswith("```"):
                in_block = not in_block
                if exchanges and exchanges[-1][2] is None:
                    exchanges[-1][2] = number
            elif in_block and line.startswith(PROMPT):
                if exchanges and exchanges[-1][2] is None:
                    exchanges[-1][2] = number
                exchanges.append([number, line[len(PROMPT):], None])
        if exchanges:
            yield options, exchanges

    def retype(self):
        """Types all of it. The differences, as text; and its lines as the kernel has them now."""
        differences, lines, done = [], [], 0
        for options, exchanges in self.sessions():
            with Qemu(extra=options) as machine:
                machine.wait_for_prompt()
                for number, typed, end in exchanges:
                    shown = self.lines[number + 1:end]
                    answer = machine.command(typed, LINE_TIMEOUT).rstrip("\n")
                    said = [line for line in answer.splitlines() if not NOW_AND_THEN.match(line)]
                    if not are_alike(shown, said):
                        differences.append("\n".join([f"{self.path}:{number + 1}: {typed}",
                                                      *(f"  now: {line}" for line in said)]))
                    lines += self.lines[done:number + 1] + with_gap(shown, said)
                    done = end
        return differences, lines + self.lines[done:]


def main(arguments):
    writes = arguments[:1] == ["--write"]
    paths = arguments[1:] if writes else arguments
    if not paths:
        sys.exit("usage: python3 tools/retype.py [--write] FILE...")
    failed = False
    for path in map(Path, paths):
        differences, lines = Document(path).retype()
        print("\n".join(differences) or f"{path}: its answers are the kernel's")
        if writes:
            path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        failed = failed or (bool(differences) and not writes)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
