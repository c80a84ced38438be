# SPDX-License-Identifier: MIT
"""A serial line of this machine, as Beryl has it: 115200 8N1, no flow control, every byte as it is."""

import errno
import fcntl
import os
import select
import stat
import termios
import tty
from pathlib import Path

WORDS = {
    errno.ENOENT: "no such device; is the adapter plugged in?",
    errno.ENXIO: "nothing is behind this device; is the adapter plugged in?",
    errno.EACCES: "no permission; `sudo usermod -aG {group} $USER`, then log in again",
    errno.EPERM: "no permission; `sudo usermod -aG {group} $USER`, then log in again",
    errno.EBUSY: "busy: another program uses it",
    errno.EIO: "the device does not answer",
}
USUAL = ("/dev/ttyUSB*", "/dev/ttyACM*", "/dev/serial0", "/dev/tty.usb*")


class LineError(Exception):
    """The line cannot be used; the text says why, and what would help."""


def _devices():
    found = sorted(str(path) for pattern in USUAL for path in Path("/").glob(pattern[1:]))
    return f" (there is {', '.join(found)})" if found else ""


def _group_of(path):
    try:
        return Path(path).group()
    except (KeyError, OSError):
        return "dialout"


class SerialLine:
    """An open line; nobody else's until it is closed, and then as it was before. In a `with`."""

    def __init__(self, path):
        if not path:
            raise LineError("DEV names no device; DEV=/dev/ttyUSB0, for example" + _devices())
        try:
            # Without O_NONBLOCK it would wait for a carrier that three wires do not have.
            self._file = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        except OSError as error:
            raise LineError(self._words(path, error)) from None
        try:
            if not stat.S_ISCHR(os.fstat(self._file).st_mode) or not os.isatty(self._file):
                raise LineError(f"{path}: not a serial line")
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._before = termios.tcgetattr(self._file)
            self._set_up()
        except LineError:
            os.close(self._file)
            raise
        except BlockingIOError:
            os.close(self._file)
            raise LineError(f"{path}: {WORDS[errno.EBUSY]}") from None
        except (OSError, termios.error) as error:
            os.close(self._file)
            raise LineError(f"{path}: {error.args[-1]}") from None

    @staticmethod
    def _words(path, error):
        words = WORDS.get(error.errno, error.strerror).format(group=_group_of(path))
        return f"{path}: {words}" + (_devices() if error.errno == errno.ENOENT else "")

    def _set_up(self):
        tty.setraw(self._file)
        settings = termios.tcgetattr(self._file)
        settings[2] |= termios.CLOCAL | termios.CREAD
        settings[2] &= ~(termios.CSTOPB | getattr(termios, "CRTSCTS", 0))
        settings[4] = settings[5] = termios.B115200
        termios.tcsetattr(self._file, termios.TCSANOW, settings)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            termios.tcsetattr(self._file, termios.TCSANOW, self._before)
        except termios.error:
            pass  # It has been pulled out.
        os.close(self._file)

    def fileno(self):
        return self._file

    def read(self, seconds):
        """What has come, as soon as something has; nothing if that took so long."""
        if not select.select([self._file], [], [], seconds)[0]:
            return b""
        try:
            data = os.read(self._file, 1 << 16)
        except OSError:
            data = b""
        if not data:
            raise LineError("the line is gone")
        return data

    def write(self, data):
        while data:
            select.select([], [self._file], [])
            try:
                data = data[os.write(self._file, data):]
            except BlockingIOError:
                continue
            except OSError:
                raise LineError("the line is gone") from None
