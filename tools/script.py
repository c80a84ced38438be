# SPDX-License-Identifier: MIT
"""Types each line of a file into the shell and prints the transcript.

    python3 tools/script.py FILE

The exit status is 0 only if every command succeeded: only failures print a line that begins with
`error:` or `usage:`. MACHINE is one of MACHINES in tools/qemu.py, DTB a device tree. A line that ends the machine (`reboot`, `poweroff`) must be the last one.
"""

import os
import sys

from qemu import PROMPT, Qemu, QemuError

LINE_TIMEOUT = 300.0


def is_failure(line):
    return line.startswith(("error:", "usage:", "PANIC "))


def run(lines, machine):
    """Types the lines and prints what is answered. Gives the number of failures seen."""
    print(machine.wait_for_prompt(), end="")
    failures = 0
    for number, line in enumerate(lines, start=1):
        try:
            answer = machine.command(line, LINE_TIMEOUT)
        except QemuError:
            if number == len(lines) and line.split()[:1] in (["reboot"], ["poweroff"]):
                machine.wait_for_exit()
                print(PROMPT + line)
                return failures
            raise
        print(f"{PROMPT}{line}\n{answer}", end="", flush=True)
        failures += sum(map(is_failure, answer.splitlines()))
    return failures


def main(arguments):
    if len(arguments) != 1:
        sys.exit("usage: make script FILE=<a file of commands, one on each line>")
    try:
        with open(arguments[0], encoding="utf-8") as file:
            lines = file.read().splitlines()
    except OSError as error:
        sys.exit(f"error: {arguments[0]}: {error.strerror}")
    try:
        with Qemu(machine=os.environ.get("MACHINE") or "raspi3b",
                  dtb=os.environ.get("DTB") or None) as machine:
            failures = run(lines, machine)
    except QemuError as error:
        sys.exit(f"error: {error}")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
