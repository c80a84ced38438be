# SPDX-License-Identifier: MIT
"""A terminal on a serial line. Ctrl-] x leaves, as it does in `make run`; Ctrl-] twice types one.

    python3 tools/term.py DEVICE
"""

import os
import select
import sys
import termios
import tty

from serial_line import LineError, SerialLine

ESCAPE = 0x1d  # Ctrl-]
LEAVE = ord("x")


class Keys:
    """What of the keys is for the line."""

    def __init__(self):
        self._is_escaped = False
        self.leaves = False

    def take(self, data):
        """What to send."""
        sent = bytearray()
        for byte in data:
            if self._is_escaped:
                self._is_escaped = False
                if byte == LEAVE:
                    self.leaves = True
                    break
                sent += bytes([byte] if byte == ESCAPE else [ESCAPE, byte])
            elif byte == ESCAPE:
                self._is_escaped = True
            else:
                sent.append(byte)
        return bytes(sent)


def talk(line, keyboard, screen):
    """Until somebody leaves, or nothing can be typed any more."""
    keys = Keys()
    while not keys.leaves:
        ready = select.select([line, keyboard], [], [])[0]
        if line in ready:
            os.write(screen, line.read(0))
        if keyboard in ready:
            typed = os.read(keyboard, 4096)
            if not typed:
                return
            line.write(keys.take(typed))


def main(device):
    keyboard, screen = sys.stdin.fileno(), sys.stdout.fileno()
    before = termios.tcgetattr(keyboard) if os.isatty(keyboard) else None
    try:
        with SerialLine(device) as line:
            print(f"{device}: Ctrl-] x leaves", flush=True)
            if before is not None:
                tty.setraw(keyboard)
            talk(line, keyboard, screen)
    except LineError as error:
        if before is not None:
            termios.tcsetattr(keyboard, termios.TCSANOW, before)
        print(f"\nerror: {error}" if before else f"error: {error}", file=sys.stderr)
        return 1
    finally:
        if before is not None:
            termios.tcsetattr(keyboard, termios.TCSANOW, before)
    print()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
