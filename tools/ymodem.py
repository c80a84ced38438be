# SPDX-License-Identifier: MIT
"""Sends a file by YMODEM (C. Forsberg, "XMODEM/YMODEM Protocol Reference", 10-14-88): blocks of
1024 bytes with a CRC, each of which is acknowledged."""

import binascii
import time

STX, SOH, EOT, ACK, NAK, CAN = b"\x02", b"\x01", b"\x04", b"\x06", b"\x15", b"\x18"
INVITATION = b"C"
BLOCK = 1024
TRIES = 10
ANSWER_SECONDS = 10.0


class TransferError(Exception):
    """The file did not arrive; the text says why."""


def block(number, data, filling=b"\x1a"):
    """A block on the line; 128 bytes at most make a short one."""
    size = 128 if len(data) <= 128 else BLOCK
    data = data.ljust(size, filling)
    return ((SOH if size == 128 else STX) + bytes([number % 256, 255 - number % 256]) + data +
            binascii.crc_hqx(data, 0).to_bytes(2, "big"))


class Sender:
    """Sends over `line`, which has read(seconds) and write(bytes)."""

    def __init__(self, line, heard=b""):
        self._line = line
        self._heard = heard  # What has come already.

    def rest(self):
        """What has come since, and is no answer: words for people."""
        return self._heard.lstrip(CAN + b"\b")

    def send(self, name, content, progress=lambda done: None):
        """The receiver has been told to receive; its invitations may have come already."""
        self._wait_for(INVITATION)
        self._deliver(block(0, name.encode() + b"\0%d" % len(content), b"\0"))
        self._wait_for(INVITATION)
        for number, at in enumerate(range(0, len(content), BLOCK), 1):
            self._deliver(block(number, content[at:at + BLOCK]))
            progress(min(at + BLOCK, len(content)))
        self._deliver(EOT)
        self._wait_for(INVITATION)
        self._deliver(block(0, b"", b"\0"))

    def _deliver(self, words):
        """Sends until that is acknowledged."""
        for _ in range(TRIES):
            if self._once(words) == ACK:
                return
        raise TransferError("the receiver does not understand what is sent")

    def _once(self, words):
        """Sends that, and returns the answer."""
        while self._line.read(0):  # Invitations that are too late.
            pass
        self._heard = b""
        self._line.write(words)
        return self._answer(ACK + NAK + INVITATION)

    def _wait_for(self, wanted):
        if self._answer(wanted) != wanted:
            raise TransferError("the receiver does not ask for a file")

    def _answer(self, wanted):
        """The first of the bytes `wanted`; others are noise. None if there is none in time."""
        deadline = time.monotonic() + ANSWER_SECONDS
        before = b""
        while True:
            while self._heard:
                byte, self._heard = self._heard[:1], self._heard[1:]
                if before == byte == CAN:
                    raise TransferError("the receiver refuses it")
                if byte in wanted:
                    return byte
                before = byte
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            self._heard += self._line.read(left)
