# SPDX-License-Identifier: MIT
"""Adds up how deep the kernel's stack may get, from the code that was built.

    python3 tools/check_stack.py

The frames of kernel_main, of the deepest way of direct calls from the shell's loop to a command, and
from that command on, with a margin for what is called through interfaces: half of the stack at most.
No function calls itself, by whatever way of direct calls, but for those named here.
"""

import os
import re
import subprocess
import sys
from collections import Counter, defaultdict

ELF = "build/kernel8.elf"
CROSS = os.environ.get("CROSS", "aarch64-linux-gnu-")
# Console, power, clock, memory access: none of them is deeper.
BEHIND_INTERFACES = 4096
MAY_RECURSE = {
    "recurse": "crash stack-overflow",
    "redraw": "show_from() moves the window to where the cursor is, and then it need not again",
    "find": "an alias leads to a path, which is no alias",
}


def tool(name, *arguments):
    return subprocess.run([CROSS + name, *arguments], capture_output=True, text=True,
                          check=True).stdout


class Code:
    """Frames in bytes and direct calls, by function."""

    def __init__(self, listing):
        self.frames, self.calls = Counter(), defaultdict(set)
        self.cycles = []
        self._depths, self._way = {}, []
        function, constants = None, {}
        for line in listing.splitlines():
            start = re.match(r"[0-9a-f]+ <(.*)>:$", line)
            if start:
                function, constants = start[1], {}
                continue
            parts = line.split("\t")
            if len(parts) > 2:
                self._note(function, constants, parts[1].strip(), parts[2])

    def _note(self, function, constants, operation, operands):
        target = re.search(r"<(.*)>$", operands)
        is_jump = operation == "b" and target and target[1] != function  # To itself it is a loop.
        if operation == "bl" or (is_jump and "+0x" not in target[1]):
            self.calls[function].add(target[1])
        if constant := re.match(r"(x\d+), #0x([0-9a-f]+)", operands):
            constants[constant[1]] = int(constant[2], 16)
        if push := re.search(r"\[sp, #-(\d+)\]!", operands):
            self.frames[function] += int(push[1])
        if operation == "sub" and (room := re.match(r"sp, sp, (\S+?)(, lsl #12)?$", operands)):
            size = int(room[1][1:], 16) if room[1][0] == "#" else constants[room[1]]
            self.frames[function] += size << (12 if room[2] else 0)

    def depth(self, function):
        """Bytes on the deepest way of direct calls from `function` on, its own frame included."""
        if function in self._way:
            self.cycles.append(self._way[self._way.index(function):])
            return 0
        if function not in self._depths:
            self._way.append(function)
            deepest = max((self.depth(callee) for callee in self.calls[function]), default=0)
            self._way.pop()
            self._depths[function] = self.frames[function] + deepest
        return self._depths[function]


def short(name):
    """The function's own name, as MAY_RECURSE has it."""
    return re.sub(r"\(.*", "", name.replace("(anonymous namespace)", "")).split("::")[-1]


def main():
    sys.setrecursionlimit(10_000)
    symbols = dict(reversed(line.split(" ")[::2]) for line in tool("nm", ELF).splitlines())
    stack = int(symbols["boot_stack_end"], 16) - int(symbols["boot_stack_begin"], 16)
    code = Code(tool("objdump", "-dC", "--no-show-raw-insn", ELF))
    handlers = [name for name in list(code.frames) if name.endswith("(shell::Call&)")]
    command = max(handlers, key=code.depth)
    main_name = next(name for name in code.frames if name.startswith("kernel_main("))
    used = (code.frames[main_name] + code.depth("shell::Session::run()") + code.depth(command) +
            BEHIND_INTERFACES)
    for function in list(code.calls):
        code.depth(function)
    findings = [f"{' -> '.join(cycle)} calls itself" for cycle in code.cycles
                if not MAY_RECURSE.keys() & set(map(short, cycle))]
    if used > stack / 2:
        findings.append(f"{used} bytes of stack may be used, the most by {command}")
    print("\n".join(findings) or
          f"{used} of {stack} bytes of stack at most, with {short(command)} as the deepest command")
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
