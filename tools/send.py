# SPDX-License-Identifier: MIT
"""Sends a kernel to the Beryl at the other end of a serial line, which runs it, and shows its boot.

    python3 tools/send.py DEVICE IMAGE
"""

import sys
import time
from pathlib import Path

from serial_line import LineError, SerialLine
from ymodem import Sender, TransferError

PROMPT = b"beryl> "
REFUSED = b"error: load: "
READY = b"gives up\r\n"
ANSWER_SECONDS = 5.0
BOOT_SECONDS = 20.0


def show(data):
    sys.stdout.write(data.decode(errors="replace").replace("\r", ""))
    sys.stdout.flush()


def wait_for(line, wanted, seconds, shows=lambda data: None, heard=b""):
    """Reads until `wanted` has come, for so long at most. Gives all that has come."""
    deadline = time.monotonic() + seconds
    shows(heard)
    while wanted not in heard and time.monotonic() < deadline:
        data = line.read(max(0, deadline - time.monotonic()))
        shows(data)
        heard += data
    return heard


class Progress:
    """One line that is written over as long as somebody looks."""

    def __init__(self, total):
        self._total = total
        self._start = time.monotonic()
        self._shown = 0.0

    def __call__(self, done):
        now = time.monotonic()
        is_last = done == self._total
        if not is_last and (now - self._shown < 0.2 or not sys.stdout.isatty()):
            return
        self._shown = now
        rate = done / 1024 / max(now - self._start, 0.001)
        print(f"{done // 1024} of {self._total // 1024} KiB, {100 * done // self._total} %, "
              f"{rate:.1f} KiB/s ", end="\n" if is_last else "\r", flush=True)


def send(line, path):
    """True if it is the new kernel whose prompt is there."""
    content = Path(path).read_bytes()
    line.write(b"\x03\r")  # Whatever runs or has been typed there.
    if PROMPT not in wait_for(line, PROMPT, ANSWER_SECONDS):
        raise TransferError("no prompt answers; is it Beryl that runs there?")
    while line.read(0.2):  # One for each of the two.
        pass
    line.write(b"load\r")
    heard = wait_for(line, READY, ANSWER_SECONDS)
    if READY not in heard:
        show(heard)
        raise TransferError("`load` does not ask for a kernel there")
    sender = Sender(line, heard.partition(READY)[2])
    try:
        sender.send(Path(path).name, content, Progress(len(content)))
    finally:  # The prompt of either kernel.
        heard = wait_for(line, b"\n" + PROMPT, BOOT_SECONDS, show, sender.rest())
        print()
    if PROMPT not in heard:
        raise TransferError(f"no prompt within {BOOT_SECONDS:.0f} s")
    return REFUSED not in heard


def main(device, path):
    try:
        with SerialLine(device) as line:
            return 0 if send(line, path) else 1
    except (LineError, TransferError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
