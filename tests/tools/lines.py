# SPDX-License-Identifier: MIT
"""What `make send` and `make term` say of a line that they may not use, and what they send."""

import binascii
import errno
import os
import sys
from pathlib import Path
from unittest import mock

for folder in ("qemu", "../tools"):
    sys.path.insert(1, str(Path(__file__).parent.parent / folder))

from serial_line import LineError, SerialLine  # noqa: E402  (the path comes first)
from support import expect, expect_equal  # noqa: E402
from term import Keys  # noqa: E402
from ymodem import block  # noqa: E402


def refusal(number):
    with mock.patch("os.open", side_effect=OSError(number, os.strerror(number))):
        try:
            SerialLine("/dev/null")
        except LineError as error:
            return str(error)
    raise AssertionError("a line that cannot be opened was opened")


def test_a_line_that_may_not_be_used_is_explained():
    expect_equal("/dev/null: no permission; `sudo usermod -aG root $USER`, then log in again",
                 refusal(errno.EACCES), "the group is that of the device")
    expect("busy: another program" in refusal(errno.EBUSY), "it is busy")
    expect("is the adapter plugged in?" in refusal(errno.ENOENT), "it is not there")
    expect(os.strerror(errno.EMFILE) in refusal(errno.EMFILE), "anything else, in the system's words")


def test_a_block_is_as_the_protocol_has_it():
    data = bytes(range(200))
    sent = block(258, data)
    expect_equal((1029, b"\x02\x02\xfd", b"\x1a"), (len(sent), sent[:3], sent[-3:-2]), "a long one")
    expect_equal(0, binascii.crc_hqx(sent[3:], 0), "its checksum")
    expect_equal((133, b"\x01\x00\xff"), (len(block(0, data[:128])), block(0, data[:128])[:3]),
                 "a short one")


def test_keys_that_leave_and_keys_that_are_sent():
    keys = Keys()
    expect_equal(b"a\x1db\x1dx", keys.take(b"a\x1db\x1d\x1dx"), "what is sent")
    expect_equal(b"", keys.take(b"\x1d"), "the first half of leaving")
    expect(not keys.leaves, "and it has not left yet")
    expect_equal((b"", True), (keys.take(b"xyz"), keys.leaves), "the second half, and nothing more")
