# SPDX-License-Identifier: MIT
"""Drives Beryl in QEMU: boots it headless, types into the serial line, waits for what it answers.

    with Qemu() as machine:
        machine.wait_for_prompt()
        print(machine.command("meminfo"))

    python3 tools/qemu.py NAME      # what QEMU has to be told to be that machine

QEMU's serial line is a pipe, its gdb stub and its monitor are socket pairs, so that nothing is left
in the file system. Leaving the `with` ends QEMU: SIGTERM first, then SIGKILL.
"""

import ctypes
import json
import os
import re
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import termios
import time
import tty
from typing import NamedTuple

PROMPT = "beryl> "
DEFAULT_KERNEL = "build/kernel8.img"
BOOT_TIMEOUT = 30.0
COMMAND_TIMEOUT = 60.0


class Machine(NamedTuple):
    """What QEMU is told of a machine (a Pi has its CPU, memory and cores, `virt` has those of `-cpu`,
    `-m` and `-smp`), and where its RAM and its UART begin."""
    words: str
    cpu: str | None = None
    memory: str | None = None
    cores: int | None = None
    ram: int = 0
    uart: int = 0x3f20_1000


def _virt(*options):
    return Machine(",".join(["virt,gic-version=2", *options]), "cortex-a53", "1G", 4,
                   0x4000_0000, 0x0900_0000)


# The names that tests and tools give to the machines they run on.
MACHINES = {
    "raspi3b": Machine("raspi3b"),
    "raspi3ap": Machine("raspi3ap"),
    "virt": _virt(),
    "virt-el2": _virt("virtualization=on"),
    # As a Pi 5: the GIC has the Security Extensions, and is seen from the non-secure side.
    "virt-secure": _virt("virtualization=on", "secure=on"),
}


def words_of(machine, *options, cpu=None, memory=None, cores=None):
    """QEMU's arguments for a machine that has a name here, and what is chosen to be other there."""
    named = MACHINES[machine]
    words = ["-M", ",".join([named.words, *options])]
    for option, value in (("-cpu", cpu or named.cpu), ("-m", memory or named.memory),
                          ("-smp", cores or named.cores)):
        if value is not None:
            words += [option, str(value)]
    return [*words, "-net", "none"]


# The prompt is at the start of a line, and nothing follows it yet.
# Also where `clear` has put the cursor.
_PROMPT_HERE = re.compile(rb"(?:^|\n|\x1b\[[0-9;]*[HJ])" + PROMPT.encode())
_PANIC = re.compile(rb"^PANIC core=.*\n", re.M)
_ESCAPE_SEQUENCE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class QemuError(Exception):
    """QEMU did not do what was waited for. The text ends with what the serial line said last."""


def plain(text):
    """What a person would read: no carriage returns, no escape sequences."""
    return _ESCAPE_SEQUENCE.sub("", text).replace("\r", "")


def _die_with_parent():
    """A killed test leaves no QEMU behind (PR_SET_PDEATHSIG is 1)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)


class Qemu:
    """One machine from power-on to its end. `machine` is one of MACHINES, to which `options` may be
    added; all other arguments are QEMU's own words. `cpu`, `memory` and `cores` are for `virt`.

    gdb=True and monitor=True make the sockets `self.gdb` and `self.monitor()` usable; paused=True
    waits for either before the first instruction. `inherited` are open files that QEMU gets too.
    terminal=True puts the serial line on a pseudo-terminal, which other programs may use meanwhile:
    `self.terminal` is its path.
    """

    def __init__(self, *, machine="raspi3b", options=(), cpu=None, memory=None, cores=None,
                 kernel=DEFAULT_KERNEL, dtb=None, append=None, initrd=None,
                 gdb=False, monitor=False, paused=False, terminal=False, extra=(), inherited=()):
        command = ["qemu-system-aarch64",
                   *words_of(machine, *options, cpu=cpu, memory=memory, cores=cores),
                   "-display", "none", "-serial", "stdio", "-monitor", "none", "-no-reboot"]
        for option, value in (("-kernel", kernel), ("-dtb", dtb),
                              ("-append", append), ("-initrd", initrd)):
            if value is not None:
                command += [option, str(value)]
        if paused:
            command.append("-S")
        command += extra
        self.gdb = self._monitor = None
        theirs = []
        if gdb:
            self.gdb = self._socket("gdb", command, theirs)
            command += ["-gdb", "chardev:gdb"]
        if monitor:
            self._monitor = self._socket("qmp", command, theirs)
            command += ["-mon", "chardev=qmp,mode=control"]
        self._messages = tempfile.TemporaryFile()
        its_end, self._line = os.openpty() if terminal else (subprocess.PIPE, None)
        if terminal:
            tty.setraw(self._line)
            settings = termios.tcgetattr(self._line)
            settings[1] = 0  # QEMU sets OPOST again, which alone changes nothing.
            termios.tcsetattr(self._line, termios.TCSANOW, settings)
        self._process = subprocess.Popen(
            command, stdin=its_end, stdout=its_end, stderr=self._messages,
            pass_fds=[*inherited, *(end.fileno() for end in theirs)], preexec_fn=_die_with_parent)
        self.pid = self._process.pid
        for end in theirs:
            end.close()
        self._received = bytearray()  # What nobody has taken yet.
        self._said = bytearray()      # All of it, for the reports.
        self._to_send = bytearray()
        self._selector = selectors.DefaultSelector()
        if terminal:
            os.close(its_end)
            self.terminal = os.ttyname(self._line)
            self._output, self._input = self._line, os.dup(self._line)
        else:
            self._output = self._process.stdout.fileno()
            self._input = self._process.stdin.fileno()
        os.set_blocking(self._output, False)
        os.set_blocking(self._input, False)
        self._selector.register(self._output, selectors.EVENT_READ)
        self._ended = False
        if monitor:
            self._start_monitor()

    @staticmethod
    def _socket(name, command, theirs):
        ours, other = socket.socketpair()
        ours.settimeout(COMMAND_TIMEOUT)
        theirs.append(other)
        command += ["-chardev", f"socket,id={name},fd={other.fileno()}"]
        return ours

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # --- The serial line ---------------------------------------------------------------------

    def send(self, text):
        """Types `text` as it stands; what does not fit into the pipe goes as QEMU takes it."""
        self._to_send += text if isinstance(text, bytes) else text.encode()
        self._pump(0)

    def wait_for(self, pattern, timeout=COMMAND_TIMEOUT):
        """Takes the output up to the end of the first match of the regular expression `pattern`
        in the raw bytes, and returns it as plain text."""
        expression = re.compile(pattern if isinstance(pattern, bytes) else pattern.encode(), re.M)
        return self._take(expression, timeout, f"`{pattern}`")

    def wait_for_prompt(self, timeout=BOOT_TIMEOUT):
        """Takes everything up to the next prompt, and returns it without the prompt."""
        text = self._take(_PROMPT_HERE, timeout, "the prompt")
        return text[:-len(PROMPT)]

    def command(self, line, timeout=COMMAND_TIMEOUT):
        """Types one line at the prompt and returns what it printed, without the echo."""
        return self.commands([line], timeout)[0]

    def commands(self, lines, timeout=COMMAND_TIMEOUT):
        """Types all lines at once, as a paste does; returns the output of each. `timeout` is for
        each of them."""
        self.send("".join(line + "\r" for line in lines))
        return [self._answer(line, timeout) for line in lines]

    def json(self, line):
        """Types one line that answers with one line of JSON."""
        answer = self.command(line)
        try:
            return json.loads(answer)
        except ValueError as error:
            raise QemuError(f"`{line}` printed no JSON ({error}):\n{answer}") from None

    def _answer(self, line, timeout):
        text = self.wait_for_prompt(timeout)
        echo, newline, answer = text.partition("\n")
        # The editor scrolls a line that is wider than the terminal's row: its echo is in pieces.
        if not newline or (len(line) < 70 and echo.rstrip() != line.rstrip()):
            raise QemuError(f"typed `{line}`, the echo was `{echo}`" + self.report())
        return answer

    def read_for(self, seconds):
        """Whatever arrives in that time, and what was not taken before."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not self._ended:
            self._pump(deadline - time.monotonic())
        text = plain(self._received.decode(errors="replace"))
        self._received.clear()
        return text

    def read_some(self, seconds):
        """The bytes that have arrived, as soon as there are any; none if that takes so long."""
        deadline = time.monotonic() + seconds
        while not self._received and not self._ended and time.monotonic() < deadline:
            self._pump(max(0, deadline - time.monotonic()))
        data = bytes(self._received)
        self._received.clear()
        return data

    def _take(self, expression, timeout, wanted):
        deadline = time.monotonic() + timeout
        searched = 0
        while True:
            # A match may begin a little before what has been searched.
            match = expression.search(self._received, max(0, searched - 200))
            if match:
                text = self._received[:match.end()].decode(errors="replace")
                del self._received[:match.end()]
                return plain(text)
            if _PANIC.search(self._received, max(0, searched - 200)):
                raise QemuError(f"the kernel panicked while waiting for {wanted}" + self.report())
            searched = len(self._received)
            left = deadline - time.monotonic()
            if self._ended:
                raise QemuError(f"QEMU ended while waiting for {wanted}" + self.report())
            if left <= 0:
                raise QemuError(f"{wanted} did not come within {timeout:g} s" + self.report())
            self._pump(left)

    def _pump(self, timeout):
        """Moves bytes both ways once; waits at most `timeout` seconds for the line to be ready."""
        if self._to_send and self._input not in self._selector.get_map():
            self._selector.register(self._input, selectors.EVENT_WRITE)
        for key, _ in self._selector.select(timeout):
            if key.fd == self._output:
                try:
                    data = os.read(self._output, 1 << 16)
                except OSError:  # So says a terminal whose other end is gone.
                    data = b""
                self._ended = not data
                self._received += data
                self._said += data
            else:
                self._write_some()

    def _write_some(self):
        try:
            del self._to_send[:os.write(self._input, self._to_send[:1 << 16])]
        except BrokenPipeError:
            self._to_send.clear()
        if not self._to_send:
            self._selector.unregister(self._input)

    def said(self):
        """Every byte the line has carried so far."""
        return bytes(self._said)

    def report(self):
        """The last lines of the serial line and QEMU's own messages, for an error text."""
        said = plain(self._said.decode(errors="replace")).splitlines()[-25:]
        text = "".join(f"\n    | {line}" for line in said)
        messages = self.messages().strip()
        return f"; the line said last:{text}" + (f"\n    QEMU: {messages}" if messages else "")

    # --- QEMU itself -------------------------------------------------------------------------

    def messages(self):
        """What QEMU and its plugins printed."""
        self._messages.seek(0)
        return self._messages.read().decode(errors="replace")

    def monitor(self, command, **arguments):
        """Runs one QMP command and returns its answer."""
        self._monitor.sendall(json.dumps({"execute": command, "arguments": arguments}).encode())
        while True:
            answer = json.loads(self._monitor_lines.readline())
            if "error" in answer:
                raise QemuError(f"QMP {command}: {answer['error']['desc']}")
            if "return" in answer:
                return answer["return"]

    def _start_monitor(self):
        self._monitor_lines = self._monitor.makefile()
        self._monitor_lines.readline()  # The greeting.
        self.monitor("qmp_capabilities")

    def wait_for_exit(self, timeout=COMMAND_TIMEOUT):
        """Waits until QEMU ends by itself, and returns its exit status."""
        deadline = time.monotonic() + timeout
        while not self._ended:
            left = deadline - time.monotonic()
            if left <= 0:
                raise QemuError(f"QEMU still runs after {timeout:g} s" + self.report())
            self._pump(left)
        return self._process.wait(timeout)

    def close(self):
        """Ends QEMU if it has not ended yet. SIGTERM first: SIGKILL would leave a terminal raw."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        for end in (self.gdb, self._monitor, self._process.stdout):
            if end is not None:
                end.close()
        if self._line is not None:
            os.close(self._output)
            os.close(self._input)
        else:
            try:
                self._process.stdin.close()
            except BrokenPipeError:
                pass
        self._selector.close()


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in MACHINES:
        sys.exit(f"usage: MACHINE={{{'|'.join(MACHINES)}}}")
    print(*words_of(sys.argv[1]))
